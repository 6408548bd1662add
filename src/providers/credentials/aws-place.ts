import type { LeaveSignal } from "../../exchange/index.ts";
import type { AwsKeys } from "../sign-sigv4.ts";
import type { Grant } from "./grant.ts";
import { objectOf, type Reply, refused, refusedBy, type SourceTools } from "./source.ts";

/** Where and with what keys are looked for. */
export interface Place {
  readonly region: string;
  readonly tools: SourceTools;
  readonly signal: LeaveSignal;
}

/** Keys as a container's and an instance's services tell them: `{AccessKeyId, SecretAccessKey, Token, Expiration}`. */
export function keysOfReply(who: string, reply: Reply): Grant<AwsKeys> {
  if (reply.status !== 200) throw refusedBy(who, reply);
  const { AccessKeyId: accessKeyId, SecretAccessKey: secretAccessKey, Token: sessionToken, Expiration: end } = objectOf(who, reply);
  return keysUntil(
    who,
    { accessKeyId, secretAccessKey, sessionToken },
    typeof end === "string" ? Date.parse(end) : Number.POSITIVE_INFINITY,
  );
}

/** @throws Fault `upstream_credentials` where a part is missing */
export function keysUntil(who: string, keys: Readonly<Record<keyof AwsKeys, unknown>>, endsAtMs: number): Grant<AwsKeys> {
  const { accessKeyId, secretAccessKey, sessionToken } = keys;
  if (typeof accessKeyId !== "string" || typeof secretAccessKey !== "string" || Number.isNaN(endsAtMs)) {
    throw refused(`${who} answered without keys.`);
  }
  return { value: { accessKeyId, secretAccessKey, ...(typeof sessionToken === "string" && { sessionToken }) }, endsAtMs };
}
