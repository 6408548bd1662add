import type { Annotation, DialectId, ModelRequest } from "../../exchange/index.ts";
import { openaiTier } from "../conversation/served-tier.ts";
import type { WriteContext } from "../dialect.ts";
import { chatDialect, type JsonObject, ownFields } from "./json-value.ts";
import { legacyMark } from "./read-messages.ts";

/** The upstream's own id where it speaks this dialect, otherwise one that follows from the request's. */
export function answerId(id: string, context: WriteContext): string {
  return id === "" || /^(msg|resp)_/.test(id) ? `chatcmpl-${context.requestId.replace(/^req_/, "")}` : id;
}

/** The caller offered `functions`, so the answer has `function_call`. */
export function speaksLegacy(request: ModelRequest): boolean {
  return request.tools?.some((tool) => tool.type === "function" && ownFields(tool.extra)[legacyMark] === true) ?? false;
}

/** Other dialects have thoughts as blocks; here they are one text. */
export function thoughtGap(dialect: DialectId): string {
  return dialect === chatDialect ? "" : "\n\n";
}

export function writeTier(tier: string | undefined): JsonObject {
  const known = openaiTier(tier);
  return known === undefined ? {} : { service_tier: known };
}

/** The citation as OpenAI writes it; kinds without an address have no form here. `start` and `end` are the text that it leans on. */
export function writeAnnotation(annotation: Annotation, start: number, end: number): JsonObject | undefined {
  if (annotation.dialect === chatDialect) return annotation.native as JsonObject;
  if (annotation.url === undefined) return undefined;
  return {
    type: "url_citation",
    url_citation: {
      url: annotation.url,
      title: annotation.title ?? "",
      start_index: annotation.start === undefined ? start : start + annotation.start,
      end_index: annotation.end === undefined ? end : start + annotation.end,
    },
  };
}
