import { Fault } from "../../exchange/index.ts";
import type { Operation } from "./operation.ts";

/** Keys and tokens of this gateway and of providers, and JWTs; also as headers have them, or with what was copied around them. */
const credential = /^[\s"']*([Bb]earer\s+)?(sk-|eyJ)[\w.-]{16,}[\s"']*$/;

/** How ids begin of what has a credential of its own. */
const ids: readonly { readonly below: string; readonly noun: string; readonly id: RegExp }[] = [
  { below: "/admin/v1/keys/", noun: "key", id: /^(key_|config:)/ },
  { below: "/admin/v1/sessions/", noun: "session", id: /^sess_/ },
  { below: "/admin/v1/me/sessions/", noun: "session", id: /^sess_/ },
  { below: "/admin/v1/scim-tokens/", noun: "token", id: /^scim_/ },
];

/** Whether a text looks like a key or a token. */
export function isCredential(text: string): boolean {
  return credential.test(text);
}

/** Whether what stands where an id belongs can be a credential. */
export function isPasted({ path }: Operation, object: string): boolean {
  const kind = kindAt(path);
  return object !== "" && (kind ? !kind.id.test(object) : isCredential(object));
}

/**
 * Whoever wants a key out pastes the key itself where its id belongs. It is no id, and is repeated nowhere: not in the audit log, and not
 * in the answer.
 *
 * @throws Fault `object_unknown`
 */
export function refusePasted(row: Operation, object: string): void {
  if (!isPasted(row, object)) return;
  const noun = kindAt(row.path)?.noun ?? "object";
  throw new Fault("object_unknown", {
    message: `There is no ${noun} of this id. If a key or token itself was sent: its id stands in the list, beside its last letters.`,
  });
}

function kindAt(path: string) {
  return ids.find(({ below }) => path.startsWith(below));
}

/** A body without what looks like a credential, wherever it stands. */
export function withoutPasted(body: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return JSON.parse(JSON.stringify(body, (_, value) => (typeof value === "string" && isCredential(value) ? "[secret]" : value)));
}
