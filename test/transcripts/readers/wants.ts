import { isObject, type Json, listOf, textOf } from "../exchange.ts";

export interface WantedTool {
  readonly name: string;
  readonly description: string;
  readonly schema: unknown;
}

/** What a request says and asks for, in words that no dialect owns: the measure of a translated request. */
export interface Wanted {
  /** Everything that somebody said, tool results included. */
  readonly texts: readonly string[];
  readonly tools: readonly WantedTool[];
  readonly calls: readonly { readonly name: string; readonly arguments: string }[];
  readonly results: readonly string[];
  /** What may be read of earlier thoughts. */
  readonly thoughts: readonly string[];
  /** Signatures and encrypted state of thoughts: of use to the provider that made them, and nobody else's business. */
  readonly seals: readonly string[];
  /** Base64 data, URLs and file ids of images, documents and sounds. */
  readonly media: readonly string[];
  /** Everything that has no like in other dialects: hosted tools, server-tool history, stored state. */
  readonly hosted: readonly string[];
  readonly settings: ReadonlyMap<string, string>;
}

const neutral = new Map<string, unknown>([
  ["temperature", 1],
  ["top_p", 1],
  ["frequency_penalty", 0],
  ["presence_penalty", 0],
]);

/** Collects what a request wants. */
export class Wants {
  readonly texts: string[] = [];
  readonly tools: WantedTool[] = [];
  readonly calls: { name: string; arguments: string }[] = [];
  readonly results: string[] = [];
  readonly thoughts: string[] = [];
  readonly seals: string[] = [];
  readonly media: string[] = [];
  readonly hosted: string[] = [];
  readonly settings = new Map<string, string>();

  /** Every dialect has a web search of its own under several names. */
  host(kind: string): void {
    this.hosted.push(kind.startsWith("web_search") && !/call|result/.test(kind) ? "web_search" : kind);
  }

  text(value: unknown): void {
    if (typeof value === "string" && value.trim() !== "") this.texts.push(value.trim());
  }

  think(value: unknown): void {
    if (typeof value === "string" && value.trim() !== "") this.thoughts.push(value.trim());
  }

  seal(value: unknown): void {
    if (typeof value === "string" && value !== "") this.seals.push(value);
  }

  medium(value: unknown): void {
    if (typeof value !== "string" || value === "") return;
    const data = /^data:[^,]*;base64,(.*)$/s.exec(value);
    this.media.push(data?.[1] ?? value);
  }

  /** A value that says what happens unasked counts as nothing. */
  set(name: string, value: unknown): void {
    if (neutral.get(name) === value) return;
    if (value !== undefined && value !== null) this.settings.set(name, typeof value === "string" ? value : JSON.stringify(value));
  }
}

export function readTool(tool: Json, schema: unknown): WantedTool {
  return { name: textOf(tool.name), description: textOf(tool.description), schema: schema ?? {} };
}

/** `auto` is what every dialect does unasked, so it counts as nothing. */
export function choiceOf(choice: unknown): string | undefined {
  if (typeof choice === "string") return choice === "auto" ? undefined : choice;
  if (!isObject(choice)) return undefined;
  if (choice.type === "any") return "required";
  if (choice.type === "none") return "none";
  if (choice.type === "auto") return undefined;
  const named = [choice.function, choice.custom].find(isObject) ?? choice;
  const name = named.name;
  if (typeof name === "string") return `tool ${name}`;
  const subset = isObject(choice.allowed_tools) ? choice.allowed_tools : choice;
  return choice.type === "allowed_tools" ? `subset ${listOf(subset.tools).length}` : JSON.stringify(choice);
}
