import type { Usage } from "./usage.ts";

/**
 * Requests and answers of the tasks beside conversation, in no dialect. Absent means that the caller did not say. A surface
 * with no member for something reports it in the `Losses` when it writes.
 */
export interface EmbedRequest {
  readonly model: string;
  /** In order; each is text, or token numbers of the model's own, or parts for models that embed pictures. */
  readonly inputs: readonly EmbedInput[];
  /** Length of the vectors. */
  readonly dimensions?: number;
  /** How the caller wants numbers written. Default `float`. */
  readonly encoding?: "float" | "base64";
  /** What the vectors are for. */
  readonly purpose?: EmbedPurpose;
  /** What is done to inputs that are too long. Default `END` where there is one. */
  readonly truncate?: "none" | "start" | "end";
  /** A title for a document, which some models take into account. */
  readonly title?: string;
  readonly endUser?: string;
}

export type EmbedInput =
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "tokens"; readonly tokens: readonly number[] }
  | { readonly type: "image"; readonly dataUri: string };

export type EmbedPurpose = "query" | "document" | "similarity" | "classification" | "clustering" | "code-query" | "question" | "fact-check";

export interface EmbedAnswer {
  readonly id?: string;
  readonly model?: string;
  /** In the order of the inputs. */
  readonly vectors: readonly (readonly number[])[];
  readonly usage?: Usage;
}

export interface RerankRequest {
  readonly model: string;
  readonly query: string;
  readonly documents: readonly string[];
  /** How many of the best are given back. Default all. */
  readonly top?: number;
  /** Give the documents back with the scores. */
  readonly echo?: boolean;
  readonly maxTokensPerDocument?: number;
}

export interface RerankAnswer {
  readonly id?: string;
  readonly model?: string;
  /** Best first. `index` counts in the request's documents, `score` is the provider's own scale. */
  readonly results: readonly { readonly index: number; readonly score: number }[];
  readonly usage?: Usage;
}

export interface ModerationRequest {
  readonly model: string;
  readonly inputs: readonly (
    | { readonly type: "text"; readonly text: string }
    /** Where the picture is: a URL or a data URI. */
    | { readonly type: "image"; readonly url: string }
  )[];
  /** The caller gave the inputs as parts of one thing to be judged, not as several. */
  readonly together: boolean;
}

export interface ModerationAnswer {
  readonly id?: string;
  readonly model?: string;
  /** In the order of the inputs. Categories are in the provider's words. */
  readonly results: readonly ModerationResult[];
  readonly usage?: Usage;
}

export interface ModerationResult {
  /** Absent where the provider only tells categories. */
  readonly flagged?: boolean;
  readonly categories: Readonly<Record<string, boolean>>;
  readonly scores: Readonly<Record<string, number>>;
  /** Which kinds of input a category was found in. */
  readonly foundIn?: unknown;
}

/** What each task asks and answers. */
export interface TaskShapes {
  embed: { request: EmbedRequest; answer: EmbedAnswer };
  rerank: { request: RerankRequest; answer: RerankAnswer };
  moderate: { request: ModerationRequest; answer: ModerationAnswer };
}

export type TaskName = keyof TaskShapes;
