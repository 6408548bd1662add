import { isUtf8 } from "node:buffer";
import { JsonBody } from "../../exchange/index.ts";

/** Longer ones are refused before anything of them is read: a token stands in a header, of which listeners take little more. */
export const longestToken = 16 * 1024;

/** Three parts of base64url, the first of which begins as `{"` does. Nothing is known of it yet. */
const shape = /^eyJ[\w-]+\.[\w-]+\.[\w-]+$/;

export function looksLikeToken(text: string): boolean {
  return text.startsWith("eyJ") && text.length <= longestToken && shape.test(text);
}

export interface UnverifiedToken {
  readonly header: Readonly<Record<string, unknown>>;
  readonly claims: Readonly<Record<string, unknown>>;
}

/**
 * A JWS in its compact form (RFC 7515) that holds claims (RFC 7519), not verified: only to be asked who is said to have issued it.
 * Refuses what two readers could read differently: members that stand twice, bytes that are no UTF-8, base64url that is not the
 * one form of its bytes.
 *
 * @returns undefined where it is none
 */
export function readUnverified(token: string): UnverifiedToken | undefined {
  const [header = "", claims = "", signature = ""] = token.split(".");
  if (canonicalBytes(signature) === undefined) return undefined;
  const read = { header: objectIn(header), claims: objectIn(claims) };
  return read.header && read.claims ? { header: read.header, claims: read.claims } : undefined;
}

function objectIn(part: string): Readonly<Record<string, unknown>> | undefined {
  const bytes = canonicalBytes(part);
  if (bytes === undefined || bytes[0] !== 0x7b || !isUtf8(bytes)) return undefined;
  try {
    return JsonBody.scan(bytes).parse();
  } catch {
    return undefined;
  }
}

function canonicalBytes(part: string): Buffer | undefined {
  const bytes = Buffer.from(part, "base64url");
  return bytes.toString("base64url") === part ? bytes : undefined;
}
