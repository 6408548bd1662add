import {
  type CallItem,
  type Item,
  type Losses,
  type MessageItem,
  type ModelRequest,
  type Part,
  parseJson,
  type ReasoningItem,
  type ResultItem,
} from "../../exchange/index.ts";
import { calledNames, refuseWordless, reportFlattened } from "../conversation/left-out.ts";
import type { TargetTraits } from "../dialect.ts";
import { joinedMembers, pushAll } from "../json-fields.ts";
import { documentsMark, writeDocument } from "./documents.ts";
import { cohereDialect, type Fields, fieldsOf, ownFields } from "./fields.ts";
import { planPhase } from "./read-messages.ts";
import { type PartWriting, writeParts, writeResultParts } from "./write-parts.ts";

/** Everything that the assistant did before somebody else spoke: one message on this wire. */
interface Turn {
  readonly at: number;
  readonly thoughts: ReasoningItem[];
  readonly messages: MessageItem[];
  readonly calls: CallItem[];
  /** What Cohere wrote beside its message and no item holds. */
  readonly citations: unknown[];
}

export interface WrittenMessages {
  readonly messages: Fields[];
  readonly documents: unknown[];
}

/** @throws Fault `request_unsupported`, `request_malformed` for results without their call */
export function writeMessages(request: ModelRequest, target: TargetTraits, losses: Losses): WrittenMessages {
  const foreign = request.dialect !== cohereDialect;
  if (foreign) calledNames(request.items);
  return new Messages({ foreign, target, losses }).written(request.items);
}

class Messages {
  readonly #writing: PartWriting;
  readonly #messages: Fields[] = [];
  readonly #documents: unknown[] = [];
  #turn: Turn | undefined;

  constructor(writing: PartWriting) {
    this.#writing = writing;
  }

  written(items: readonly Item[]): WrittenMessages {
    for (const [at, item] of items.entries()) this.#add(item, at);
    this.#close();
    return { messages: this.#messages, documents: this.#documents };
  }

  #add(item: Item, at: number): void {
    const { losses } = this.#writing;
    const path = `items[${at}]`;
    switch (item.type) {
      case "reasoning":
        // Thoughts of others are never said again as if they were this model's own.
        if (item.dialect !== cohereDialect) losses.add("reasoning_foreign_dropped", path, "Q");
        else this.#turnFor(at, (turn) => turn.messages.length + turn.calls.length > 0).thoughts.push(item);
        return;
      case "call":
        this.#turnFor(at, () => false).calls.push(item);
        return;
      case "message":
        this.#message(item, at, path);
        return;
      case "result":
        this.#close();
        this.#messages.push(writeResult(item, path, this.#writing));
        return;
      case "opaque":
        if (item.dialect === cohereDialect && Array.isArray(item.native)) {
          pushAll(this.#turnFor(at, () => false).citations, item.native);
          return;
        }
        refuseWordless(item, path);
        reportFlattened(item, path, losses);
        if (item.text !== undefined) {
          this.#message({ type: "message", role: item.role, parts: [{ type: "text", text: item.text }] }, at, path);
        }
    }
  }

  #message(item: MessageItem, at: number, path: string): void {
    const { losses, foreign } = this.#writing;
    if (item.name !== undefined) losses.add("name_dropped", `${path}.name`, "M");
    if (item.role === "assistant") {
      const turn = this.#turnFor(at, (open) => open.messages.some((said) => said.phase === item.phase) && open.calls.length === 0);
      // What is said after calls still belongs before their results.
      if (turn.calls.length > 0) losses.add("turn_reordered", path, "M", "reordered");
      turn.messages.push(item);
      return;
    }
    if (foreign && item.phase !== undefined) losses.add("phase_dropped", `${path}.phase`, "Q");
    this.#close();
    const { [documentsMark]: ofRequest, ...rest } = ownFields(item.extra);
    if (ofRequest === true) {
      pushAll(
        this.#documents,
        item.parts.map((part) => (part.type === "document" ? writeDocument(part) : undefined)),
      );
      return;
    }
    const role = item.role === "developer" ? "system" : item.role;
    this.#messages.push({ role, content: writeParts(item.parts, path, item.role, this.#writing), ...rest });
  }

