import type { MailConfig } from "../../config/index.ts";
import { formatUsd } from "../../exchange/index.ts";
import type { Alert } from "./alert-target.ts";

const patienceMs = 15_000;

/** Sends a message by SMTP. What speaks it is loaded with the first one. */
export async function sendMail({ host, port, tls, login, from, to }: MailConfig, id: string, alert: Alert): Promise<void> {
  const { createTransport } = await import("nodemailer");
  const mailer = createTransport({
    host,
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
  } finally {
    mailer.close();
  }
}

function subjectOf({ data }: Alert): string {
  return `${Math.round(data.at * 100)} % of ${data.name} of ${data.whose} is used`.replace(/\p{Cc}/gu, " ");
}

function textOf({ data, timestamp }: Alert): string {
  const amount = (value: number) => (data.measure === "nanos" ? `${formatUsd(BigInt(value))} USD` : `${value} ${data.measure}`);
  return `${subjectOf({ data } as Alert)}: ${amount(data.used)} of ${amount(data.of)}, at ${timestamp}.\n\nThe limit is ${data.limit}.\n`;
}
