import type { GatewayRequest, Head } from "../../exchange/index.ts";
import type { Answer } from "../../gateway/index.ts";
import type { Front } from "../listener.ts";

/** No cookies and no certificates go with it (there is no `allow-credentials`): a page has the key that its user gave it. */
const always = { vary: "origin", "access-control-expose-headers": "*" };
const askedHeaders = /^[a-z0-9!#$%&'*+.^_`|~, -]{0,4096}$/i;

/** Answers a page of an origin that the config lists: what the browser asks beforehand, and what it asks then. */
export function answerPage(http: GatewayRequest, origin: string, gateway: Front): Answer {
  const method = http.header("access-control-request-method");
  const headers = { ...always, "access-control-allow-origin": origin };
  if (http.method === "OPTIONS" && method !== undefined) return permission(headers, http.header("access-control-request-headers") ?? "");
  return new PageAnswer(gateway.answer(http), headers) as unknown as Answer;
}

function* permission(headers: Readonly<Record<string, string>>, asked: string): Generator<Head, void> {
  yield {
    status: 204,
    headers: {
      ...headers,
      "access-control-allow-methods": "GET, POST, PUT, PATCH, DELETE",
      ...(asked !== "" && askedHeaders.test(asked) && { "access-control-allow-headers": asked }),
      "access-control-max-age": "600",
    },
    body: new Uint8Array(0),
  };
}

/** An answer whose head has more headers; all else is the answer's own. */
class PageAnswer implements AsyncIterator<Head | Uint8Array, void> {
  readonly #answer: Answer;
  readonly #headers: Readonly<Record<string, string>>;
  #headed = false;

  constructor(answer: Answer, headers: Readonly<Record<string, string>>) {
    this.#answer = answer;
    this.#headers = headers;
  }

  async next(): Promise<IteratorResult<Head | Uint8Array, void>> {
    const step = await this.#answer.next();
    if (this.#headed || step.done) return step;
    this.#headed = true;
    const head = step.value as Head;
    return { done: false, value: { ...head, headers: { ...head.headers, ...this.#headers } } };
  }

  async return(): Promise<IteratorResult<Head | Uint8Array, void>> {
    return this.#answer.return();
  }

  async throw(error: unknown): Promise<IteratorResult<Head | Uint8Array, void>> {
    return this.#answer.throw(error);
  }
}
