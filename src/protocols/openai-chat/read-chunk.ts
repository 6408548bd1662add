import type { AnswerEvent, Extra } from "../../exchange/index.ts";
import { Blocks } from "../conversation/blocks.ts";
import { chatDialect, isObject, type JsonObject, listOf, numberOf, objectOf, textOf, wordOf } from "./json-value.ts";
import { StreamedCalls } from "./read-calls.ts";
import { legacyCall, messageIn, opaqueMembers, readAnnotation, saidIn, speaks, topCitations } from "./read-delta.ts";
import { readThinking } from "./read-messages.ts";
import { readDetail } from "./reasoning.ts";

/** Turns the chunks of one stream into events: one method for each kind of thing that a delta can hold. */
export class ChunkReader {
  readonly #blocks = new Blocks();
  readonly #calls = new StreamedCalls(this.#blocks);
  /** The block that grows, by choice; calls are kept apart because several may grow at once. */
  readonly #current = new Map<number, string>();
  #started = false;
  #cited = false;

  start(chunk: JsonObject, out: AnswerEvent[]): void {
    if (this.#started) return;
    this.#started = true;
    const id = textOf(chunk.id) ?? "";
    this.#calls.seed = id;
    out.push({
      type: "answer-start",
      id,
      model: textOf(chunk.model) ?? "",
      created: numberOf(chunk.created),
      tier: wordOf(chunk.service_tier),
    });
  }

  choice(choice: JsonObject, number: number, chunk: JsonObject, out: AnswerEvent[]): void {
    const delta = messageIn(choice);
    this.#reasoning(delta, number, out);
    this.#content(delta, choice, number, out);
    for (const native of listOf(delta.annotations)) this.#annotate(number, { ...readAnnotation(native) }, out);
    if (chunk.citations !== undefined) this.#cite(chunk, number, out);
    if (wordOf(delta.refusal)) {
      const block = this.#grow(`refusal:${number}`, number, { kind: "refusal" }, out);
      out.push({ type: "refusal-delta", block, choice: number, text: delta.refusal as string });
    }
    if (isObject(delta.audio) && speaks(delta.audio)) this.#audio(delta.audio, number, out);
    for (const name of opaqueMembers) this.#opaque(name, delta[name], number, out);
    const calls = listOf(delta.tool_calls);
    const legacy = legacyCall(delta);
    if (calls.length > 0 || legacy) {
      this.#turnTo(undefined, number, out);
      calls.forEach((call, position) => {
        this.#calls.read(objectOf(call), position, calls.length, number, out);
      });
      if (legacy) this.#calls.readLegacy(legacy, number, out);
    }
  }

  closeChoice(choice: number, out: AnswerEvent[]): void {
    this.#current.delete(choice);
    this.#calls.startAll(choice, out);
    this.#blocks.closeChoice(choice, out);
  }

  /** The number of the block under `key`; what else grew in the choice is closed. */
  #grow(key: string, choice: number, opening: Parameters<Blocks["open"]>[2], out: AnswerEvent[]): number {
    if (this.#current.get(choice) !== key) this.#turnTo(key, choice, out);
    return this.#blocks.open(key, choice, opening, out);
  }

  #turnTo(key: string | undefined, choice: number, out: AnswerEvent[]): void {
    const before = this.#current.get(choice);
    if (before !== undefined) this.#blocks.close(before, out);
    this.#calls.closeWhole(choice, out);
    if (key === undefined) this.#current.delete(choice);
    else this.#current.set(choice, key);
  }

