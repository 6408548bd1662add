import { type Exchange, JsonBody as Json, type JsonBody, type SurfaceId } from "../exchange/index.ts";
import type { Transport, UpstreamAnswer } from "./transport/transport.ts";
import type { Target } from "./upstream.ts";

/**
 * Sends one request to one target, authorised. Where the provider refuses a credential that was fetched, the same request goes
 * out once more with a fresh one: nothing of it was done yet.
 *
 * @throws Fault `upstream_*`, `client_gone`
 */
export async function send(
  exchange: Exchange,
  target: Target,
  surface: SurfaceId,
  url: URL,
  body: Uint8Array,
  transport: Transport,
): Promise<UpstreamAnswer> {
  const { upstream } = target;
  if (upstream.provider.answer) {
    const local = upstream.provider.answer(surface, bodyOf(exchange.body, body), exchange.signal);
    return { status: local.status, header: (name) => local.headers[name], body: local.body };
  }
  const passed = surface === exchange.surface ? passedHeaders(exchange, upstream.provider.passHeaders) : undefined;
  const own = upstream.headers(surface);
  const unsigned = { method: "POST", url, headers: passed ? { ...own, ...passed } : own, body } as const;
  const attempt = (headers: Readonly<Record<string, string>>) =>
    transport.send(
      {
        ...unsigned,
        headers,
        name: upstream.name,
        deadlines: target.deadlines ?? upstream.deadlines,
        privateAllowed: upstream.privateAllowed,
        stream: exchange.stream,
      },
      exchange.signal,
    );
  const first = upstream.authorized(unsigned, exchange.startedAt);
  const headers = first instanceof Promise ? await first : first;
  const answer = await attempt(headers);
  if (answer.status < 400 || answer.status > 403) return answer;
  if (!upstream.renew(headers, { status: answer.status, error: answer.header("x-amzn-errortype") })) return answer;
  for await (const _ of answer.body) break;
  return attempt(await upstream.authorized(unsigned, Date.now()));
}

/** The caller's headers that go through; undefined where there is none. */
function passedHeaders(exchange: Exchange, names: readonly string[] | undefined): Record<string, string> | undefined {
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
