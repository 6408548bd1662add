import { createHash } from "node:crypto";

/** A strong tag of what is shown: the same value, the same tag. */
export function etagOf(value: unknown): string {
  return `"${createHash("sha256").update(JSON.stringify(value)).digest("base64url").slice(0, 22)}"`;
}
