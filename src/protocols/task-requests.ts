import type { JsonBody, MemberEdit } from "../exchange/index.ts";
import type { TargetTraits } from "./dialect.ts";
import { type Fields, unsupported } from "./json-fields.ts";

/** The one edit of a body that passes untouched otherwise. */
export function editModel(body: JsonBody, target: TargetTraits): readonly MemberEdit[] {
  return body.get("model") === target.model ? [] : [{ name: "model", json: JSON.stringify(target.model) }];
}

/** What another provider could not be told is refused by name. @throws Fault `request_unsupported` */
export function refuseUnknown(fields: Fields, understood: ReadonlySet<string>): void {
  for (const name of Object.keys(fields)) {
    if (!understood.has(name) && fields[name] !== null) throw unsupported(name, `"${name}" means nothing to the provider of this model.`);
  }
}
