import { JsonBody, type Losses, type MemberEdit, type ModelRequest, parseJson } from "../../exchange/index.ts";
import { malformed } from "../bedrock-converse/fields.ts";
import type { ReadContext, TargetTraits } from "../dialect.ts";
import { fieldsOf, optional, unsupported, wordOf } from "../json-fields.ts";
import { formDialects } from "./form-dialects.ts";
import { type InvokeForm, requestForm } from "./forms.ts";
import { invokeHeaders } from "./headers.ts";
import { converseEdits } from "./nova.ts";

/** What each form leaves to its model. @throws Fault `request_malformed` */
export function checkRequest(body: JsonBody): void {
  if (body.has("anthropic_version") && body.has("messages") && body.kind("messages") !== "array") {
    throw malformed("messages", "must be a list");
  }
}

/** Bedrock takes the body as it is; only thoughts that it could not take back are left out. The model stands in the path. */
export function editRequest(body: JsonBody, target: TargetTraits, losses?: Losses): readonly MemberEdit[] {
  const form = requestForm(body);
  if (form === undefined) return [];
  const edits = formDialects[form].editRequest(body, target, losses);
  return edits.filter(({ name }) => name === "messages");
}

/** The request in the words of the dialect that it is a form of. @throws Fault `request_malformed`, `request_unsupported` */
export function readRequest(body: JsonBody, context: ReadContext): ModelRequest {
  checkRequest(body);
  const form = requestForm(body);
  if (form === undefined) {
    const member = body.names[0] ?? "messages";
    throw unsupported(member, `A body with "${member}" is the form of one model family, and only Bedrock's own InvokeModel takes it.`);
  }
  const request = formDialects[form].readRequest(JsonBody.scan(body.splice(editsTo(form, body, context))), context);
  return { ...request, ...besideBody(request, context) };
}

/** What the headers say, in the words of the vocabulary. How fast the model is to be, and whether to trace, matters to Bedrock alone. */
function besideBody({ metadata }: ModelRequest, { header }: ReadContext): Partial<ModelRequest> {
  const notes = metadataIn(header(invokeHeaders.metadata));
  return {
    ...optional("guardrail", wordOf(header(invokeHeaders.guardrail))),
    ...optional("serviceTier", wordOf(header(invokeHeaders.tier))),
    ...(notes && { metadata: { ...metadata, ...notes } }),
  };
}

/** A JSON object of words; undefined where it is none, which is for Bedrock to refuse. */
function metadataIn(json: string | undefined): Record<string, string> | undefined {
  if (json === undefined) return undefined;
  try {
    const words = Object.entries(fieldsOf(parseJson(json))).filter((entry): entry is [string, string] => typeof entry[1] === "string");
    return words.length > 0 ? Object.fromEntries(words) : undefined;
  } catch {
    return undefined;
  }
}

function editsTo(form: InvokeForm, body: JsonBody, { model, stream }: ReadContext): MemberEdit[] {
  if (form === "bedrock-converse") return converseEdits(body);
  const named: MemberEdit[] = [
    { name: "model", json: JSON.stringify(model) },
    { name: "stream", json: JSON.stringify(stream === true) },
  ];
  return form === "anthropic-messages" ? [...named, { name: "anthropic_version", json: undefined }] : named;
}
