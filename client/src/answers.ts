/** Told with an answer, beside its body. */
interface Heard {
  readonly etag: string | undefined;
  readonly requestId: string | undefined;
}

const heard = new WeakMap<object, Heard>();

/** Remembers what came with an answer for as long as its body lives. */
export function remember(body: unknown, headers: Headers): void {
  if (typeof body !== "object" || body === null) return;
  heard.set(body, { etag: headers.get("etag") ?? undefined, requestId: headers.get("x-sluice-request-id") ?? undefined });
}

/** The version of an object that this client has read: `If-Match` takes it. Undefined where the answer told none, and for copies. */
export function etagOf(answer: object): string | undefined {
  return heard.get(answer)?.etag;
}

/** The id under which the gateway's log and audit know the request that got this answer. */
export function requestIdOf(answer: object): string | undefined {
  return heard.get(answer)?.requestId;
}
