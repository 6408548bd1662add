import type { DocumentPart } from "../../exchange/index.ts";
import { type Fields, isFields, wordOf } from "../json-fields.ts";

/** `context` and `citations` of a document, which Anthropic and Converse write alike; each undefined where it is not there, or holds more. */
export function documentHints(native: Fields): { readonly context?: { context: string }; readonly cited?: { cited: boolean } } {
  const context = wordOf(native.context);
  const { citations } = native;
  const enabled = isFields(citations) && Object.keys(citations).length === 1 ? citations.enabled : undefined;
  return {
    ...(context !== undefined && { context: { context } }),
    ...(typeof enabled === "boolean" && { cited: { cited: enabled } }),
  };
}

export function writeHints({ context, cited }: DocumentPart): Fields {
  return { ...(context !== undefined && { context }), ...(cited !== undefined && { citations: { enabled: cited } }) };
}
