import type {
  Annotation,
  Answer,
  AnswerChoice,
  AnswerEvent,
  AudioPart,
  CallItem,
  Finish,
  Item,
  MessageItem,
  Part,
  ReasoningItem,
  Usage,
} from "../../exchange/index.ts";
import { pushAll } from "../json-fields.ts";
import { inOrder } from "./paragraphs.ts";

/** Puts the events of a full-depth stream together. Stops where the events stop: an answer that broke off is collected as far as it came. */
export function collect(events: Iterable<AnswerEvent>): Answer {
  const collector = new Collector();
  for (const event of events) collector.add(event);
  return collector.answer();
}

/** A block while it grows, and the item or part that it becomes. */
type Draft =
  | { kind: "text"; id?: string; phase?: string; text: string; annotations: Annotation[]; logprobs: unknown[] }
  | { kind: "refusal"; id?: string; phase?: string; text: string }
  | {
      kind: "reasoning";
      item: Pick<ReasoningItem, "dialect" | "id" | "extra">;
      summary: Map<number, string>;
      text?: string;
      sealed?: ReasoningItem["sealed"];
    }
  | { kind: "call"; item: Omit<CallItem, "type" | "arguments">; arguments: string }
  | { kind: "audio"; id?: string; data: string; transcript?: string; expiresAt?: number }
  | { kind: "opaque"; item: Item };

interface ChoiceDraft {
  readonly blocks: Map<number, Draft>;
  finish?: Finish;
}

type DraftOf<Kind extends Draft["kind"]> = Extract<Draft, { kind: Kind }>;

export class Collector {
  #start: Extract<AnswerEvent, { type: "answer-start" }> | undefined;
  #usage: Usage | undefined;
  readonly #choices = new Map<number, ChoiceDraft>();

