import { isNetwork } from "../../auth/index.ts";
import type { MailConfig } from "../../config/index.ts";
import { formatUsd } from "../../exchange/index.ts";
import type { Transport } from "../../providers/index.ts";
import type { Alert } from "./alert-target.ts";

const patienceMs = 15_000;

/** Sends a message by SMTP, to an address that was checked. What speaks it is loaded with the first one. */
export async function sendMail(target: MailConfig, id: string, alert: Alert, transport: Pick<Transport, "addresses">): Promise<void> {
  const [first = target.host, ...others] = await transport.addresses(target.host, target.privateAllowed);
  let failure = await failureAt(first, target, id, alert);
  for (const address of others) if (failure && wasNotReached(failure)) failure = await failureAt(address, target, id, alert);
  if (failure) throw failure;
}

/** @param address connected as it is: the name is not looked up again */
async function failureAt(
  address: string,
  { host, port, tls, login, from, to }: MailConfig,
  id: string,
  alert: Alert,
): Promise<Error | undefined> {
  const { createTransport } = await import("nodemailer");
  const mailer = createTransport({
    host: address,
    // The certificate is the name's.
    ...(!isNetwork(host) && { servername: host }),
    port,
    secure: tls === "implicit",
    requireTLS: tls === "required",
    ignoreTLS: tls === "none",
    connectionTimeout: patienceMs,
    greetingTimeout: patienceMs,
    socketTimeout: patienceMs,
    disableFileAccess: true,
    disableUrlAccess: true,
    ...(login && { auth: { user: login.user, pass: login.password.reveal() } }),
  });
  try {
    await mailer.sendMail({ from, to: [...to], subject: subjectOf(alert), text: textOf(alert), messageId: `<${id}@sluice>` });
    return undefined;
  } catch (error) {
    return error as Error;
  } finally {
    mailer.close();
  }
}

function wasNotReached(error: Error): boolean {
  return "command" in error && error.command === "CONN";
}

function subjectOf({ data }: Alert): string {
  const what = `${data.name} of ${data.whose}`;
  // Somebody is refused before all of it is used, where they need more than is left.
  const isUsed = data.used >= data.at * data.of;
  return (isUsed ? `${Math.round(data.at * 100)} % of ${what} is used` : `Too little is left of ${what}`).replace(/\p{Cc}/gu, " ");
}

function textOf({ data, timestamp }: Alert): string {
  const amount = (value: number) => (data.measure === "nanos" ? `${formatUsd(BigInt(value))} USD` : `${value} ${data.measure}`);
  return `${subjectOf({ data } as Alert)}: ${amount(data.used)} of ${amount(data.of)}, at ${timestamp}.\n\nThe limit is ${data.limit}.\n`;
}
