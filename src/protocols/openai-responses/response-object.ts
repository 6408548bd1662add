import { type Finish, Losses, type ModelRequest, type Usage } from "../../exchange/index.ts";
import { openaiTier } from "../conversation/served-tier.ts";
import type { WriteContext } from "../dialect.ts";
import { instructionsMark } from "./read-request.ts";
import { writeTool, writeToolChoice } from "./tools.ts";
import { writeUsage } from "./usage.ts";
import { compact, ownFields, responsesDialect, type Wire, wireOf } from "./wire.ts";

/** What of a response is known while it grows and when it ends. */
export interface ResponseState {
  readonly status: "in_progress" | "completed" | "incomplete" | "failed";
  readonly model: string;
  readonly created?: number | undefined;
  readonly output: readonly Wire[];
  readonly usage?: Usage | undefined;
  readonly tier?: string | undefined;
  readonly error?: { readonly code: string; readonly message: string };
  readonly incomplete?: string | undefined;
}

/** The members that repeat the caller's request; the same in every event of a stream, so made once. */
export interface Echoes {
  readonly before: Wire;
  readonly after: Wire;
}

/** A whole response object, in the order of members that the API uses. */
export function responseObject(context: WriteContext, echoes: Echoes, state: ResponseState): Wire {
  return {
    id: `resp_${stemOf(context.requestId)}`,
    object: "response",
    created_at: state.created ?? context.createdAt,
    status: state.status,
    background: false,
    completed_at: null,
    error: state.error ?? null,
    incomplete_details: state.incomplete === undefined ? null : { reason: state.incomplete },
    ...echoes.before,
    model: state.model || context.request.model,
    output: state.output,
    ...echoes.after,
    service_tier: openaiTier(state.tier) ?? context.request.serviceTier ?? null,
    usage: state.usage ? writeUsage(state.usage) : null,
  };
}

export function echoesOf(request: ModelRequest): Echoes {
  const fields = request.dialect === responsesDialect ? ownFields(request.extra) : {};
  const { reasoning, text, user, ...rest } = fields;
  const tools = request.tools ?? [];
  const userText = user ?? null;
  return {
    before: {
      instructions: instructionsOf(request),
      max_output_tokens: request.maxOutputTokens ?? null,
      max_tool_calls: rest.max_tool_calls ?? null,
    },
    after: {
      parallel_tool_calls: request.parallelToolCalls ?? true,
      previous_response_id: null,
      prompt_cache_key: request.cacheKey ?? null,
      reasoning: { effort: request.reasoning?.effort ?? null, summary: request.reasoning?.summary ?? null, ...wireOf(reasoning) },
      safety_identifier: request.endUser !== undefined && request.endUser !== user ? request.endUser : null,
      store: request.store ?? false,
      temperature: request.temperature ?? 1,
      text: { format: formatOf(request), ...compact({ verbosity: request.verbosity }), ...wireOf(text) },
      tool_choice: request.toolChoice ? writeToolChoice(request.toolChoice, tools) : "auto",
      tools: tools.map((tool, index) => writeTool(tool, `tools[${index}]`, false, new Losses())),
      top_logprobs: request.topLogprobs ?? 0,
      top_p: request.topP ?? 1,
      truncation: rest.truncation ?? "disabled",
      user: userText,
      metadata: request.metadata ?? {},
    },
  };
}

function instructionsOf(request: ModelRequest): string | null {
  const first = request.items[0];
  if (first?.type !== "message" || ownFields(first.extra).member !== ownFields(instructionsMark).member) return null;
  const part = first.parts[0];
  return part?.type === "text" ? part.text : null;
}

function formatOf(request: ModelRequest): Wire {
  const output = request.output ?? { type: "text" };
  if (output.type === "text") return { type: "text" };
  if (output.type === "json") return { type: "json_object" };
  const { name, description, schema, strict } = output;
  return compact({ type: "json_schema", name, description, schema, strict });
}

/** Ids that have to be made up come from the request and the place in the output, so that they are stable. */
export function madeUpId(prefix: string, requestId: string, index: number): string {
  return `${prefix}_${stemOf(requestId)}_${index}`;
}

function stemOf(requestId: string): string {
  return requestId.replace(/^req_/, "");
}

/** Where the finish leaves the last item: cut off, or whole. */
export function endStatus(finish: Finish | undefined, incomplete: string | undefined): "completed" | "incomplete" {
  return finish === undefined || incomplete === undefined ? "completed" : "incomplete";
}
