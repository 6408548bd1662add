import { AnswerParser, NotHttp, RequestParser } from "../../../src/wire/index.ts";
import { mutatedBytes, slicesOf } from "../mutate-bytes.ts";
import type { Random } from "../random.ts";
import { assertSame, Broken, type TargetMaker } from "../target.ts";

/** The parsers of HTTP/1.1: of what clients send, and of what upstreams answer. */
export const httpTargets: TargetMaker = ({ exchanges }) => {
  const sent = exchanges.filter(({ request }) => request !== undefined && request.body.length < 3000).slice(0, 300);
  const answered = exchanges.filter(({ answer }) => answer !== undefined && answer.body.length < 3000).slice(0, 300);
  const requests = sent.map(({ path, query, request }) =>
    message(`POST ${path || "/v1/chat/completions"}${query} HTTP/1.1`, { host: "localhost:8080", ...request?.headers }, request?.body),
  );
  requests.push(
    ...[
      "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
      "OPTIONS * HTTP/1.0\r\n\r\n",
      "POST http://a/b?c HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\nx",
    ].map((text) => Buffer.from(text)),
  );
  const answers = answered.map(({ answer }) => message(`HTTP/1.1 ${answer?.status ?? 200} OK`, answer?.headers ?? {}, answer?.body));
  answers.push(
    Buffer.from("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n"),
    Buffer.from("HTTP/1.0 200 OK\r\n\r\nuntil close"),
  );
  const target = (name: string, seeds: readonly Buffer[], read: (slices: readonly Uint8Array[]) => string) => ({
    name,
    input: (random: Random) => withFraming(random.pick(seeds), random.pick(seeds), random),
    check(input: Uint8Array, random: Random) {
      const whole = read([input]);
      const way = input.length < 400 && random.oneIn(2) ? "bytes" : "random";
      assertSame(read(slicesOf(input, way, random)), whole, "what is parsed depends on the slicing");
    },
  });
  return [target("http-request", requests, readRequests), target("http-answer", answers, readAnswer)];
};

const framingHeaders = /^(content-length|transfer-encoding|content-encoding|connection)$/;

function message(first: string, headers: Readonly<Record<string, string>>, body: Uint8Array = new Uint8Array(0)): Buffer {
  const lines = Object.entries(headers).filter(([name]) => !framingHeaders.test(name));
  const head = [first, ...lines.map(([name, value]) => `${name}: ${value}`), `Content-Length: ${body.length}`];
  return Buffer.concat([Buffer.from(`${head.join("\r\n")}\r\n\r\n`), body]);
}

/** The message with its length told in one of several ways, another behind it, and a few bytes changed. */
function withFraming(seed: Buffer, next: Buffer, random: Random): Buffer {
  const body = seed.indexOf("\r\n\r\n") + 4;
  let out = seed;
  if (random.oneIn(3)) {
    const chunks = slicesOf(seed.subarray(body), "random", random).flatMap((chunk) => [
      Buffer.from(`${chunk.length.toString(16)}${random.oneIn(9) ? ';a="b"' : ""}\r\n`),
      chunk,
      Buffer.from("\r\n"),
    ]);
    const head = seed
      .subarray(0, body)
      .toString("latin1")
      .replace(/Content-Length: \d+/, "Transfer-Encoding: chunked");
    const trailer = random.oneIn(6) ? "0\r\nx-sum: 1\r\n\r\n" : "0\r\n\r\n";
    out = Buffer.concat([Buffer.from(head, "latin1"), ...chunks.filter(({ length }) => length > 0), Buffer.from(trailer)]);
  }
  if (random.oneIn(3)) out = Buffer.concat([out, next]);
  return random.oneIn(6) ? out : mutatedBytes(out, next, random);
}

interface Heard {
  heads: unknown[];
  bodies: Buffer[];
  ends: number;
}

function told({ heads, bodies, ends }: Heard, ending: string): string {
  return JSON.stringify([heads, Buffer.concat(bodies).toString("latin1"), ends, ending]);
}

function readRequests(slices: readonly Uint8Array[]): string {
  const heard: Heard = { heads: [], bodies: [], ends: 0 };
  const parser = new RequestParser({
    onRequest: ({ headers, ...head }) => heard.heads.push([head, headers.names().map((name) => [name, headers.get(name)])]),
    onBody: (bytes) => heard.bodies.push(Buffer.from(bytes)),
    onBodyEnd: () => heard.ends++,
  });
  let ending = "";
  try {
    for (const slice of slices) {
      let rest: Buffer | undefined = Buffer.from(slice);
      while (rest !== undefined && rest.length > 0) {
        const next: Buffer | undefined = parser.take(rest);
        if (next !== undefined && next.length >= rest.length) throw new Broken("the parser takes nothing");
        rest = next;
      }
    }
  } catch (error) {
    if (!(error instanceof NotHttp)) throw error;
    ending = String(error.status);
  }
  return told(heard, ending);
}

function readAnswer(slices: readonly Uint8Array[]): string {
  const heard: Heard = { heads: [], bodies: [], ends: 0 };
  const parser = new AnswerParser({
    onHead: (status, head) => heard.heads.push([status, head.names().map((name) => [name, head.get(name)])]),
    onBody: (bytes) => heard.bodies.push(Buffer.from(bytes)),
    onEnd: () => heard.ends++,
  });
  let ending = "";
  try {
    // Behind an answer nobody reads on.
    for (const slice of slices) if (!parser.done) parser.take(slice);
    parser.close();
  } catch (error) {
    if (!(error instanceof NotHttp)) throw error;
    ending = "broken";
  }
  return told(heard, ending);
}
