import {
  type CallItem,
  type DocumentPart,
  type ImagePart,
  type Item,
  type Losses,
  type MessageItem,
  type ModelRequest,
  type Part,
  parseData,
  type ResultItem,
} from "../../exchange/index.ts";
import { documentText, underTitle } from "../conversation/document-text.ts";
import { calledNames, refuseWordless, reportFlattened } from "../conversation/left-out.ts";
import type { TargetTraits } from "../dialect.ts";
import { joinedMembers, unsupported } from "../json-fields.ts";
import { type Fields, fieldsOf, isFields, ollamaDialect, ownFields } from "./fields.ts";

/** Everything that the assistant did before somebody else spoke: one message on this wire. */
interface Turn {
  readonly at: number;
  readonly thoughts: string[];
  readonly messages: MessageItem[];
  readonly calls: CallItem[];
}

interface Writing {
  readonly target: TargetTraits;
  readonly losses: Losses;
  /** Names of the called tools by call id; undefined where the caller speaks this dialect and names them as it likes. */
  readonly names: ReadonlyMap<string, string> | undefined;
}

/** @throws Fault `request_unsupported`, `request_malformed` for results without their call */
export function writeMessages(request: ModelRequest, target: TargetTraits, losses: Losses): Fields[] {
  const names = request.dialect === ollamaDialect ? undefined : calledNames(request.items);
  return new Messages({ target, losses, names }).written(request.items);
}

class Messages {
  readonly #writing: Writing;
  readonly #out: Fields[] = [];
  #turn: Turn | undefined;

  constructor(writing: Writing) {
    this.#writing = writing;
  }

  written(items: readonly Item[]): Fields[] {
    for (const [at, item] of items.entries()) this.#add(item, at);
    this.#close();
    return this.#out;
  }

  #add(item: Item, at: number): void {
    const { losses } = this.#writing;
    const path = `items[${at}]`;
    switch (item.type) {
      case "reasoning": {
        // Thoughts of others are never said again as if they were this model's own.
        const text = item.text ?? item.summary.join("\n\n");
        if (item.dialect !== ollamaDialect) losses.add("reasoning_foreign_dropped", path, "Q");
        else if (text !== "") this.#turnFor(at, this.#turn !== undefined && isSpoken(this.#turn)).thoughts.push(text);
        return;
      }
      case "call":
        this.#turnFor(at, false).calls.push(item);
        return;
      case "message":
        this.#message(item, at, path);
        return;
      case "result":
        this.#close();
        this.#out.push(writeResult(item, path, this.#writing));
        return;
      case "opaque":
        refuseWordless(item, path);
        reportFlattened(item, path, losses);
        if (item.text === undefined) return;
        this.#message({ type: "message", role: item.role, parts: [{ type: "text", text: item.text }] }, at, path);
    }
  }

  #message(item: MessageItem, at: number, path: string): void {
    const { losses } = this.#writing;
    if (item.name !== undefined) losses.add("name_dropped", `${path}.name`, "M");
    if (item.phase !== undefined) losses.add("phase_dropped", `${path}.phase`, "Q");
    if (item.role === "assistant") {
      const turn = this.#turnFor(at, this.#turn !== undefined && this.#turn.messages.length > 0 && this.#turn.calls.length === 0);
      // What is said after calls still belongs before their results.
      if (turn.calls.length > 0) losses.add("turn_reordered", path, "M", "reordered");
      turn.messages.push(item);
      return;
    }
    this.#close();
    const role = item.role === "developer" ? "system" : item.role;
    this.#out.push({ role, ...writeParts(item.parts, path, this.#writing), ...ownFields(item.extra) });
  }

  #turnFor(at: number, anew: boolean): Turn {
    if (anew) this.#close();
    this.#turn ??= { at, thoughts: [], messages: [], calls: [] };
    return this.#turn;
  }

  #close(): void {
    const turn = this.#turn;
    this.#turn = undefined;
    if (turn) this.#out.push(writeTurn(turn, this.#writing));
  }
}

function isSpoken(turn: Turn): boolean {
  return turn.messages.length + turn.calls.length > 0;
}

