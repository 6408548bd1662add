import { Fault, type JsonBody, type MemberEdit } from "../exchange/index.ts";
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

/** The callers' side of a surface that only upstreams have: no route leads there. */
export const notForCallers = { checkRequest: refuse, editRequest: refuse, readRequest: refuse, writeAnswer: refuse };

function refuse(): never {
  throw new Fault("request_unsupported", { message: "This is a form of providers only; callers ask in other forms." });
}
