import { Fault } from "../../exchange/index.ts";
import { parsed, type Reply } from "../credentials/source.ts";

/** @param why for the operator: never a secret or a service's own words */
export function locked(why: string): Fault {
  return new Fault("vault_locked", { message: `The vault's master key could not be had: ${why}.` });
}

/** Bytes in a member of a reply. @throws Fault `vault_locked` with the status and the error's name where it looks like one */
export function base64In(who: string, reply: Reply, member: string): Buffer {
  const value = parsed(reply.text);
  const body = typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  if (reply.status !== 200) throw locked(`${who} refused with status ${reply.status}${errorName(body)}`);
  const text = body[member];
  if (typeof text !== "string" || text === "") throw locked(`${who} answered without ${member}`);
  return Buffer.from(text.replaceAll("-", "+").replaceAll("_", "/"), "base64");
}

/** AWS: `__type`; Google: `error.status`; Azure: `error.code`. */
function errorName({ __type, error }: Readonly<Record<string, unknown>>): string {
  const nested = typeof error === "object" && error !== null ? (error as Record<string, unknown>) : {};
  const name = [__type, nested.status, nested.code].find((each) => typeof each === "string") as string | undefined;
  const short = name?.slice(name.lastIndexOf("#") + 1) ?? "";
  return /^[\w.-]{1,64}$/.test(short) ? ` ${short}` : "";
}
