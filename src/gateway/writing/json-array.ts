import type { Flow, GatewayRequest } from "../../exchange/index.ts";
import { sseEvents } from "../../protocols/index.ts";
import type { RouteRow } from "../routes.ts";

const encoder = new TextEncoder();
const nothing: Uint8Array = new Uint8Array(0);
const ended: IteratorReturnResult<undefined> = { done: true, value: undefined };

/** The array of a caller who did not ask for server-sent events, where the endpoint answers with one otherwise. */
export function arrayFor(row: RouteRow, http: GatewayRequest): JsonArray | undefined {
  return row.sseQuery === undefined || http.query.split("&").includes(row.sseQuery) ? undefined : new JsonArray();
}

/** Server-sent events as the elements of one JSON array, which grows as they come. */
export class JsonArray {
  #begun = false;
  #closed = false;

  /** @param run whole frames; those without data have no element */
  elements(run: Uint8Array): Uint8Array {
    let out = "";
    for (const { data } of sseEvents(run)) if (data !== "") out += this.#next(data);
    return out === "" ? nothing : encoder.encode(out);
  }

  /** An error of a stream that has begun is its last element. */
  fault(frame: string | Uint8Array): Uint8Array {
    return Buffer.concat([this.elements(typeof frame === "string" ? encoder.encode(frame) : frame), this.close()]);
  }

  /** Errors before the stream are an array too. */
  whole(body: Uint8Array): Uint8Array {
    return Buffer.concat([Buffer.from("["), body, Buffer.from("]")]);
  }

  /** Empty from the second time on. */
  close(): Uint8Array {
    if (this.#closed) return nothing;
    this.#closed = true;
    return encoder.encode(this.#begun ? "\n]" : "[]");
  }

  #next(json: string): string {
    const head = this.#begun ? ",\r\n" : "[";
    this.#begun = true;
    return head + json;
  }
}

type Pollable = Flow<Uint8Array> & Required<Pick<Flow<Uint8Array>, "poll">>;
type Step = IteratorResult<Uint8Array, undefined>;

/** A flow of whole frames as the flow of an array. */
export class ArrayFlow implements Flow<Uint8Array> {
  readonly #frames: Pollable;
  readonly #array: JsonArray;
  #over = false;

  constructor(frames: Pollable, array: JsonArray) {
    this.#frames = frames;
    this.#array = array;
  }

  poll(ready: () => void): Step | undefined {
    for (;;) {
      const step = this.#over ? ended : this.#frames.poll(ready);
      const told = step && this.#told(step);
      if (!step || told) return told;
    }
  }

  async next(): Promise<Step> {
    for (;;) {
      const told = this.#told(this.#over ? ended : await this.#frames.next());
      if (told) return told;
    }
  }

  async return(): Promise<IteratorReturnResult<undefined>> {
    await this.#frames.return?.();
    return ended;
  }

  /** Undefined where a run has no element. */
  #told(step: Step): Step | undefined {
    this.#over ||= step.done === true;
    const value = step.done ? this.#array.close() : this.#array.elements(step.value);
    if (value.length > 0) return { done: false, value };
    return step.done ? ended : undefined;
  }
}
