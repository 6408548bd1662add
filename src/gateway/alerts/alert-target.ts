import type { AlertTargetConfig } from "../../config/index.ts";
import type { Transport } from "../../providers/index.ts";
import { postWebhook } from "./post-webhook.ts";
import { sendMail } from "./send-mail.ts";

/** What is told when a counter has been used to a part of it. */
export interface Alert {
  readonly type: "limit.threshold";
  /** ISO 8601. */
  readonly timestamp: string;
  readonly data: {
    /** The counter's id, as `GET /admin/v1/limits` has it. */
    readonly limit: string;
    readonly name: string;
    readonly whose: string;
    readonly measure: string;
    /** In units of the measure; money in nano-dollars. */
    readonly of: number;
    readonly used: number;
    /** The part that was reached. */
    readonly at: number;
  };
}

/** Delivers one message. @throws whatever went wrong; it is tried again then */
export function deliver(target: AlertTargetConfig, id: string, body: string, transport: Transport): Promise<void> {
  return target.kind === "webhook" ? postWebhook(target, id, body, transport) : sendMail(target, id, JSON.parse(body) as Alert, transport);
}