function writeTurn(turn: Turn, writing: Writing): Fields {
  const path = `items[${turn.at}]`;
  const parts = turn.messages.flatMap((message) => message.parts);
  return {
    role: "assistant",
    ...writeParts(parts, path, writing),
    ...(turn.thoughts.length > 0 && { thinking: turn.thoughts.join("\n\n") }),
    ...(turn.calls.length > 0 && { tool_calls: turn.calls.map((call) => writeCall(call, path, writing)) }),
    ...joinedMembers(turn.messages.map((message) => ownFields(message.extra))),
  };
}

function writeCall(call: CallItem, path: string, { names, losses }: Writing): Fields {
  const { function: inner, ...outer } = ownFields(call.extra);
  const input = callInput(call);
  if (input === undefined) losses.add("arguments_wrapped", `${path}.tool_calls`, "Q", "approximated");
  return {
    ...(names && { id: call.callId }),
    ...outer,
    function: { ...fieldsOf(inner), name: call.name, arguments: input ?? { _raw: call.arguments } },
  };
}

/** The arguments as the object that they are on this wire; undefined where they are none. */
export function callInput(call: Pick<CallItem, "arguments" | "custom">): Fields | undefined {
  if (call.custom) return undefined;
  if (call.arguments.trim() === "") return {};
  try {
    const input: unknown = parseData(call.arguments);
    if (input === null) return {};
    return isFields(input) ? input : undefined;
  } catch {
    return undefined;
  }
}

function writeResult(item: ResultItem, path: string, writing: Writing): Fields {
  const { losses, names } = writing;
  if (item.isError) losses.add("is_error_flattened", path, "Q");
  if (item.cache !== undefined) losses.add("cache_hint_dropped", path, "Q");
  return {
    role: "tool",
    ...writeParts(item.parts, path, writing),
    ...(names && { tool_name: names.get(item.callId), tool_call_id: item.callId }),
    ...ownFields(item.extra),
  };
}

/** A message holds one text and some images. @throws Fault `request_unsupported` for what can be neither */
function writeParts(parts: readonly Part[], path: string, writing: Writing): Fields {
  const texts: string[] = [];
  const images: string[] = [];
  for (const [index, part] of parts.entries()) {
    const place = `${path}.content[${index}]`;
    if ("cache" in part && part.cache !== undefined) writing.losses.add("cache_hint_dropped", place, "Q");
    if (part.type === "image") {
      if (texts.length > 0) writing.losses.add("parts_reordered", place, "M", "reordered");
      images.push(writeImage(part, place, writing));
    } else texts.push(writeText(part, place, writing));
  }
  return { content: texts.join("\n\n"), ...(images.length > 0 && { images }) };
}

function writeText(part: Exclude<Part, ImagePart>, path: string, writing: Writing): string {
  switch (part.type) {
    case "text":
      if (part.annotations?.length) writing.losses.add("citations_dropped", path, "Q");
      return part.text;
    case "refusal":
      return part.text;
    case "document":
      return writeDocument(part, path, writing);
    case "audio":
      throw unsupported(path, "The model's provider takes no audio input.");
    case "opaque":
      throw unsupported(path, `A content part of type "${part.label}" means nothing to the model's provider.`);
  }
}

function writeImage(part: ImagePart, path: string, { target, losses }: Writing): string {
  if (target.inputs !== undefined && !target.inputs.includes("image")) {
    throw unsupported(path, `The model "${target.model}" takes no image input.`);
  }
  if (part.detail !== undefined && part.detail !== "auto") losses.add("detail_dropped", `${path}.detail`, "M");
  if (part.source.kind === "base64") return part.source.data;
  throw unsupported(path, "The model's provider takes images as base64 data, not by URL or file id.");
}

function writeDocument(part: DocumentPart, path: string, { losses }: Writing): string {
  const text = documentText(part);
  if (text === undefined) throw unsupported(path, "The model's provider takes documents as plain text only.");
  losses.add("document_flattened", path, "Q", "approximated");
  return underTitle(part, text);
}
