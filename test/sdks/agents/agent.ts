import type { DialectId } from "../../../src/exchange/index.ts";
import type { Play, PlayedCall } from "./play.ts";

/** What an SDK handed to the agent for one turn. */
export interface ToldTurn {
  readonly text: string;
  readonly thought: string;
  readonly calls: readonly PlayedCall[];
  readonly usage: { readonly input: number; readonly cacheRead: number; readonly cacheWrite?: number; readonly output: number };
}

export interface Address {
  /** Without a path. */
  readonly url: string;
  readonly key: string;
}

/** One conversation: it keeps its history as the agent does, runs the tools, and sends their results with the next turn. */
export interface Session {
  /** @param words what the user says; undefined where only results go back */
  turn(words: string | undefined): Promise<ToldTurn>;
  /** Asks how long the conversation would be, where the agent does that. */
  count?(words: string): Promise<number>;
}

/** A coding agent: the shape of its requests, with its vendor's SDK. */
export interface Agent {
  readonly name: string;
  readonly caller: DialectId;
  readonly play: Play;
  /** What it keeps of its history: everything, or only what every SDK of its dialect knows. */
  readonly keepsThoughts: boolean;
  /** Headers that reach an upstream of the agent's own dialect. */
  readonly passes: Readonly<Record<string, string>>;
  open(address: Address, model: string, form: Form): Session;
}

/** Streamed or whole; the agents think in another mode in each. */
export const forms = ["stream", "whole"] as const;
export type Form = (typeof forms)[number];

/** A JSON Schema as MCP servers give them: nested, with references, unions and long descriptions. */
export function largeSchema(place: number): { [name: string]: unknown; type: "object" } {
  const words = (about: string) => `${about}: ${"what it is for, when to leave it out, and what happens then. ".repeat(4)}(§${place})`;
  return {
    $schema: "http://json-schema.org/draft-07/schema#",
    type: "object",
    properties: {
      repository: { type: "string", description: words("owner/name"), pattern: "^[\\w.-]+/[\\w.-]+$", maxLength: 200 },
      filter: {
        anyOf: [{ type: "string" }, { type: "object", properties: { since: { type: "string", format: "date-time" } } }, { type: "null" }],
        description: words("Which of them"),
      },
      labels: { type: "array", items: { type: "string", enum: ["bug", "größer", "won't fix"] }, minItems: 0, uniqueItems: true },
      page: { type: "integer", minimum: 1, maximum: 9_007_199_254_740_991, default: 1 },
      tree: { $ref: "#/$defs/node" },
    },
    $defs: {
      node: {
        type: "object",
        properties: { value: { type: ["string", "number"] }, children: { type: "array", items: { $ref: "#/$defs/node" } } },
        additionalProperties: false,
      },
    },
    required: ["repository"],
    additionalProperties: false,
  };
}

/** Arguments that are hard to carry: nesting, escapes, large and small numbers, empty things. */
export function hardArguments(turn: number, place: number): Record<string, unknown> {
  return {
    repository: "größe/repo",
    filter: { since: "2026-05-01T00:00:00Z", 'a "quoted" key\n': "\u2028\\u0041 \u{1F1F3}\u{1F1F4}" },
    labels: [],
    page: turn * 10 + place + 0.5,
    tree: { value: 1e21, children: [{ value: "", children: [] }, null, true] },
  };
}

/** A red pixel. */
export const png = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==";
