import type { JsonBody, MemberEdit } from "../../exchange/index.ts";
import { type Fields, fieldsOf, isFields } from "../json-fields.ts";

// Where Nova's own form differs from Converse: two names of counts, and where its sampling stands.

/** The edits that make a request of Nova's one of Converse. */
export function converseEdits(body: JsonBody): MemberEdit[] {
  const inference = fieldsOf(body.get("inferenceConfig"));
  const { max_new_tokens: oldLimit, top_p: oldTopP, stop_sequences: oldStop, ...named } = inference;
  const { maxTokens = oldLimit, topP = oldTopP, stopSequences = oldStop, temperature, ...own } = named;
  const more = fieldsOf(body.get("additionalModelRequestFields"));
  const fields = Object.keys(own).length > 0 ? { ...more, inferenceConfig: own } : more;
  return [
    { name: "schemaVersion", json: undefined },
    { name: "inferenceConfig", json: JSON.stringify({ maxTokens, temperature, topP, stopSequences }) },
    { name: "additionalModelRequestFields", json: Object.keys(fields).length > 0 ? JSON.stringify(fields) : undefined },
  ];
}

/** A whole answer, or an event, of Nova's as Converse has it. */
export function asConverse(native: Fields): Fields {
  if (isFields(native.metadata)) return { ...native, metadata: asConverse(native.metadata) };
  if (!isFields(native.usage)) return native;
  const { cacheReadInputTokenCount: read, cacheWriteInputTokenCount: written, ...counts } = native.usage;
  return { ...native, usage: { cacheReadInputTokens: read, cacheWriteInputTokens: written, ...counts } };
}

/** The other way. */
export function asNova(converse: Fields): Fields {
  if (isFields(converse.metadata)) return { ...converse, metadata: asNova(converse.metadata) };
  if (!isFields(converse.usage)) return converse;
  const { cacheReadInputTokens: read = 0, cacheWriteInputTokens: written = 0, ...counts } = converse.usage;
  return { ...converse, usage: { ...counts, cacheReadInputTokenCount: read, cacheWriteInputTokenCount: written } };
}
