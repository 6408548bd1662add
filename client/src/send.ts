import { etagOf, remember } from "./answers.ts";
import { Listing, type Page } from "./listing.ts";
import { SluiceProblem, SluiceUnreachable } from "./problem.ts";
import { delayMs, pause, readRetryAfter } from "./retry.ts";

export interface SluiceOptions {
  /** Where the gateway is: `http://127.0.0.1:8787`. */
  readonly baseUrl: string;
  /** An admin key or another bearer token, or what gives one for each request. Absent: the browser's session is used. */
  readonly token?: string | (() => string | Promise<string>);
  /** Default 2: how often a request is sent again that the gateway did not take (429, 503) or, where that is safe, that got no answer. */
  readonly retries?: number;
  /** Default 60,000: how long one try may take. */
  readonly timeoutMs?: number;
  /** Default: the runtime's own. */
  readonly fetch?: (url: string, init: RequestInit) => Promise<Response>;
}

export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
  readonly timeoutMs?: number | undefined;
  readonly retries?: number | undefined;
}

export interface RepeatableOptions extends CallOptions {
  /** Default: a new one for each call, the same for all its tries. */
  readonly idempotencyKey?: string | undefined;
}

export interface ConditionalOptions extends CallOptions {
  /** The object as it was read, or its ETag: the change is refused (412, `object_changed`) where somebody has changed it since. */
  readonly ifMatch?: string | object | undefined;
}

export interface ReasonedOptions extends CallOptions {
  /** Why: kept with the version that the change makes. */
  readonly reason?: string | undefined;
}

/** What the document says of an operation. */
export interface Sent {
  readonly method: string;
  readonly path: string;
  /** Of the answer's body. Absent: JSON. */
  readonly answer?: "text" | "none";
  readonly repeatable?: boolean;
  readonly query?: object | undefined;
  readonly body?: unknown;
  /** Absent: JSON. */
  readonly bodyType?: string;
}

type AnyOptions = RepeatableOptions & ConditionalOptions & ReasonedOptions;

const ordinaryRetries = 2;
const ordinaryTimeoutMs = 60_000;

/** Sends what the operations ask for. */
export class Sender {
  readonly #options: SluiceOptions;
  readonly #base: string;

  constructor(options: SluiceOptions) {
    this.#options = options;
    this.#base = options.baseUrl.replace(/\/+$/, "");
  }

  list<Item>(sent: Sent, options: CallOptions | undefined): Listing<Item> {
    const query = (sent.query ?? {}) as { readonly cursor?: string };
    return new Listing((cursor) => this.call<Page<Item>>({ ...sent, query: { ...query, cursor } }, options), query.cursor);
  }

  /** @throws SluiceProblem, SluiceUnreachable, the signal's reason */
  async call<Answer>(sent: Sent, options: AnyOptions = {}): Promise<Answer> {
    const { signal } = options;
    const retries = options.retries ?? this.#options.retries ?? ordinaryRetries;
    const headers = headersOf(sent, options);
    // Sent twice it does no more than once.
    const harmless = sent.method === "GET" || headers.has("idempotency-key");
    for (let retry = 0; ; retry++) {
      signal?.throwIfAborted();
      const token = await this.#token();
      if (token !== undefined) headers.set("authorization", `Bearer ${token}`);
      const outcome = await this.#tried<Answer>(sent, headers, options).catch((error: unknown) => refusalOf(error, signal));
      if (!(outcome instanceof Refusal)) return outcome;
      const { error } = outcome;
      const again =
        error instanceof SluiceProblem
          ? error.status === 429 || (error.status === 503 && (harmless || sent.method !== "POST"))
          : error instanceof SluiceUnreachable && harmless;
      const wait = again && retry < retries ? delayMs(retry, retryAfterOf(error), Math.random()) : undefined;
      if (wait === undefined) throw error;
      await pause(wait, signal);
    }
  }

  async #token(): Promise<string | undefined> {
    const { token } = this.#options;
    return typeof token === "function" ? await token() : token;
  }

  async #tried<Answer>(sent: Sent, headers: Headers, options: CallOptions): Promise<Answer> {
    const { fetch = globalThis.fetch } = this.#options;
    const time = AbortSignal.timeout(options.timeoutMs ?? this.#options.timeoutMs ?? ordinaryTimeoutMs);
    const response = await fetch(`${this.#base}${sent.path}${queryText(sent.query)}`, {
      method: sent.method,
      headers,
      signal: options.signal ? AbortSignal.any([options.signal, time]) : time,
      // The API sends nobody elsewhere: whoever does is not it, and gets no key.
      redirect: "error",
      ...(sent.body !== undefined && { body: isJson(sent) ? JSON.stringify(sent.body) : (sent.body as BodyInit) }),
    });
    const text = await response.text();
    if (!response.ok) {
      const after = readRetryAfter(response.headers.get("retry-after"), Date.now());
      throw new SluiceProblem(response.status, parsed(text), response.headers, after);
    }
    if (sent.answer !== undefined) return (sent.answer === "text" ? text : undefined) as Answer;
    const body = JSON.parse(text) as Answer;
    remember(body, response.headers);
    return body;
  }
}

function isJson({ bodyType }: Sent): boolean {
  return bodyType === undefined || bodyType.endsWith("json");
}

/** Why a try has no answer: a value, since not every one of them ends the call. */
class Refusal {
  readonly error: unknown;

  constructor(error: unknown) {
    this.error = error;
  }
}

function refusalOf(error: unknown, signal: AbortSignal | undefined): Refusal {
  if (signal?.aborted) return new Refusal(signal.reason);
  if (error instanceof SluiceProblem) return new Refusal(error);
  const timely = !(error instanceof DOMException && error.name === "TimeoutError");
  return new Refusal(
    new SluiceUnreachable(timely ? "The gateway could not be reached, or its answer could not be read." : "The gateway took too long.", {
      cause: error,
    }),
  );
}

function retryAfterOf(error: unknown): number | undefined {
  return error instanceof SluiceProblem ? error.retryAfterMs : undefined;
}

function headersOf(sent: Sent, { idempotencyKey, ifMatch, reason }: AnyOptions): Headers {
  const headers = new Headers({ accept: "application/json, application/problem+json, */*;q=0.5" });
  if (sent.body !== undefined) headers.set("content-type", sent.bodyType ?? "application/json");
  if (sent.repeatable) headers.set("idempotency-key", idempotencyKey ?? newKey());
  if (reason !== undefined) headers.set("x-sluice-reason", reason);
  if (ifMatch !== undefined) headers.set("if-match", tagOf(ifMatch));
  return headers;
}

/** Not `randomUUID`, which browsers have on secure pages only. */
function newKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function tagOf(ifMatch: string | object): string {
  const tag = typeof ifMatch === "string" ? ifMatch : etagOf(ifMatch);
  if (tag === undefined) throw new TypeError("`ifMatch` takes an ETag, or an object as this client has read it: a copy has no ETag.");
  return tag;
}

function queryText(query: object | undefined): string {
  const text = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) if (value !== undefined) text.set(name, String(value));
  const written = text.toString();
  return written === "" ? "" : `?${written}`;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
