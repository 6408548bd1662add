import type {
  CallItem,
  Item,
  Losses,
  MessageItem,
  ModelRequest,
  OpaqueItem,
  Part,
  ReasoningItem,
  ResultItem,
} from "../../exchange/index.ts";
import { Fault } from "../../exchange/index.ts";
import { refuseWordless, reportFlattened } from "../conversation/left-out.ts";
import type { TargetTraits } from "../dialect.ts";
import { joinedMembers } from "../json-fields.ts";
import { chatDialect, type JsonObject, ownFields } from "./json-value.ts";
import { parsedSeal, shownReasoning, writeDetails } from "./reasoning.ts";
import { type PartContext, writeParts, writeText } from "./write-parts.ts";

/** Everything that the assistant did before somebody else spoke: one message on this wire. */
interface Turn {
  readonly kind: "turn";
  readonly at: number;
  readonly reasoning: ReasoningItem[];
  readonly messages: MessageItem[];
  readonly calls: CallItem[];
}

type Entry = Turn | { readonly kind: "item"; readonly at: number; readonly item: MessageItem | ResultItem };

/** @throws Fault `request_unsupported`, `request_malformed` for results without their call */
export function writeMessages(request: ModelRequest, target: TargetTraits, losses: Losses): JsonObject[] {
  const foreign = request.dialect !== chatDialect;
  const context: PartContext = { foreign, inputs: target.inputs, losses };
  if (foreign) checkResults(request.items);
  return entriesOf(request.items, target, context).map((entry) => {
    if (entry.kind === "turn") return writeTurn(entry, target, context);
    return entry.item.type === "result" ? writeResult(entry.item, entry.at, context) : writeMessage(entry.item, entry.at, target, context);
  });
}

function checkResults(items: readonly Item[]): void {
  const calls = new Set<string>();
  for (const item of items) {
    if (item.type === "call") calls.add(item.callId);
    if (item.type === "result" && !calls.has(item.callId)) {
      throw new Fault("request_malformed", { message: `No call stands before the result for "${item.callId}".`, param: item.callId });
    }
  }
}

function entriesOf(items: readonly Item[], target: TargetTraits, context: PartContext): Entry[] {
  const entries: Entry[] = [];
  let turn: Turn | undefined;
  const openTurn = (at: number): Turn => {
    turn ??= { kind: "turn", at, reasoning: [], messages: [], calls: [] };
    if (entries.at(-1) !== turn) entries.push(turn);
    return turn;
  };
  items.forEach((item, at) => {
    if (item.type === "reasoning") {
      if (!keepsReasoning(item, at, target, context.losses)) return;
      if (turn && turn.messages.length + turn.calls.length > 0) turn = undefined;
      openTurn(at).reasoning.push(item);
    } else if (item.type === "call") {
      openTurn(at).calls.push(item);
    } else if (item.type === "message" && item.role === "assistant") {
      // What is said after calls still belongs before their results.
      if (turn && turn.messages.length > 0 && turn.calls.length === 0) turn = undefined;
      if (turn && turn.calls.length > 0) context.losses.add("turn_reordered", `items[${at}]`, "M", "reordered");
      openTurn(at).messages.push(item);
    } else if (item.type === "opaque") {
      const text = flattened(item, at, context.losses);
      if (text === undefined) return;
      if (item.role === "assistant") openTurn(at).messages.push(text);
      else {
        turn = undefined;
        entries.push({ kind: "item", at, item: text });
      }
    } else {
      turn = undefined;
      entries.push({ kind: "item", at, item });
    }
  });
  return entries;
}

/** Sealed state goes to its own dialect only, and plain thoughts of others are never said again as if they were an answer. */
function keepsReasoning(item: ReasoningItem, at: number, target: TargetTraits, losses: Losses): boolean {
  if (item.dialect !== chatDialect) {
    losses.add("reasoning_foreign_dropped", `items[${at}]`, "Q");
    return false;
  }
  if (item.sealed !== undefined && sealsChunk(item) !== isChunk(item, target)) {
    losses.add("reasoning_foreign_dropped", `items[${at}]`, "Q");
    return false;
  }
  if (target.reasoningField === "none" && item.sealed === undefined) {
    losses.add("reasoning_state_lost", `items[${at}]`, "Q");
    return false;
  }
  return true;
}

/** Mistral's signatures stand in chunks, those of others in entries beside the content. */
function sealsChunk(item: ReasoningItem): boolean {
  return parsedSeal(item.sealed?.value ?? "")?.type === "thinking";
}

/** Items of another dialect's own tools become the plain text that stands for them, or go. */
function flattened(item: OpaqueItem, at: number, losses: Losses): MessageItem | undefined {
  refuseWordless(item, `items[${at}]`);
  reportFlattened(item, `items[${at}]`, losses);
  if (item.text === undefined) return undefined;
  return { type: "message", role: item.role, parts: [{ type: "text", text: item.text }] };
}

