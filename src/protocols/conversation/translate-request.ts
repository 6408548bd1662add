import type { DialectId, DocumentPart, Extra, Item, Loss, Losses, ModelRequest, Part, SurfaceId, Tool } from "../../exchange/index.ts";
import type { AnyDialect, TargetTraits } from "../dialect.ts";
import { fieldsOf, unsupported } from "../json-fields.ts";
import { saysNothing } from "./foreign-fields.ts";

/**
 * The body for an upstream of another dialect than the caller's: what its writer makes of the request, and beside the
 * writer's own losses those of everything that rides along for the caller's dialect alone.
 * @throws Fault `request_unsupported`
 */
export function translateRequest(request: ModelRequest, into: AnyDialect, target: TargetTraits, losses: Losses): Record<string, unknown> {
  if (request.guardrail !== undefined)
    throw unsupported("guardrailIdentifier", "Guardrails of Bedrock's stand before Bedrock's models only.");
  if (request.dialect === into.id) return into.writeRequest(request, target, losses);
  const body = into.writeRequest(request.items.some(isSilent) ? withoutSilent(request) : request, target, losses);
  for (const [index, item] of request.items.entries()) reportItem(item, `items[${index}]`, into.id, losses);
  for (const [index, tool] of (request.tools ?? []).entries()) reportTool(tool, `tools[${index}]`, losses);
  for (const name of request.include ?? [])
    if (!answered.has(name) && into.id !== "openai-responses") losses.add("field_dropped", "include", "M");
  const { summary } = request.reasoning ?? {};
  if (summary !== undefined && !usual.has(summary) && wordless.includes(into.id)) {
    losses.add("reasoning_control_approximated", "reasoning.summary", "Q");
  }
  return body;
}

/** A message that only its own dialect has a use for: nothing is said in it. */
function isSilent(item: Item): boolean {
  return item.type === "message" && item.parts.length === 0;
}

function withoutSilent(request: ModelRequest): ModelRequest {
  return { ...request, items: request.items.filter((item) => !isSilent(item)) };
}

/** Dialects that have no word for what is shown of the thoughts, and the words that ask for no more than what is shown anyway. */
const wordless: readonly SurfaceId[] = ["openai-chat", "cohere-chat", "ollama-chat"];
const usual = new Set(["auto", "summarized"]);

/** Values of `include` that have a form of their own in the vocabulary. */
const answered = new Set(["reasoning.encrypted_content", "message.output_text.logprobs"]);

/** Notes of how something was written, for the same dialect to write it so again: they say nothing of their own. */
const forms: Partial<Record<DialectId, ReadonlySet<string>>> = {
  "openai-chat": new Set(["name", "type", "function_call"]),
  "openai-responses": new Set(["member", "status"]),
  "anthropic-messages": new Set(["source"]),
  "gemini-generate": new Set(["media", "role", "name", "named", "parameters", "id"]),
  "bedrock-converse": new Set(["json", "citationsContent", "source", "format"]),
  "cohere-chat": new Set(["document", "documents"]),
  "ollama-chat": new Set(["tool_name", "function"]),
};

export function isForm(dialect: DialectId, name: string): boolean {
  return forms[dialect]?.has(name) ?? false;
}

/** Dialects whose documents say what they are about, and whether they are to be cited. */
const citing: readonly SurfaceId[] = ["anthropic-messages", "bedrock-converse"];

function reportItem(item: Item, path: string, into: SurfaceId, losses: Losses): void {
  if (item.type === "opaque" || item.type === "reasoning") return;
  reportExtra(item.extra, path, "Q", losses);
  if (item.type === "call") return;
  for (const [index, part] of item.parts.entries()) reportPart(part, `${path}.parts[${index}]`, into, losses);
}

function reportPart(part: Part, path: string, into: SurfaceId, losses: Losses): void {
  if (part.type === "opaque" || part.type === "refusal") return;
  reportExtra(part.extra, path, "Q", losses);
  if (part.type === "document" && !citing.includes(into)) reportDocument(part, path, losses);
}

function reportDocument({ context, cited }: DocumentPart, path: string, losses: Losses): void {
  if (context !== undefined) losses.add("document_context_dropped", `${path}.context`, "S");
  if (cited) losses.add("citations_dropped", `${path}.citations`, "Q");
}

function reportTool(tool: Tool, path: string, losses: Losses): void {
  if (tool.type === "function") reportExtra(tool.extra, path, "Q", losses);
  if (tool.type !== "web-search" || tool.dialect !== "gemini-generate") return;
  for (const name of Object.keys(fieldsOf(fieldsOf(tool.native).googleSearch))) {
    losses.add("hosted_tool_option_dropped", `${path}.${name}`, "Q");
  }
}

function reportExtra(extra: Extra | undefined, path: string, lossClass: Loss["class"], losses: Losses): void {
  if (extra === undefined) return;
  // Gemini's results have such members beside the answer itself.
  const { response, ...fields } = extra.fields;
  for (const [name, value] of Object.entries({ ...fields, ...fieldsOf(response) })) {
    if (!isForm(extra.dialect, name) && !saysNothing(value)) losses.add("field_dropped", `${path}.${name}`, lossClass);
  }
}
