import type { CacheMark, DialectId, Extra, Item } from "./items.ts";

/** A function that the model may call. `schema` is JSON Schema, untouched. */
export interface FunctionTool {
  readonly type: "function";
  readonly name: string;
  readonly description?: string;
  readonly schema?: unknown;
  readonly strict?: boolean;
  readonly cache?: CacheMark;
  readonly extra?: Extra;
}

/** A tool that takes free text or a grammar instead of JSON. */
export interface CustomTool {
  readonly type: "custom";
  readonly name: string;
  readonly description?: string;
  readonly format?: unknown;
}

/** A search of the web that the provider runs itself: the one hosted tool that every dialect has. */
export interface WebSearchTool {
  readonly type: "web-search";
  readonly dialect: DialectId;
  readonly native: unknown;
}

/** A tool that only its own dialect understands. */
export interface OpaqueTool {
  readonly type: "opaque";
  readonly dialect: DialectId;
  readonly label: string;
  readonly native: unknown;
}

export type Tool = FunctionTool | CustomTool | WebSearchTool | OpaqueTool;

export type ToolChoice =
  | { readonly mode: "auto" | "none" | "required" }
  | { readonly mode: "tool"; readonly name: string }
  | { readonly mode: "subset"; readonly names: readonly string[]; readonly required: boolean }
  | { readonly mode: "opaque"; readonly dialect: DialectId; readonly native: unknown };

export type OutputFormat =
  | { readonly type: "text" }
  | { readonly type: "json" }
  | {
      readonly type: "json-schema";
      readonly name: string;
      readonly schema: unknown;
      readonly strict?: boolean;
      readonly description?: string;
    };

/** How much a model is asked to think, least first. */
export const efforts = ["none", "minimal", "low", "medium", "high", "xhigh", "max"] as const;
export type Effort = (typeof efforts)[number];

export interface ReasoningControl {
  readonly effort?: Effort;
  /** Anthropic's thinking budget in tokens. */
  readonly budgetTokens?: number;
  /** Anthropic's modes; `adaptive` lets the model decide. */
  readonly mode?: "enabled" | "disabled" | "adaptive";
  /** Whether, and how, the caller wants to see the thoughts. */
  readonly summary?: string;
}

/** A model call, in no dialect. Absent means that the caller did not say. */
export interface ModelRequest {
  readonly dialect: DialectId;
  readonly model: string;
  readonly items: readonly Item[];
  readonly stream: boolean;
  /** Chat only: the caller asked for the extra usage chunk. */
  readonly includeUsage?: boolean;
  /** Legacy completions only: the prompt is said again before the answer. */
  readonly echo?: boolean;
  readonly tools?: readonly Tool[];
  readonly toolChoice?: ToolChoice;
  readonly parallelToolCalls?: boolean;
  readonly maxOutputTokens?: number;
  readonly temperature?: number;
  readonly topP?: number;
  readonly topK?: number;
  readonly stop?: readonly string[];
  readonly seed?: number;
  readonly count?: number;
  readonly frequencyPenalty?: number;
  readonly presencePenalty?: number;
  readonly logitBias?: Readonly<Record<string, number>>;
  readonly logprobs?: boolean;
  readonly topLogprobs?: number;
  readonly output?: OutputFormat;
  readonly verbosity?: string;
  readonly reasoning?: ReasoningControl;
  readonly serviceTier?: string;
  /** Bedrock's guardrail that the caller named beside the body: nobody else has it. */
  readonly guardrail?: string;
  /** A stable id of the person behind the caller, for the provider's abuse checks. */
  readonly endUser?: string;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly cacheKey?: string;
  /** How long OpenAI keeps the prefix: `in_memory` or `24h`. */
  readonly cacheRetention?: string;
  /** Anthropic's automatic caching of the last cacheable block. */
  readonly cache?: CacheMark;
  readonly store?: boolean;
  /** Audio out: the voice and the format. */
  readonly audio?: { readonly voice: unknown; readonly format: string };
  readonly modalities?: readonly string[];
  readonly prediction?: unknown;
  /** Values asked for by name in Responses' `include`. */
  readonly include?: readonly string[];
  readonly extra?: Extra;
}
