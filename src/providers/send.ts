import { type Exchange, Fault, JsonBody as Json, type JsonBody, type LeaveSignal, PiecedBytes, type SurfaceId } from "../exchange/index.ts";
import type { Deadlines, StreamedBody, Transport, UpstreamAnswer } from "./transport/transport.ts";
import type { Target } from "./upstream.ts";

/**
 * Sends one request to one target, authorised. Where the provider refuses a credential that was fetched, the same request goes
 * out once more with a fresh one: nothing of it was done yet.
 *
 * @throws Fault `upstream_*`, `client_gone`
 */
export function send(
  exchange: Exchange,
  target: Target,
  surface: SurfaceId,
  url: URL,
  body: Uint8Array | PiecedBytes,
  transport: Transport,
): Promise<UpstreamAnswer> {
  const { upstream } = target;
  if (upstream.provider.answer) {
    const local = upstream.provider.answer(surface, bodyOf(exchange.body, PiecedBytes.inOne(body)), exchange.signal);
    return Promise.resolve({ status: local.status, header: (name) => local.headers[name], body: local.body });
  }
  const passed = surface === exchange.surface ? passedHeaders(exchange, upstream.provider.passHeaders) : undefined;
  const own = upstream.headers(surface);
  const deadlines = target.deadlines ?? upstream.deadlines;
  const { privateAllowed } = upstream;
  const { stream } = exchange;
  const headers = passed ? { ...own, ...passed } : own;
  const { name, plain } = upstream;
  const request = { name, method: "POST", url, headers, body, deadlines, privateAllowed, stream } as const;
  if (plain) return transport.send(request, exchange.signal);
  return sendAuthorized(exchange, target, { ...request, body: PiecedBytes.inOne(body) }, transport);
}

const nothing = new Uint8Array(0);

/** A request without its credential. */
export interface Unauthorized {
  readonly method: "GET" | "POST";
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | StreamedBody | undefined;
  readonly deadlines: Deadlines;
  readonly privateAllowed: boolean;
  readonly stream: boolean;
}

/** Sends with the headers that authorise it, and once more with fresh ones where they were refused and others can be had. */
export async function sendAuthorized(
  exchange: Exchange,
  { upstream }: Target,
  request: Unauthorized,
  transport: Transport,
): Promise<UpstreamAnswer> {
  const { method, url, body } = request;
  // What is signed over its body is never streamed: those who sign have no such surface.
  const unsigned = { method, url, headers: request.headers, body: body instanceof Uint8Array ? body : nothing };
  const attempt = (headers: Readonly<Record<string, string>>) =>
    transport.send({ ...request, headers, name: upstream.name }, exchange.signal);
  const first = upstream.authorized(unsigned, exchange.startedAt);
  const headers = first instanceof Promise ? await whileHere(first, exchange.signal) : first;
  const answer = await attempt(headers);
  if (answer.status < 400 || answer.status > 403) return answer;
  const renewed = upstream.renew(headers, { status: answer.status, error: answer.header("x-amzn-errortype") });
  if (!(renewed instanceof Promise ? await whileHere(renewed, exchange.signal) : renewed)) return answer;
  for await (const _ of answer.body) break;
  const fresh = upstream.authorized(unsigned, Date.now());
  return attempt(fresh instanceof Promise ? await whileHere(fresh, exchange.signal) : fresh);
}

/** Whoever leaves does not wait for a credential that others still wait for. @throws Fault `client_gone` */
function whileHere<T>(promise: Promise<T>, signal: LeaveSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const gone = () => reject(signal.reason instanceof Fault ? signal.reason : new Fault("client_gone"));
    if (signal.aborted) return gone();
    signal.addEventListener("abort", gone);
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", gone));
  });
}

/** The caller's headers that go through; undefined where there is none. */
export function passedHeaders(exchange: Exchange, names: readonly string[] | undefined): Record<string, string> | undefined {
  let passed: Record<string, string> | undefined;
  for (const name of names ?? []) {
    const value = exchange.http.header(name);
    if (value !== undefined) passed = { ...passed, [name]: value };
  }
  return passed;
}

function bodyOf(original: JsonBody, bytes: Uint8Array): JsonBody {
  return bytes === original.bytes ? original : Json.scan(bytes);
}
