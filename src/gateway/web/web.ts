import { bodyTooLarge, Fault, type GatewayRequest, type Head, type LeaveSignal, Leaving } from "../../exchange/index.ts";
import { draw } from "./draw.ts";

/** A head, then bytes. */
export type Answer = Generator<Head | Uint8Array, void> | AsyncGenerator<Head | Uint8Array, void>;

export interface Answers {
  answer(http: GatewayRequest): Answer;
}

/** A web-standard request behind the engine's boundary. */
export class WebRequest implements GatewayRequest {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly peer: string | undefined;
  /** Let go once the answer has begun. */
  #request: Request | undefined;
  readonly #leaving = new Leaving();

  constructor(request: Request, peer?: string) {
    this.#request = request;
    this.method = request.method;
    this.peer = peer;
    request.signal.addEventListener("abort", this);
    const { url } = request;
    const start = url.indexOf("/", url.indexOf("//") + 2);
    const question = url.indexOf("?", start);
    this.path = start < 0 ? "/" : question < 0 ? url.slice(start) : url.slice(start, question);
    this.query = question < 0 ? "" : url.slice(question + 1);
  }

  get signal(): LeaveSignal {
    return this.#leaving;
  }

  /** The client left. */
  handleEvent(): void {
    this.#leaving.leave();
  }

  cancel(fault: Fault): void {
    this.#leaving.leave(fault);
  }

  header(name: string): string | undefined {
    return this.#request?.headers.get(name) ?? undefined;
  }

  headerNames(): Iterable<string> {
    return this.#request?.headers.keys() ?? [];
  }

  /** Nothing of the request is asked for any more. */
  release(): void {
    this.#request = undefined;
  }

  body(limit: number): Promise<Uint8Array> {
    const request = this.#request;
    if (!request) return Promise.reject(new Fault("gateway_failed", { message: "The body was asked for after the answer had begun." }));
    const length = request.headers.get("content-length");
    if (length !== null && Number(length) > limit) return Promise.reject(bodyTooLarge(limit));
    const bytes = length === null ? boundedBytes(request.body, limit) : request.arrayBuffer().then(viewOf);
    return bytes.catch((error) => {
      throw bodyFault(error, this.signal);
    });
  }

  async *stream(limit: number): AsyncGenerator<Uint8Array, undefined> {
    const request = this.#request;
    if (Number(request?.headers.get("content-length") ?? 0) > limit) throw bodyTooLarge(limit, "maxUploadBytes");
    let length = 0;
    try {
      for await (const chunk of (request?.body ?? []) as unknown as AsyncIterable<Uint8Array>) {
        length += chunk.length;
        if (length > limit) throw bodyTooLarge(limit, "maxUploadBytes");
        yield chunk;
      }
    } catch (error) {
      throw bodyFault(error, this.signal);
    }
    return undefined;
  }
}

/** What a runtime throws while a body is read, as a fault. */
function bodyFault(error: unknown, signal: LeaveSignal): Fault {
  if (error instanceof Fault) return error;
  return signal.aborted
    ? new Fault("client_gone", { cause: error })
    : new Fault("request_malformed", { message: "The body broke off before its end.", cause: error });
}

function viewOf(buffer: ArrayBuffer): Uint8Array {
  return new Uint8Array(buffer);
}

async function boundedBytes(body: ReadableStream<Uint8Array> | null, limit: number): Promise<Uint8Array> {
  if (!body) return new Uint8Array(0);
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body as unknown as AsyncIterable<Uint8Array>) {
    length += chunk.length;
    if (length > limit) throw bodyTooLarge(limit);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Answers a web-standard request. The client's leaving cancels the upstream; an answer that fails half-way errors the body. */
export async function fetchAnswer(gateway: Answers, request: Request, peer?: string): Promise<Response> {
  const http = new WebRequest(request, peer);
  return respond(http, gateway.answer(http));
}

/** A head and its bytes as a web-standard response. */
export async function respond(http: WebRequest, answer: Answer): Promise<Response> {
  const drawn = draw(answer);
  const { status, headers, body } = (await drawn.next()).value as Head;
  http.release();
  if (!(body instanceof Uint8Array)) return new Response(streamBody(drawn, http), { status, headers });
  void tidyUp(drawn);
  return new Response(body as BodyInit, { status, headers });
}

/** Behind a whole body nothing follows: the line only tidies up. */
async function tidyUp(drawn: Answer): Promise<void> {
  for await (const _body of drawn);
}

/** Drawn chunk by chunk: a reader that is slow, or gone, holds the upstream back, or lets it go. */
function streamBody(drawn: Answer, http: GatewayRequest): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const step = await drawn.next();
        if (step.done) controller.close();
        else controller.enqueue(step.value as Uint8Array);
      },
      async cancel() {
        http.cancel(new Fault("client_gone"));
        await drawn.return();
      },
    },
    { highWaterMark: 0 },
  );
}