  answer(): Answer {
    const { id = "", model = "", created, tier } = this.#start ?? {};
    const numbers = [...this.#choices.keys()].sort((a, b) => a - b);
    const choices = numbers.map((number) => choiceOf(this.#choices.get(number) as ChoiceDraft));
    return {
      ...{ id, model, choices },
      ...(created !== undefined && { created }),
      ...(tier !== undefined && { tier }),
      ...(this.#usage && { usage: this.#usage }),
    };
  }

  add(event: AnswerEvent): void {
    switch (event.type) {
      case "answer-start":
        this.#start = event;
        this.#usage = event.usage ?? this.#usage;
        return;
      case "usage-report":
        this.#usage = event.usage;
        return;
      case "choice-finish":
        this.#choice(event.choice).finish = event.finish;
        return;
      case "answer-end":
      case "answer-error":
        return;
      default:
        this.#block(event);
    }
  }

  #block(event: Extract<AnswerEvent, { block: number }>): void {
    const { blocks } = this.#choice(event.choice);
    const opened = opening(event);
    if (opened) blocks.set(event.block, opened);
    else grow(blocks.get(event.block), event);
  }

  #choice(number: number): ChoiceDraft {
    let choice = this.#choices.get(number);
    if (!choice) {
      choice = { blocks: new Map() };
      this.#choices.set(number, choice);
    }
    return choice;
  }
}

function opening(event: AnswerEvent): Draft | undefined {
  switch (event.type) {
    case "text-start":
      return { kind: "text", id: event.id, phase: event.phase, text: "", annotations: [], logprobs: [] };
    case "refusal-start":
      return { kind: "refusal", id: event.id, phase: event.phase, text: "" };
    case "reasoning-start":
      return {
        kind: "reasoning",
        item: { dialect: event.dialect, ...(event.id !== undefined && { id: event.id }), ...(event.extra && { extra: event.extra }) },
        summary: new Map(),
      };
    case "call-start": {
      const { type: _type, block: _block, choice: _choice, ...item } = event;
      return { kind: "call", item, arguments: "" };
    }
    case "audio-start":
      return { kind: "audio", id: event.id, data: "" };
    case "opaque-item":
      return { kind: "opaque", item: event.item };
    default:
      return undefined;
  }
}

/** Events for a block that never opened, or of another kind, are no part of the answer. */
function grow(draft: Draft | undefined, event: AnswerEvent): void {
  if (draft?.kind === "text") growText(draft, event);
  else if (draft?.kind === "refusal" && event.type === "refusal-delta") draft.text += event.text;
  else if (draft?.kind === "reasoning") growReasoning(draft, event);
  else if (draft?.kind === "call" && event.type === "call-delta") draft.arguments += event.arguments;
  else if (draft?.kind === "audio") growAudio(draft, event);
}

function growText(draft: DraftOf<"text">, event: AnswerEvent): void {
  if (event.type === "text-delta") {
    draft.text += event.text;
    if (event.logprobs) pushAll(draft.logprobs, event.logprobs);
  } else if (event.type === "text-annotation") draft.annotations.push(event.annotation);
}

function growReasoning(draft: DraftOf<"reasoning">, event: AnswerEvent): void {
  if (event.type === "reasoning-end") draft.sealed = event.sealed;
  if (event.type !== "reasoning-delta") return;
  if (event.form === "text") draft.text = (draft.text ?? "") + event.text;
  else draft.summary.set(event.paragraph, (draft.summary.get(event.paragraph) ?? "") + event.text);
}

function growAudio(draft: DraftOf<"audio">, event: AnswerEvent): void {
  if (event.type === "audio-end") draft.expiresAt = event.expiresAt;
  if (event.type !== "audio-delta") return;
  draft.data += event.data ?? "";
  if (event.transcript !== undefined) draft.transcript = (draft.transcript ?? "") + event.transcript;
}

/** Parts that stand beside each other under one id, in one phase, are one message. */
function choiceOf(choice: ChoiceDraft): AnswerChoice {
  const items: Item[] = [];
  let message: (MessageItem & { parts: Part[] }) | undefined;
  for (const number of [...choice.blocks.keys()].sort((a, b) => a - b)) {
    const draft = choice.blocks.get(number) as Draft;
    if (draft.kind === "text" || draft.kind === "refusal" || draft.kind === "audio") {
      const { id, phase } = draft.kind === "audio" ? { id: message?.id, phase: message?.phase } : draft;
      if (!message || message.id !== id || message.phase !== phase) {
        message = {
          ...{ type: "message", role: "assistant", parts: [] },
          ...(phase !== undefined && { phase }),
          ...(id !== undefined && { id }),
        };
        items.push(message);
      }
      message.parts.push(partOf(draft));
    } else {
      message = undefined;
      items.push(itemOf(draft));
    }
  }
  return { items, ...(choice.finish && { finish: choice.finish }) };
}

function partOf(draft: DraftOf<"text"> | DraftOf<"refusal"> | DraftOf<"audio">): Part {
  if (draft.kind === "refusal") return { type: "refusal", text: draft.text };
  if (draft.kind === "audio") return audioOf(draft);
  return {
    ...{ type: "text", text: draft.text },
    ...(draft.annotations.length > 0 && { annotations: draft.annotations }),
    ...(draft.logprobs.length > 0 && { logprobs: draft.logprobs }),
  };
}

/** Only Chat Completions speaks, so what the vocabulary has no place for rides along as its own fields. */
function audioOf(draft: DraftOf<"audio">): AudioPart {
  const { id, transcript, expiresAt } = draft;
  const fields = {
    ...(id !== undefined && { id }),
    ...(expiresAt !== undefined && { expires_at: expiresAt }),
    ...(transcript !== undefined && { transcript }),
  };
  const extra = Object.keys(fields).length > 0 ? { extra: { dialect: "openai-chat", fields } as const } : {};
  return { type: "audio", format: "unknown", data: draft.data, ...extra };
}

function itemOf(draft: DraftOf<"reasoning"> | DraftOf<"call"> | DraftOf<"opaque">): Item {
  if (draft.kind === "opaque") return draft.item;
  if (draft.kind === "call") return { type: "call", ...draft.item, arguments: draft.arguments };
  return {
    ...{ type: "reasoning", ...draft.item, summary: inOrder(draft.summary) },
    ...(draft.text !== undefined && { text: draft.text }),
    ...(draft.sealed && { sealed: draft.sealed }),
  };
}
