import { type JsonBody, type MemberEdit, type Usage, usageOf } from "../exchange/index.ts";
import type { Codec, TargetTraits } from "./dialect.ts";
import { errorBody, faultIn, readFault } from "./openai-chat/faults.ts";
import { isObject, malformed } from "./openai-chat/json-value.ts";
import { chatUsage } from "./openai-chat/usage.ts";

/** `/v1/embeddings`: the bytes pass untouched both ways, but for the model's name. */
export const openaiEmbeddings: Codec = {
  id: "openai-embeddings",
  checkRequest: checkEmbeddings,
  editRequest: editEmbeddings,
  skimAnswer(json) {
    const usage = embeddingsUsage(json.usage);
    const fault = faultIn(json);
    if (fault) return [{ type: "answer-error", fault }];
    return [...(usage ? [{ type: "usage-report", usage } as const] : []), { type: "answer-end" }];
  },
  readFault,
  writeFault: (fault) => ({ status: fault.status, body: errorBody(fault) }),
};

function checkEmbeddings(body: JsonBody): void {
  const model = body.kind("model") === "string" ? body.get("model") : undefined;
  if (typeof model !== "string" || model === "") throw malformed("model", "a string with the name of a model");
  const input = body.kind("input");
  if (input !== "string" && input !== "array") throw malformed("input", "a string or a list");
  const format = body.get("encoding_format");
  if (format !== undefined && format !== null && format !== "float" && format !== "base64") {
    throw malformed("encoding_format", "float or base64");
  }
  const dimensions = body.get("dimensions");
  if (dimensions === undefined || dimensions === null) return;
  if (typeof dimensions !== "number" || !Number.isSafeInteger(dimensions) || dimensions < 1)
    throw malformed("dimensions", "a whole number above 0");
}

function editEmbeddings(body: JsonBody, target: TargetTraits): readonly MemberEdit[] {
  return body.get("model") === target.model ? [] : [{ name: "model", json: JSON.stringify(target.model) }];
}

/** Some providers tell only the total. */
function embeddingsUsage(block: unknown): Usage | undefined {
  const usage = chatUsage(isObject(block) ? { ...block, completion_tokens: 0 } : undefined);
  return usage && usageOf({ ...usage, output: 0, reasoning: 0 });
}

const maxUsageBytes = 64 * 1024;

/**
 * The usage of an answer that is too big to be parsed for it: vectors hold numbers or base64, so the last `"usage"` in
 * the bytes is the member, wherever it stands. Undefined where there is none that can be read.
 */
export function skimEmbeddings(answer: Uint8Array): Usage | undefined {
  const bytes = Buffer.from(answer.buffer, answer.byteOffset, answer.byteLength);
  const at = bytes.lastIndexOf('"usage"');
  const open = at < 0 ? -1 : bytes.indexOf("{", at);
  if (open < 0 || !/^\s*:\s*$/.test(bytes.toString("latin1", at + 7, Math.min(open, at + 64)))) return undefined;
  const text = bytes.toString("utf8", open, Math.min(bytes.length, open + maxUsageBytes));
  for (let end = text.indexOf("}"); end >= 0; end = text.indexOf("}", end + 1)) {
    const usage = parsedUsage(text.slice(0, end + 1));
    if (usage) return embeddingsUsage(usage);
  }
  return undefined;
}

/** Undefined where the text stops inside of a nested object. */
function parsedUsage(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