  #turnFor(at: number, anew: (turn: Turn) => boolean): Turn {
    if (this.#turn && anew(this.#turn)) this.#close();
    this.#turn ??= { at, thoughts: [], messages: [], calls: [], citations: [] };
    return this.#turn;
  }

  #close(): void {
    const turn = this.#turn;
    this.#turn = undefined;
    if (turn) this.#messages.push(writeTurn(turn, this.#writing));
  }
}

/** What another dialect says before its calls is Cohere's plan: beside calls, its models read nothing else. */
function writeTurn(turn: Turn, writing: PartWriting): Fields {
  const path = `items[${turn.at}]`;
  const isPlan = (message: MessageItem) => (writing.foreign ? turn.calls.length > 0 : message.phase === planPhase);
  const plan = turn.messages.filter(isPlan).flatMap((message) => message.parts);
  const said = turn.messages.filter((message) => !isPlan(message));
  if (writing.foreign && said.some((message) => message.phase !== undefined)) writing.losses.add("phase_dropped", path, "Q");
  const content = writeSaid(
    turn.thoughts,
    said.flatMap((message) => message.parts),
    path,
    writing,
  );
  const planned = plan.length > 0 ? writeParts(plan, path, "plan", writing) : "";
  const citations = [...turn.citations, ...ownCitations(turn.messages)];
  return {
    role: "assistant",
    ...(planned !== "" && { tool_plan: planned }),
    ...(content !== undefined && { content }),
    ...(turn.calls.length > 0 && { tool_calls: turn.calls.map((call) => writeCall(call, path, writing)) }),
    ...(citations.length > 0 && { citations }),
    ...(content === undefined && planned === "" && turn.calls.length === 0 && { content: "" }),
    ...joinedMembers(turn.messages.map((message) => ownFields(message.extra))),
  };
}

/** A string where it can be one; thoughts stand before it as parts. */
function writeSaid(thoughts: readonly ReasoningItem[], parts: readonly Part[], path: string, writing: PartWriting): unknown {
  const said = parts.length > 0 ? writeParts(parts, path, "assistant", writing) : undefined;
  if (thoughts.length === 0) return said;
  const words = typeof said === "string" ? [{ type: "text", text: said }] : ((said as unknown[] | undefined) ?? []);
  return [...thoughts.map((item) => ({ type: "thinking", thinking: item.text ?? item.summary.join("\n\n") })), ...words];
}

function ownCitations(messages: readonly MessageItem[]): unknown[] {
  const annotations = messages
    .flatMap((message) => message.parts)
    .flatMap((part) => (part.type === "text" ? (part.annotations ?? []) : []));
  return annotations.filter((annotation) => annotation.dialect === cohereDialect).map((annotation) => annotation.native);
}

function writeCall(call: CallItem, path: string, { foreign, losses }: PartWriting): Fields {
  const wrapped = call.custom === true || (foreign && !isJson(call.arguments));
  if (wrapped) losses.add("arguments_wrapped", `${path}.tool_calls`, "Q", "approximated");
  const text = foreign && call.arguments.trim() === "" && !call.custom ? "{}" : call.arguments;
  return {
    id: call.callId,
    type: "function",
    function: { name: call.name, arguments: wrapped ? JSON.stringify({ _raw: call.arguments }) : text },
    ...ownFields(call.extra),
  };
}

function isJson(text: string): boolean {
  if (text.trim() === "") return true;
  try {
    parseJson(text);
    return true;
  } catch {
    return false;
  }
}

function writeResult(item: ResultItem, path: string, writing: PartWriting): Fields {
  if (item.isError) writing.losses.add("is_error_flattened", path, "Q");
  if (item.cache !== undefined) writing.losses.add("cache_hint_dropped", path, "Q");
  return {
    role: "tool",
    tool_call_id: item.callId,
    content: writeResultParts(item.parts, path, writing),
    ...fieldsOf(ownFields(item.extra)),
  };
}
