import { type AnswerEvent, type JsonBody, type Losses, usageOf } from "../exchange/index.ts";
import { editRequest as editMessages } from "./anthropic-messages/edit-request.ts";
import { readFault as readAnthropicFault, writeFault as writeAnthropicFault } from "./anthropic-messages/faults.ts";
import { malformed as malformedMessages } from "./anthropic-messages/read-blocks.ts";
import type { Codec } from "./dialect.ts";
import { readFault as readGeminiFault, writeFault as writeGeminiFault } from "./gemini/faults.ts";
import { malformed as malformedContents } from "./gemini/fields.ts";
import { isFields } from "./json-fields.ts";
import { errorBody, readFault } from "./openai-chat/faults.ts";
import { malformed } from "./openai-chat/json-value.ts";
import { editModel } from "./task-requests.ts";

/** `/v1/messages/count_tokens`: asked of the upstream where it counts, else estimated here. */
export const anthropicCountTokens: Codec = {
  id: "anthropic-count-tokens",
  checkRequest(body) {
    if (body.kind("model") !== "string" || body.get("model") === "") throw malformedMessages("model", "must be a name");
    if (body.kind("messages") !== "array") throw malformedMessages("messages", "must be a list");
  },
  editRequest: editMessages,
  skimAnswer: () => countedForNothing,
  readFault: readAnthropicFault,
  writeFault: writeAnthropicFault,
  answer: (body, losses) => ({ input_tokens: estimated(body, losses) }),
};

/** `/v1/responses/input_tokens`: the same of the other house. */
export const openaiInputTokens: Codec = {
  id: "openai-input-tokens",
  checkRequest(body) {
    if (body.kind("model") !== "string" || body.get("model") === "") throw malformed("model", "a string with the name of a model");
    const input = body.kind("input");
    if (input !== undefined && input !== "string" && input !== "array") throw malformed("input", "a string or a list");
  },
  editRequest: editModel,
  skimAnswer: () => countedForNothing,
  readFault,
  writeFault: (fault) => ({ status: fault.status, body: errorBody(fault) }),
  answer: (body, losses) => ({ object: "response.input_tokens", input_tokens: estimated(body, losses) }),
};

/** `:countTokens`: the same of Google's; the contents alone, or a whole request of `generateContent`. */
export const geminiCountTokens: Codec = {
  id: "gemini-count-tokens",
  checkRequest(body) {
    const [whole, contents] = [body.kind("generateContentRequest") ?? body.kind("generate_content_request"), body.kind("contents")];
    if (whole === "object") return;
    if (whole !== undefined && whole !== "null") throw malformedContents("generateContentRequest", "must be an object");
    // Google takes a single content where a list is meant.
    if (contents !== "array" && contents !== "object") throw malformedContents("contents", "must be a list");
  },
  editRequest(body, target) {
    const name = body.has("generate_content_request") ? "generate_content_request" : "generateContentRequest";
    const whole = body.get(name);
    // Google compares the names in the body with the path's.
    return [
      ...(body.has("model") ? [{ name: "model", json: undefined }] : []),
      ...(isFields(whole) ? [{ name, json: JSON.stringify({ ...whole, model: `models/${target.model}` }) }] : []),
    ];
  },
  skimAnswer: () => countedForNothing,
  readFault: readGeminiFault,
  writeFault: writeGeminiFault,
  answer: (body, losses) => ({ totalTokens: estimated(body, losses) }),
};

/** Counting costs nothing. */
export const countedForNothing: readonly AnswerEvent[] = [
  { type: "usage-report", usage: usageOf({ source: "reported" }) },
  { type: "answer-end" },
];

function estimated(body: JsonBody, losses: Losses): number {
  const { model: _model, ...counted } = body.parse();
  return estimatedTokens(counted, losses);
}

/** @param counted all that the model would get, in the form of any dialect */
export function estimatedTokens(counted: unknown, losses: Losses): number {
  losses.add("tokens_estimated", "input_tokens", "Q", "approximated");
  return Math.max(1, Math.ceil(tokensIn(counted)));
}

/** English takes about four bytes a token; other scripts come out near the same. */
const bytesPerToken = 4;
/** What a turn, a tool or a schema's member takes beside its text. */
const tokensPerObject = 3;
/** A picture or a document, whatever its size in base64. */
const tokensPerAttachment = 1_000;
const attachment = /^(?:data:[^,]{1,100},)?[A-Za-z0-9+/=_-]{1024,}$/;

function tokensIn(value: unknown): number {
  if (typeof value === "string") return attachment.test(value) ? tokensPerAttachment : Buffer.byteLength(value) / bytesPerToken;
  if (typeof value === "number") return 1;
  if (Array.isArray(value)) return value.reduce((sum: number, each) => sum + tokensIn(each), 0);
  if (typeof value !== "object" || value === null) return 0;
  let sum = tokensPerObject;
  for (const [name, member] of Object.entries(value)) {
    // `{type: "text", text: "…"}`: what only says of what kind a thing is, is no text.
    if (name !== "type" && name !== "role") sum += tokensIn(member);
  }
  return sum;
}
