import { createHmac } from "node:crypto";
import type { WebhookConfig } from "../../config/index.ts";
import { Explanation, Leaving } from "../../exchange/index.ts";
import type { Transport } from "../../providers/index.ts";

const deadlines = { connectMs: 5_000, firstEventMs: 10_000, idleMs: 5_000, totalMs: 15_000 };
const mostAnswerBytes = 64 * 1024;

/** Posts a message, signed as Standard Webhooks has it (https://www.standardwebhooks.com), to an address that was checked. */
export async function postWebhook(target: WebhookConfig, id: string, body: string, transport: Transport): Promise<void> {
  const seconds = String(Math.floor(Date.now() / 1000));
  const answer = await transport.send(
    {
      method: "POST",
      name: target.url.host,
      url: target.url,
      headers: {
        "content-type": "application/json",
        "user-agent": "sluice",
        "webhook-id": id,
        "webhook-timestamp": seconds,
        "webhook-signature": webhookSignature(target.secret.reveal(), id, seconds, body),
      },
      body: new TextEncoder().encode(body),
      deadlines,
      privateAllowed: target.privateAllowed,
    },
    new Leaving(),
  );
  let length = 0;
  for await (const chunk of answer.body) {
    length += chunk.length;
    if (length > mostAnswerBytes) break;
  }
  if (answer.status < 200 || answer.status > 299) throw new Explanation(`it answered ${answer.status}`);
}

/** @param seconds since the epoch */
export function webhookSignature(secret: string, id: string, seconds: string, body: string): string {
  const key = secret.startsWith("whsec_") ? Buffer.from(secret.slice(6), "base64") : Buffer.from(secret);
  return `v1,${createHmac("sha256", key).update(`${id}.${seconds}.${body}`).digest("base64")}`;
}
