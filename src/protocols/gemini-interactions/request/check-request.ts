import type { JsonBody, Losses, MemberEdit } from "../../../exchange/index.ts";
import { foreignMark } from "../../conversation/foreign-thoughts.ts";
import type { TargetTraits } from "../../dialect.ts";
import { isFields, malformed, unsupported } from "../fields.ts";

const stateless = "was sent, but interactions are not kept here: send every step in `input`";

type Kind = NonNullable<ReturnType<JsonBody["kind"]>>;

const kinds: readonly (readonly [name: string, kinds: readonly Kind[], expected: string])[] = [
  ["input", ["string", "array", "object"], "must be text, contents or steps"],
  ["stream", ["boolean"], "must be true or false"],
  ["store", ["boolean"], "must be true or false"],
  ["background", ["boolean"], "must be true or false"],
  ["system_instruction", ["string"], "must be text"],
  ["generation_config", ["object"], "must be an object"],
  ["tools", ["array"], "must be a list"],
];

/**
 * Tenants share one provider account, so what is kept there could be read by another tenant: whatever asks for it, or names it,
 * never passes. @throws Fault `request_malformed`, `request_unsupported`
 */
export function checkRequest(body: JsonBody): void {
  if (body.kind("model") !== "string" || body.get("model") === "") throw malformed("model", "must be a name");
  for (const [name, allowed, expected] of kinds) {
    const kind = body.kind(name);
    if (kind !== undefined && kind !== "null" && !allowed.includes(kind)) throw malformed(name, expected);
  }
  for (const name of ["previous_interaction_id", "continuation_token", "environment", "webhook_config", "agent"]) {
    const kind = body.kind(name);
    if (kind !== undefined && kind !== "null") throw unsupported(name, `"${name}" ${stateless}.`);
  }
  for (const name of ["store", "background"]) if (body.get(name) === true) throw unsupported(name, `"${name}" ${stateless}.`);
  if (!body.has("input") || body.kind("input") === "null") throw malformed("input", "is required");
}

const mark = new TextEncoder().encode(`"${foreignMark}`);

/** The model's name, the wish to keep nothing, and the thoughts of other providers that the caller still holds. */
export function editRequest(body: JsonBody, target: TargetTraits, losses?: Losses): readonly MemberEdit[] {
  const edits: MemberEdit[] = [];
  if (body.get("model") !== target.model) edits.push({ name: "model", json: JSON.stringify(target.model) });
  if (body.get("store") !== false) {
    // Google keeps what nobody says a word about.
    losses?.add("state_unsupported", "store", "M");
    edits.push({ name: "store", json: "false" });
  }
  const input = body.bytes.includes(mark) ? body.get("input") : undefined;
  if (Array.isArray(input)) {
    const kept = input.filter((step, index) => {
      if (!isForeignThought(step)) return true;
      losses?.add("reasoning_foreign_dropped", `input.${index}`, "Q");
      return false;
    });
    if (kept.length < input.length) edits.push({ name: "input", json: JSON.stringify(kept) });
  }
  return edits;
}

function isForeignThought(step: unknown): boolean {
  return isFields(step) && step.type === "thought" && typeof step.signature === "string" && step.signature.startsWith(foreignMark);
}
