import type { Loss, Losses, ModelRequest } from "../../exchange/index.ts";
import { entryOf, type Fields, isFields, unsupported } from "../json-fields.ts";

/** Members without which the answer would be a wrong one, and why they are refused. */
const refused: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    ["previous_response_id", "conversation", "prompt", "background", "promptVariables"].map((name) => [
      name,
      `"${name}" needs state that the chosen model's provider does not keep.`,
    ]),
  ),
  mcp_servers: "The tools of mcp_servers run only at a provider that speaks anthropic-messages.",
  thread: '"thread" needs state that the chosen model\'s provider does not keep.',
  compaction: "A summary under Anthropic's seal is made by a provider that speaks anthropic-messages only.",
  guardrailConfig: "Guardrails of Bedrock's stand before Bedrock's models only.",
};

/** What is lost with a member, where it is more than metadata. */
const classes: Readonly<Record<string, Loss["class"]>> = {
  ...classOf("S", "inference_geo", "safetySettings", "safety_mode", "raw_prompting", "responseMimeType"),
  ...classOf(
    "Q",
    "context_management",
    "container",
    "fallbacks",
    "speed",
    "performanceConfig",
    "citation_options",
    "priority",
    "truncation",
  ),
  ...classOf(
    "Q",
    "max_tool_calls",
    "keep_alive",
    "additionalModelRequestFields",
    "options",
    "anthropic_beta",
    "includeServerSideToolInvocations",
  ),
};

/** Members that hold settings of several kinds: each is told by itself, and costs quality where nothing else is known of it. */
const holders = [
  "generationConfig",
  "toolConfig",
  "outputConfig",
  "output_config",
  "inferenceConfig",
  "reasoning",
  "text",
  "thinking",
  "options",
];

/** Beside what was read of them these stay as they were written, for the same dialect to write them so again. */
function isNoted(name: string, value: unknown, { endUser, output, reasoning }: ModelRequest): boolean {
  if (name === "safety_identifier" || name === "user") return value === endUser;
  if (name === "responseSchema") return output?.type === "json-schema";
  return name === "effort" && reasoning?.effort === value;
}

/**
 * The members of the request that only its own dialect understands: reported as `field_dropped`, or refused.
 * @throws Fault `request_unsupported`
 */
export function reportFields(request: ModelRequest, losses: Losses): void {
  for (const [name, value] of Object.entries(request.extra?.fields ?? {})) {
    if (saysNothing(value) || isNoted(name, value, request)) continue;
    const reason = entryOf(refused, name);
    if (reason !== undefined) throw unsupported(name, reason);
    if (holders.includes(name) && isFields(value)) reportHeld(name, value, request, losses);
    else losses.add("field_dropped", name, entryOf(classes, name) ?? "M");
  }
}

function reportHeld(holder: string, held: Fields, request: ModelRequest, losses: Losses): void {
  for (const [name, value] of Object.entries(held)) {
    if (saysNothing(value) || isNoted(name, value, request)) continue;
    losses.add("field_dropped", `${holder}.${name}`, entryOf(classes, name) ?? "Q");
  }
}

/** Values that say no more than absence. */
export function saysNothing(value: unknown): boolean {
  if (value === null || value === undefined || value === false) return true;
  if (typeof value !== "object") return false;
  if (Array.isArray(value)) return value.length === 0;
  for (const _name in value) return false;
  return true;
}

function classOf(lossClass: Loss["class"], ...names: readonly string[]): Record<string, Loss["class"]> {
  return Object.fromEntries(names.map((name) => [name, lossClass]));
}
