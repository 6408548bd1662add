import type { Socket } from "node:net";
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from "node:zlib";
import { type AnswerOptions, dialectAnswers, type ScriptedEvent, type UsageStyle } from "./dialect-answers.ts";
import type { ScriptedDialect } from "./scripted-dialect.ts";

/** Before a cut or a reset, so that what was sent before has arrived. */
const settleMs = 30;
const megabyte = 1024 * 1024;
const usageStyles: readonly UsageStyle[] = ["negative", "huge", "missing"];
const packers: Readonly<Record<string, (bytes: Uint8Array) => Uint8Array>> = {
  gzip: (bytes) => gzipSync(bytes),
  deflate: (bytes) => deflateSync(bytes),
  br: (bytes) => brotliCompressSync(bytes),
  zstd: (bytes) => zstdCompressSync(bytes),
};

/** One answer of the fault upstream: a model name such as `cut-3` or `tools-rst-2`, played on a socket. */
export class FaultScript {
  readonly #socket: Socket;
  readonly #dialect: ScriptedDialect;
  readonly #stream: boolean;
  readonly #scenario: string;
  readonly #number: number | undefined;
  readonly #word: string;
  readonly #options: AnswerOptions;

  constructor(socket: Socket, dialect: ScriptedDialect, model: string, stream: boolean) {
    const tools = model === "tools" || model.startsWith("tools-");
    const rest = tools ? model.slice("tools-".length) : model;
    const match = /^(.*?)(?:-(\d+))?$/.exec(rest);
    const usage = usageStyles.find((style) => rest === `lies-usage-${style}`) ?? (rest === "lies-usage" ? "negative" : "true");
    this.#socket = socket;
    this.#dialect = dialect;
    this.#stream = stream;
    this.#word = rest;
    this.#scenario = rest.startsWith("status-") ? "status" : rest.startsWith("packed-") ? "packed" : (match?.[1] ?? "ok");
    this.#number = match?.[2] === undefined ? undefined : Number(match[2]);
    this.#options = { model, tools, usage };
  }