  #content(delta: JsonObject, choice: JsonObject, number: number, out: AnswerEvent[]): void {
    let logprobs = isObject(choice.logprobs) && Array.isArray(choice.logprobs.content) ? choice.logprobs.content : undefined;
    for (const said of saidIn(delta.content)) {
      if (said.kind === "annotation") this.#annotate(number, said.annotation, out);
      else if (said.kind === "thinking") this.#thinkPart(said.text, said.part, number, out);
      else {
        const block = this.#grow(`text:${number}`, number, { kind: "text" }, out);
        out.push({ type: "text-delta", block, choice: number, text: said.text, ...(logprobs && { logprobs }) });
        logprobs = undefined;
      }
    }
  }

  #annotate(choice: number, annotation: ReturnType<typeof readAnnotation>, out: AnswerEvent[]): void {
    const block = this.#grow(`text:${choice}`, choice, { kind: "text" }, out);
    out.push({ type: "text-annotation", block, choice, annotation });
  }

  /** The same list stands in every chunk: told once, when there is text to lean on it. */
  #cite(chunk: JsonObject, choice: number, out: AnswerEvent[]): void {
    if (this.#cited || !this.#blocks.isOpen(`text:${choice}`)) return;
    this.#cited = true;
    for (const annotation of topCitations(chunk)) this.#annotate(choice, annotation, out);
  }

  #think(text: string, choice: number, out: AnswerEvent[], index = 0, extra?: Extra): void {
    if (text === "") return;
    const block = this.#grow(
      `reasoning:${choice}:${index}`,
      choice,
      { kind: "reasoning", dialect: chatDialect, ...(extra && { extra }) },
      out,
    );
    out.push({ type: "reasoning-delta", block, choice, text, form: "text", paragraph: 0 });
  }

  /** Mistral's chunk; one with a signature ends its thought. */
  #thinkPart(text: string, part: JsonObject, choice: number, out: AnswerEvent[]): void {
    const { extra, sealed } = readThinking(part);
    this.#think(text, choice, out, 0, extra);
    if (sealed === undefined) return;
    const key = `reasoning:${choice}:0`;
    this.#grow(key, choice, { kind: "reasoning", dialect: chatDialect, ...(extra && { extra }) }, out);
    this.#blocks.close(key, out, sealed);
    this.#current.delete(choice);
  }

  /** The entries where they hold words: the plain text beside them says the same. A seal ends its thought. */
  #reasoning(delta: JsonObject, choice: number, out: AnswerEvent[]): void {
    const plain = wordOf(delta.reasoning_content) ?? wordOf(delta.reasoning);
    if (!Array.isArray(delta.reasoning_details)) {
      if (plain !== undefined) this.#think(plain, choice, out);
      return;
    }
    const details = delta.reasoning_details.map(readDetail).filter((detail) => detail !== undefined);
    if (plain !== undefined && details.every((detail) => detail.text === undefined && detail.summary === undefined)) {
      this.#think(plain, choice, out, details[0]?.index);
    }
    for (const { index, dialect, id, text, summary, sealed } of details) {
      if (text === undefined && summary === undefined && sealed === undefined) continue;
      const key = `reasoning:${choice}:${index}`;
      const block = this.#grow(key, choice, { kind: "reasoning", dialect, id }, out);
      for (const [paragraph, line] of (summary ?? []).entries()) {
        out.push({ type: "reasoning-delta", block, choice, text: line, form: "summary", paragraph });
      }
      if (text !== undefined) out.push({ type: "reasoning-delta", block, choice, text, form: "text", paragraph: 0 });
      if (sealed === undefined) continue;
      this.#blocks.close(key, out, sealed);
      this.#current.delete(choice);
    }
  }

  #audio(audio: JsonObject, choice: number, out: AnswerEvent[]): void {
    const key = `audio:${choice}`;
    const block = this.#grow(key, choice, { kind: "audio", id: wordOf(audio.id) }, out);
    const data = wordOf(audio.data);
    const transcript = wordOf(audio.transcript);
    if (data !== undefined || transcript !== undefined) out.push({ type: "audio-delta", block, choice, data, transcript });
    const expiresAt = numberOf(audio.expires_at);
    if (expiresAt === undefined) return;
    this.#blocks.close(key, []);
    this.#current.delete(choice);
    out.push({ type: "audio-end", block, choice, expiresAt });
  }

  #opaque(label: string, native: unknown, choice: number, out: AnswerEvent[]): void {
    if (!Array.isArray(native) || native.length === 0) return;
    this.#turnTo(undefined, choice, out);
    const item = { type: "opaque", dialect: chatDialect, label, role: "assistant", native } as const;
    out.push({ type: "opaque-item", block: this.#blocks.take(), choice, item });
  }
}
