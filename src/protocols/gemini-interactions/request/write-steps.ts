import {
  type CallItem,
  type DialectId,
  type Item,
  type Losses,
  type MessageItem,
  type Part,
  parseJson,
  type ReasoningItem,
  type ResultItem,
} from "../../../exchange/index.ts";
import { calledNames } from "../../conversation/left-out.ts";
import type { TargetTraits } from "../../dialect.ts";
import { interactionsDialect, isFields, type Native, ownFields, unsupported } from "../fields.ts";
import { writeContents } from "./write-contents.ts";

/** What every writer of a request's parts must know. */
export interface WritingRequest {
  /** The caller's dialect: file ids and native parts only go back where they came from. */
  readonly dialect: DialectId;
  readonly target: TargetTraits;
  readonly losses: Losses;
}

export interface Conversation {
  readonly system?: string;
  readonly steps: Native[];
}

/** The items as steps, leading instructions in `system_instruction`. @throws Fault `request_unsupported`, `request_malformed` */
export function writeConversation(items: readonly Item[], writing: WritingRequest): Conversation {
  const names = calledNames(items);
  const system: string[] = [];
  const steps: Native[] = [];
  let leading = true;
  for (const [index, item] of items.entries()) {
    leading &&= item.type === "message" && (item.role === "system" || item.role === "developer");
    if (leading && item.type === "message") system.push(instruction(item.parts, `items.${index}`, writing));
    else steps.push(...writeItem(item, `items.${index}`, names, writing));
  }
  if (steps.length === 0 && system.length > 0) {
    writing.losses.add("system_folded", "items.0", "S", "approximated");
    return { steps: [{ type: "user_input", content: [{ type: "text", text: system.join("\n\n") }] }] };
  }
  return { ...(system.length > 0 && { system: system.join("\n\n") }), steps };
}

/** One text. @throws Fault `request_unsupported` for anything else in it */
function instruction(parts: readonly Part[], path: string, { losses }: WritingRequest): string {
  return parts
    .map((part, index) => {
      if (part.type !== "text") throw unsupported(`${path}.${index}`, "Instructions of this provider are text only.");
      if (part.cache !== undefined) losses.add("cache_hint_dropped", `${path}.${index}`, "Q");
      return part.text;
    })
    .join("\n\n");
}

function writeItem(item: Item, path: string, names: ReadonlyMap<string, string>, writing: WritingRequest): Native[] {
  switch (item.type) {
    case "message":
      return writeMessage(item, path, writing);
    case "reasoning":
      return writeThought(item, path, writing);
    case "call":
      return [writeCall(item, path, writing)];
    case "result":
      return [writeResult(item, names.get(item.callId) ?? "", path, writing)];
    case "opaque":
      if (item.dialect === interactionsDialect && isFields(item.native)) return [{ ...item.native }];
      if (item.text === undefined || item.text === "") {
        throw unsupported(path, `The history holds an item of type "${item.label}" that the model's provider cannot take.`);
      }
      writing.losses.add("server_tool_history_flattened", path, "S", "approximated");
      return [{ type: item.role === "user" ? "user_input" : "model_output", content: [{ type: "text", text: item.text }] }];
  }
}

function writeMessage(item: MessageItem, path: string, writing: WritingRequest): Native[] {
  const { losses } = writing;
  if (item.name !== undefined) losses.add("name_dropped", `${path}.name`, "M");
  if (item.phase !== undefined) losses.add("phase_dropped", `${path}.phase`, "Q");
  const content = writeContents(item.parts, path, writing);
  if (content.length === 0 && writing.dialect !== interactionsDialect) return [];
  if (item.role === "assistant") return [{ type: "model_output", content, ...ownFields(item.extra) }];
  if (item.role === "user") return [{ type: "user_input", content, ...ownFields(item.extra) }];
  losses.add("system_folded", path, "S", "approximated");
  return [{ type: "user_input", content: content.map(folded) }];
}

function folded(content: Native): Native {
  return typeof content.text === "string" ? { ...content, text: `<system>\n${content.text}\n</system>` } : content;
}

/** Thoughts of others stay with their own provider. */
function writeThought(item: ReasoningItem, path: string, { losses }: WritingRequest): Native[] {
  if (item.dialect !== interactionsDialect) {
    losses.add("reasoning_foreign_dropped", path, "Q");
    return [];
  }
  const summary = item.summary.map((text) => ({ type: "text", text }));
  return [
    {
      type: "thought",
      ...(item.sealed && { signature: item.sealed.value }),
      ...(summary.length > 0 && { summary }),
      ...ownFields(item.extra),
    },
  ];
}

function writeCall(call: CallItem, path: string, { losses }: WritingRequest): Native {
  if (call.cache !== undefined) losses.add("cache_hint_dropped", path, "Q");
  let input = call.custom ? undefined : objectIn(call.arguments);
  if (!input) {
    losses.add("arguments_wrapped", `${path}.arguments`, "Q", "approximated");
    input = { _raw: call.arguments };
  }
  return { type: "function_call", id: call.callId, name: call.name, arguments: input, ...ownFields(call.extra) };
}

/** Arguments are an object here; no text is none. */
export function objectIn(json: string): Native | undefined {
  if (json.trim() === "") return {};
  try {
    const value: unknown = parseJson(json);
    return isFields(value) ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

function writeResult(item: ResultItem, name: string, path: string, writing: WritingRequest): Native {
  if (item.cache !== undefined) writing.losses.add("cache_hint_dropped", path, "Q");
  const own = item.extra?.dialect === interactionsDialect ? ownFields(item.extra) : { name };
  return {
    type: "function_result",
    call_id: item.callId,
    ...(item.isError && { is_error: true }),
    ...("result" in own ? {} : { result: writeContents(item.parts, path, writing) }),
    ...own,
  };
}