function writeTurn(turn: Turn, target: TargetTraits, context: PartContext): JsonObject {
  const path = `items[${turn.at}]`;
  const parts = turn.messages.flatMap((message) => message.parts);
  const refusals = parts.filter((part) => part.type === "refusal").map((part) => part.text);
  const spoken = parts.find((part) => part.type === "opaque" && part.dialect === chatDialect && part.label === "audio");
  const rest = parts.filter((part) => part.type !== "refusal" && part !== spoken);
  const content = turnContent(turn, rest, target, context, path);
  const name = turn.messages.find((message) => message.name !== undefined)?.name;
  if (context.foreign && turn.calls.some((call) => call.cache !== undefined)) context.losses.add("cache_hint_dropped", path, "Q");
  if (turn.messages.some((message) => message.phase !== undefined)) context.losses.add("phase_dropped", path, "Q");
  return {
    role: "assistant",
    content: content ?? (turn.calls.length > 0 || refusals.length > 0 || spoken ? null : ""),
    ...(name !== undefined && { name }),
    ...(refusals.length > 0 && { refusal: refusals.join("") }),
    ...turnReasoning(turn, target),
    ...(spoken?.type === "opaque" && { audio: spoken.native }),
    ...(turn.calls.length > 0 && { tool_calls: turn.calls.map((call) => writeCall(call, context.foreign)) }),
    ...joinedMembers(turn.messages.map((message) => ownFields(message.extra))),
  };
}

/** A string where it can be one; Mistral's thoughts stand before it as parts. */
function turnContent(turn: Turn, parts: readonly Part[], target: TargetTraits, context: PartContext, path: string): unknown {
  const thoughts = turn.reasoning.filter((item) => isChunk(item, target)).map(writeThinking);
  const said = parts.length > 0 ? writeParts(parts, context, `${path}.content`, "assistant") : undefined;
  if (thoughts.length === 0) return said;
  const words = typeof said === "string" ? [{ type: "text", text: said }] : ((said as unknown[] | undefined) ?? []);
  return [...thoughts, ...words];
}

/** Where the target's own form is not known, a thought goes back in the form in which it came. */
function isChunk(item: ReasoningItem, target: TargetTraits): boolean {
  return target.reasoningField === "thinking" || (target.reasoningField === undefined && ownFields(item.extra).type === "thinking");
}

function writeThinking(item: ReasoningItem): JsonObject {
  const native = parsedSeal(item.sealed?.value ?? "") ?? ownFields(item.extra);
  return { type: "thinking", ...native, thinking: [{ type: "text", text: shownReasoning(item) }] };
}

function turnReasoning(turn: Turn, target: TargetTraits): JsonObject {
  const items = turn.reasoning.filter((item) => !isChunk(item, target));
  if (items.length === 0) return {};
  const field = target.reasoningField ?? "reasoning_content";
  const written = items.map((item, index) => ({ item, entries: writeDetails(item, index) }));
  const details = written.flatMap(({ entries }) => entries);
  // What an entry says needs no saying twice.
  const wordless = written.filter(({ entries }) => entries.every((entry) => entry.text === undefined && entry.summary === undefined));
  const text = wordless.map(({ item }) => shownReasoning(item)).join("");
  return {
    ...(field !== "none" && text !== "" && { [field]: text }),
    ...(details.length > 0 && { reasoning_details: details }),
  };
}

function writeCall(call: CallItem, foreign: boolean): JsonObject {
  if (call.custom) return { id: call.callId, type: "custom", custom: { name: call.name, input: call.arguments }, ...ownFields(call.extra) };
  return {
    id: call.callId,
    type: "function",
    function: { name: call.name, arguments: foreign && call.arguments === "" ? "{}" : call.arguments },
    ...ownFields(call.extra),
  };
}

function writeMessage(item: MessageItem, at: number, target: TargetTraits, context: PartContext): JsonObject {
  const path = `items[${at}]`;
  if (item.phase !== undefined) context.losses.add("phase_dropped", path, "Q");
  const role = item.role === "developer" && target.developerRole === false ? "system" : item.role;
  return {
    role,
    content: item.parts.length > 0 ? writeParts(item.parts, context, `${path}.content`, item.role) : "",
    ...(item.name !== undefined && { name: item.name }),
    ...ownFields(item.extra),
  };
}

function writeResult(item: ResultItem, at: number, context: PartContext): JsonObject {
  const path = `items[${at}]`;
  if (item.isError) context.losses.add("is_error_flattened", path, "Q");
  if (context.foreign && item.cache !== undefined) context.losses.add("cache_hint_dropped", path, "Q");
  const parts = context.foreign ? item.parts.filter((part) => resultHolds(part, path, context.losses)) : item.parts;
  const { name, ...extra } = ownFields(item.extra);
  return {
    role: "tool",
    tool_call_id: item.callId,
    ...(name !== undefined && { name }),
    content: parts.length > 0 ? (context.foreign ? writeText(parts) : writeParts(parts, context, path, "tool")) : "",
    ...extra,
  };
}

/** Tool messages of this dialect hold text only. */
function resultHolds(part: Part, path: string, losses: Losses): boolean {
  if (part.type === "text" || part.type === "refusal") return true;
  if (part.type === "document" && part.source.kind === "text") return true;
  losses.add("tool_result_media_dropped", path, "S");
  return false;
}