  async play(): Promise<void> {
    const number = this.#number;
    switch (this.#scenario) {
      case "rst0":
        this.#socket.resetAndDestroy();
        return;
      case "cut":
        return this.#breakOff(number ?? 0, () => this.#socket.end());
      case "rst":
        return this.#breakOff(number ?? 0, () => this.#socket.resetAndDestroy());
      case "stall":
        return this.#breakOff(number ?? 0, () => undefined);
      case "drip":
        return this.#bytewise(this.#framed(), 0);
      case "slow-drip":
        return this.#bytewise(this.#framed(), 1_000);
      case "slow-headers":
        return this.#bytewise(this.#framed(), 50);
      case "slow":
        await pause(number ?? 1_000);
        return this.#send(this.#framed());
      case "giant-line":
        return this.#send(this.#framed(this.#giantLine(number ?? 16 * megabyte)));
      case "giant-chunk":
        return this.#send(this.#framed(this.#manyDeltas(number ?? 4 * megabyte)));
      case "big":
        return this.#flood(number ?? megabyte);
      case "gzip-bomb":
        return this.#send(packed(gzipSync(this.#manyDeltas(96 * megabyte)), "gzip", this.#type()));
      case "gzip-chain":
        return this.#send(packed(gzipSync(gzipSync(gzipSync(this.#payload()))), "gzip, gzip, gzip", this.#type()));
      case "packed": {
        const encoding = this.#word.slice("packed-".length);
        return this.#send(packed(packers[encoding]?.(this.#payload()) ?? this.#payload(), encoding, this.#type()));
      }
      case "cl-short":
      case "cl-long":
      case "cl-te":
        return this.#misframed();
      case "status":
        return this.#status();
      default:
        if (this.#stream && this.#answerBytes().length > 1) return this.#eventwise();
        return this.#send(this.#framed());
    }
  }

  /** Endpoints beside the conversations. */
  async playOther(path: string): Promise<void> {
    const json = (value: unknown) => Buffer.from(JSON.stringify(value));
    if (path.endsWith("/models")) return this.#send(sized(json({ object: "list", data: [{ id: "ok", object: "model" }] })));
    if (path.endsWith("/embeddings")) {
      const data = [{ object: "embedding", index: 0, embedding: [0.5, -0.5] }];
      return this.#send(sized(json({ object: "list", data, model: this.#options.model, usage: { prompt_tokens: 3, total_tokens: 3 } })));
    }
    return this.#send(sized(json({ error: { message: "no such endpoint" } }), "application/json", 404));
  }

  /** The answer's events as bytes, the scenario's damage done; one element where it is not streamed. */
  #answerBytes(): Buffer[] {
    const answers = dialectAnswers[this.#dialect];
    const place = this.#number ?? 0;
    if (!this.#stream) return [this.#wholeBytes()];
    const events = answers.events(this.#options);
    switch (this.#scenario) {
      case "no-terminal":
        return events.slice(0, -1).map(frame);
      case "error-in":
        return [frame(answers.errorEvent())];
      case "error":
        return [...events.slice(0, place), answers.errorEvent()].map(frame);
      case "bad-json":
        return events.map((event, index) => frame(index === place ? { ...event, data: `{"broken": ${event.data.slice(0, 5)}` } : event));
      case "bad-utf8":
        return events.map((event, index) => (index === place ? withBadUtf8(frame(event)) : frame(event)));
      case "mixed-eol":
        return events.map((event, index) => {
          const eol = ["\n", "\r\n", "\r"][index % 3] ?? "\n";
          return Buffer.from(`${index === 0 ? "\uFEFF" : ""}: a comment\n${frame(event).toString()}`.replaceAll("\n", eol));
        });
      default:
        return events.map(frame);
    }
  }

  #wholeBytes(): Buffer {
    const answers = dialectAnswers[this.#dialect];
    const text = Buffer.from(JSON.stringify(answers.whole(this.#options, undefined, this.#scenario !== "no-terminal")));
    if (this.#scenario === "error-in" || this.#scenario === "error") return Buffer.from(JSON.stringify(answers.errorBody(500)));
    if (this.#scenario === "bad-json") return text.subarray(0, text.length >> 1);
    if (this.#scenario === "bad-utf8") return withBadUtf8(text);
    return text;
  }

  #payload(): Buffer {
    return Buffer.concat(this.#answerBytes());
  }

  /** A whole HTTP message around the answer: chunked for a stream, sized otherwise. */
  #framed(payload = this.#payload()): Buffer {
    if (!this.#stream) return sized(payload);
    return Buffer.concat([Buffer.from(streamHead), chunk(payload), lastChunk]);
  }

  async #eventwise(): Promise<void> {
    await this.#send(Buffer.from(streamHead));
    for (const bytes of this.#answerBytes()) {
      await this.#send(chunk(bytes));
      await pause(0);
    }
    await this.#send(lastChunk);
  }

  /** Sends `count` events, or the same part of a whole answer, and then breaks. */
  async #breakOff(count: number, end: () => void): Promise<void> {
    const total = dialectAnswers[this.#dialect].events(this.#options).length;
    if (this.#stream) {
      await this.#send(Buffer.from(streamHead));
      for (const bytes of this.#answerBytes().slice(0, count)) await this.#send(chunk(bytes));
    } else {
      const message = sized(this.#payload());
      const headBytes = message.indexOf("\r\n\r\n") + 4;
      const part = Math.floor(((message.length - headBytes - 1) * Math.min(count, total)) / total);
      await this.#send(message.subarray(0, headBytes + part));
    }
    await pause(settleMs);
    end();
  }

  async #bytewise(bytes: Buffer, gapMs: number): Promise<void> {
    for (let at = 0; at < bytes.length && !this.#socket.destroyed; at += 1) {
      await this.#send(bytes.subarray(at, at + 1));
      await pause(gapMs);
    }
  }

  /** As many valid bytes as asked for, no faster than they are taken. */
  async #flood(bytes: number): Promise<void> {
    if (!this.#stream) return this.#send(sized(this.#giantLine(bytes)));
    const answers = dialectAnswers[this.#dialect];
    const events = this.#answerBytes();
    const delta = chunk(frame(answers.delta("x".repeat(16_384), this.#options)));
    await this.#send(Buffer.from(streamHead));
    for (const event of events.slice(0, answers.firstDelta)) await this.#send(chunk(event));
    for (let sent = 0; sent < bytes && !this.#socket.destroyed; sent += delta.length) await this.#send(delta);
    for (const event of events.slice(answers.firstDelta)) await this.#send(chunk(event));
    await this.#send(lastChunk);
  }

  async #misframed(): Promise<void> {
    const payload = this.#payload();
    const spare = this.#scenario === "cl-short" ? 100 : this.#scenario === "cl-long" ? -20 : 0;
    const length = `content-length: ${payload.length + spare}\r\n`;
    const both = this.#scenario === "cl-te";
    const head = `HTTP/1.1 200 OK\r\ncontent-type: ${this.#type()}\r\n${length}${both ? "transfer-encoding: chunked\r\n" : ""}\r\n`;
    await this.#send(Buffer.concat([Buffer.from(head), ...(both ? [chunk(payload), lastChunk] : [payload])]));
    await pause(settleMs);
    if (!both) this.#socket.end();
  }

  async #status(): Promise<void> {
    const match = /^status-(\d+)(?:-retry-(\d+))?$/.exec(this.#word);
    const status = Number(match?.[1] ?? 500);
    const retry = match?.[2] === undefined ? "" : `retry-after: ${match[2]}\r\n`;
    const body = Buffer.from(JSON.stringify(dialectAnswers[this.#dialect].errorBody(status)));
    await this.#send(sized(body, "application/json", status, retry));
  }

  /** One event, or one answer, whose text has no line break for so many bytes. */
  #giantLine(bytes: number): Buffer {
    const answers = dialectAnswers[this.#dialect];
    const text = "x".repeat(bytes);
    if (!this.#stream) return Buffer.from(JSON.stringify(answers.whole(this.#options, text)));
    const before = answers.events(this.#options).slice(0, answers.firstDelta);
    return Buffer.concat([...before, answers.delta(text, this.#options)].map(frame));
  }

  #manyDeltas(bytes: number): Buffer {
    if (!this.#stream) return this.#giantLine(bytes);
    const answers = dialectAnswers[this.#dialect];
    const events = answers.events(this.#options).map(frame);
    const delta = frame(answers.delta("x".repeat(1_000), this.#options));
    const deltas = new Array<Buffer>(Math.ceil(bytes / delta.length)).fill(delta);
    return Buffer.concat([...events.slice(0, answers.firstDelta), ...deltas, ...events.slice(answers.firstDelta)]);
  }

  #type(): string {
    return this.#stream ? "text/event-stream" : "application/json";
  }

  /** Waits until the other side has taken what is buffered; throws when it is gone. */
  async #send(bytes: Buffer): Promise<void> {
    if (this.#socket.destroyed) throw new Error("the other side has left");
    if (this.#socket.write(bytes)) return;
    await new Promise<void>((resolve) => {
      const done = () => {
        this.#socket.off("drain", done);
        this.#socket.off("close", done);
        resolve();
      };
      this.#socket.on("drain", done);
      this.#socket.on("close", done);
    });
  }
}

const streamHead = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";
const lastChunk = Buffer.from("0\r\n\r\n");

function frame(event: ScriptedEvent): Buffer {
  return Buffer.from(`${event.name === undefined ? "" : `event: ${event.name}\n`}data: ${event.data}\n\n`);
}

function withBadUtf8(bytes: Buffer): Buffer {
  const quote = bytes.lastIndexOf('"');
  const at = quote < 0 ? bytes.length - 2 : quote;
  return Buffer.concat([bytes.subarray(0, at), Buffer.from([0xff, 0xfe]), bytes.subarray(at)]);
}

function chunk(bytes: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from("\r\n")]);
}

function sized(body: Uint8Array, type = "application/json", status = 200, headers = ""): Buffer {
  const head = `HTTP/1.1 ${status} Scripted\r\ncontent-type: ${type}\r\n${headers}content-length: ${body.length}\r\n\r\n`;
  return Buffer.concat([Buffer.from(head), body]);
}

function packed(body: Uint8Array, encoding: string, type: string): Buffer {
  return sized(body, type, 200, `content-encoding: ${encoding}\r\n`);
}

function pause(forMs: number): Promise<void> {
  return new Promise((resolve) => (forMs === 0 ? setImmediate(resolve) : setTimeout(resolve, forMs)));
}
