import type { AnswerEvent, DialectId, Fault, Finish, Seal, Usage } from "../../../exchange/index.ts";
import { foreignSignature } from "../../conversation/foreign-thoughts.ts";
import type { StreamWriter, WriteContext } from "../../dialect.ts";
import { sseFrame } from "../../framing/sse.ts";
import { interactionsDialect, isFields, type Native, ownFields } from "../fields.ts";
import { writeFinish } from "./finish.ts";
import { writeUsage } from "./usage.ts";
import { writeAnnotation, writeHead, writeTier, writeTimes } from "./write-answer.ts";

export function writeStream(context: WriteContext): StreamWriter {
  return new InteractionWriter(context);
}

type BlockEvent = Extract<AnswerEvent, { readonly block: number }>;

/** A step that has begun. */
interface OpenStep {
  readonly index: number;
  readonly dialect?: DialectId;
  readonly id?: string | undefined;
  paragraph?: number;
  silent: boolean;
}

/** This dialect's event sequence from any upstream's events: a step for every block, side by side where they grow so. */
class InteractionWriter implements StreamWriter {
  readonly #context: WriteContext;
  #text = "";
  #head: Native;
  #created: number | undefined;
  #tier: string | undefined;
  #started = false;
  #index = 0;
  readonly #steps = new Map<number, OpenStep>();
  #usage: Usage | undefined;
  #finish: Finish | undefined;
  #called = false;

  constructor(context: WriteContext) {
    this.#context = context;
    this.#head = writeHead({ id: "", model: "" }, context, "in_progress");
  }

  write(events: readonly AnswerEvent[]): string {
    this.#text = "";
    for (const event of events) this.#event(event);
    return this.#text;
  }

  fault(fault: Fault): string {
    const error = { code: fault.code, message: fault.message };
    return sseFrame(JSON.stringify({ error, event_type: "error" }), "error");
  }

  #event(event: AnswerEvent): void {
    switch (event.type) {
      case "answer-start":
        this.#head = writeHead(event, this.#context, "in_progress");
        this.#created = event.created;
        this.#tier = event.tier;
        this.#usage = event.usage ?? this.#usage;
        this.#start();
        return;
      case "usage-report":
        this.#usage = event.usage;
        return;
      case "choice-finish":
        if (event.choice === 0) this.#finish = event.finish;
        return;
      case "answer-end":
        this.#end();
        return;
      case "answer-error":
        // The fault goes out by `fault`, after which nothing follows.
        return;
      default:
        if (event.choice !== 0) return;
        this.#start();
        this.#block(event);
    }
  }

  #start(): void {
    if (this.#started) return;
    this.#started = true;
    this.#send("interaction.created", { interaction: this.#head });
    this.#send("interaction.status_update", { interaction_id: this.#head.id, status: "in_progress" });
  }

  #block(event: BlockEvent): void {
    switch (event.type) {
      case "text-start":
      case "refusal-start":
        this.#open(event.block, { type: "model_output" });
        return;
      case "reasoning-start":
        this.#open(event.block, { type: "thought" }, { dialect: event.dialect, id: event.id });
        return;
      case "call-start":
        this.#called = true;
        this.#open(event.block, { id: event.callId, type: "function_call", name: event.name, arguments: {}, ...ownFields(event.extra) });
        return;
      case "text-delta":
      case "refusal-delta":
        this.#delta(event.block, { text: event.text, type: "text" });
        return;
      case "text-annotation": {
        const annotation = writeAnnotation(event.annotation);
        if (annotation !== undefined) this.#delta(event.block, { annotations: [annotation], type: "text_annotation_delta" });
        return;
      }
      case "reasoning-delta":
        this.#think(event.block, event.text, event.paragraph);
        return;
      case "call-delta":
        this.#delta(event.block, { arguments: event.arguments, type: "arguments_delta" });
        return;
      case "reasoning-end":
        this.#endThought(event.block, event.sealed);
        return;
      case "text-end":
      case "refusal-end":
      case "call-end":
        this.#close(event.block);
        return;
      case "opaque-item":
        if (event.item.dialect !== interactionsDialect || !isFields(event.item.native)) return;
        this.#open(event.block, { ...event.item.native });
        this.#close(event.block);
        return;
      // No form for sound of other dialects.
      case "audio-start":
      case "audio-delta":
      case "audio-end":
        return;
    }
  }

  #open(block: number, step: Native, more: Pick<OpenStep, "dialect" | "id"> = {}): void {
    const index = this.#index++;
    this.#steps.set(block, { index, silent: true, ...more });
    this.#send("step.start", { index, step });
  }

  #delta(block: number, delta: Native): void {
    const step = this.#steps.get(block);
    if (!step) return;
    step.silent = false;
    this.#send("step.delta", { index: step.index, delta });
  }

  #think(block: number, text: string, paragraph: number): void {
    const step = this.#steps.get(block);
    if (!step || text === "") return;
    const before = step.paragraph;
    step.paragraph = paragraph;
    const words = before === undefined || before === paragraph ? text : `\n\n${text}`;
    this.#delta(block, { content: { text: words, type: "text" }, type: "thought_summary" });
  }

  #endThought(block: number, sealed: Seal | undefined): void {
    const { dialect = interactionsDialect, id, silent = true } = this.#steps.get(block) ?? {};
    const own = dialect === interactionsDialect;
    const signature = own ? sealed?.value : silent && !sealed ? undefined : foreignSignature(dialect, id, sealed);
    if (signature !== undefined) this.#delta(block, { signature, type: "thought_signature" });
    this.#close(block);
  }

  #close(block: number): void {
    const step = this.#steps.get(block);
    if (!step) return;
    this.#steps.delete(block);
    this.#send("step.stop", { index: step.index });
  }

  #end(): void {
    this.#start();
    for (const block of [...this.#steps.keys()]) this.#close(block);
    const interaction = {
      ...this.#head,
      ...writeFinish(this.#finish, this.#called),
      ...(this.#usage && { usage: writeUsage(this.#usage) }),
      ...writeTimes(this.#created, this.#context),
      ...writeTier(this.#usage?.tier ?? this.#tier),
    };
    this.#send("interaction.completed", { interaction });
    this.#text += sseFrame("[DONE]", "done");
  }

  #send(type: string, fields: Native): void {
    this.#text += sseFrame(JSON.stringify({ ...fields, event_type: type }), type);
  }
}
