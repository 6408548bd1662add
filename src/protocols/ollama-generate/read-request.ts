import { JsonBody, type MemberEdit, type ModelRequest } from "../../exchange/index.ts";
import { unsupported } from "../json-fields.ts";
import { checkRequest as checkChat } from "../ollama-chat/check-request.ts";
import { malformed } from "../ollama-chat/fields.ts";
import { readRequest as readChat } from "../ollama-chat/read-request.ts";

type Kind = NonNullable<ReturnType<JsonBody["kind"]>>;

const members: readonly (readonly [name: string, kind: Kind, expected: string])[] = [
  ["prompt", "string", "a string"],
  ["suffix", "string", "a string"],
  ["system", "string", "a string"],
  ["template", "string", "a string"],
  ["images", "array", "a list of images in base64"],
  ["raw", "boolean", "true or false"],
  ["context", "array", "a list of tokens"],
];

/** Members that mean the same in `/api/chat` are judged as there. @throws Fault `request_malformed` */
export function checkRequest(body: JsonBody): void {
  checkChat(body);
  for (const [name, kind, expected] of members) {
    const given = body.kind(name);
    if (given !== undefined && given !== "null" && given !== kind) throw malformed(name, expected);
  }
}

/**
 * The system prompt, and the prompt with its images as what a user says; everything else as in `/api/chat`. Without a prompt Ollama
 * only loads the model, as it does without messages.
 *
 * @throws Fault `request_malformed`, `request_unsupported`
 */
export function readRequest(body: JsonBody): ModelRequest {
  checkRequest(body);
  refuse(body);
  const { prompt, system, images } = { prompt: body.get("prompt"), system: body.get("system"), images: body.get("images") };
  const pictures = Array.isArray(images) && images.length > 0;
  const messages = [
    ...(system ? [{ role: "system", content: system }] : []),
    ...(prompt || pictures ? [{ role: "user", content: prompt ?? "", ...(pictures && { images }) }] : []),
  ];
  const edits: MemberEdit[] = [
    { name: "messages", json: JSON.stringify(messages) },
    ...members.map(([name]) => ({ name, json: undefined })),
  ];
  return readChat(JsonBody.scan(body.splice(edits)));
}

/** What only the runtime itself can do: an answer that leaves it out would be a wrong one. */
function refuse(body: JsonBody): void {
  const native = "is taken only by an Ollama server's own /api/generate.";
  if (body.get("suffix")) throw unsupported("suffix", `Text between a beginning and an end ${native}`);
  if (body.get("template")) throw unsupported("template", `A template of the caller's ${native}`);
  if (body.get("raw") === true) throw unsupported("raw", `A prompt without a template ${native}`);
  const context = body.get("context");
  if (Array.isArray(context) && context.length > 0) throw unsupported("context", `An earlier conversation in tokens ${native}`);
}
