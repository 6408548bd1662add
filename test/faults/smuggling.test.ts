import { beforeAll, describe, expect, test } from "bun:test";
import { METHODS } from "node:http";
import { join } from "node:path";
import { Fault, type GatewayRequest, type Head } from "../../src/exchange/index.ts";
import type { Accept, ClientHandler, ClientLink } from "../../src/server/http/client-link.ts";
import { HttpServer } from "../../src/server/http/http-server.ts";
import type { Front } from "../../src/server/listener.ts";
import { randomFrom, sleep } from "./promise.ts";

/** A request as a server has understood it. */
interface Seen {
  readonly method: string;
  readonly target: string;
  readonly body: string;
}

const seed = Number(process.env.SLUICE_SEED ?? 20_261_121);
const random = randomFrom(seed);
const count = 1_500;
const node = Bun.which("node");

/** A second request behind each crooked one: if the first ends elsewhere for one of two readers, this is what one of them does not see. */
const second = "GET /second HTTP/1.1\r\nHost: a\r\n\r\n";
const hidden = "GET /hidden HTTP/1.1\r\nHost: a\r\n\r\n";

function pick<T>(from: readonly T[]): T {
  return from[Math.floor(random() * from.length)] as T;
}

const firstLines = [
  "POST /first HTTP/1.1",
  "POST /first HTTP/1.1",
  "POST /first HTTP/1.1",
  "POST /first HTTP/1.1",
  "POST /first HTTP/1.0",
  "GET /first HTTP/1.1",
  "\r\nPOST /first HTTP/1.1",
  "\r\n\r\nPOST /first HTTP/1.1",
  "\nPOST /first HTTP/1.1",
  "POST  /first HTTP/1.1",
  "POST /first HTTP/1.1 ",
  "POST /first  HTTP/1.1",
  "POST /first\tHTTP/1.1",
  "POST /first HTTP/1.2",
  "POST /first HTTP/2.0",
  "POST /first HTTP/01.1",
  "POST /first",
  "HEAD /first HTTP/1.1",
  "DELETE /first HTTP/1.1",
  "OPTIONS * HTTP/1.1",
];
const hosts = ["Host: a", "Host: a", "Host: a", "Host: a", "Host : a", "Host: a\r\nHost: b", "Host: a b", " Host: a", "X: y"];
const lengths = [
  "Content-Length: N",
  "Content-Length: N",
  "content-length:N",
  "Content-Length:\tN ",
  "Content-Length: +N",
  "Content-Length: -N",
  "Content-Length: 0N",
  "Content-Length: 0xN",
  "Content-Length: N,N",
  "Content-Length: N, N",
  "Content-Length: N\r\nContent-Length: N",
  "Content-Length: N\r\nContent-Length: 0",
  "Content-Length: 0\r\nContent-Length: N",
  "Content-Length : N",
  "Content-Length: N ;",
  "Content-Length: N 1",
  "Content-Length: 1 N",
  "Content-Length: \x0bN",
  "Content-Length: N\x00",
  "Content-Length: N.0",
  "Content-Length: Ne0",
  "Content-Length: 18446744073709551616",
  "Content-Length: 9999999999999999999999",
  "Content-Length:",
  "Content-Length: ",
  "Content-Length",
  "X: y\nContent-Length: N",
  "X: y\rContent-Length: N",
  "X: y\r\n Content-Length: N",
  "Content-Length:\r\n N",
  "Content\x00-Length: N",
  "Content_Length: N",
  "\xffContent-Length: N",
  "X-Content-Length: N",
];
const codings = [
  "Transfer-Encoding: chunked",
  "Transfer-Encoding: chunked",
  "transfer-encoding:chunked",
  "Transfer-Encoding: CHUNKED",
  "Transfer-Encoding:\tchunked\t",
  "Transfer-Encoding : chunked",
  "Transfer-Encoding: xchunked",
  "Transfer-Encoding: chunkedx",
  "Transfer-Encoding: \x0bchunked",
  "Transfer-Encoding: chunked\x0c",
  "Transfer-Encoding: identity",
  "Transfer-Encoding: chunked, identity",
  "Transfer-Encoding: identity, chunked",
  "Transfer-Encoding: gzip, chunked",
  "Transfer-Encoding: chunked, chunked",
  "Transfer-Encoding: ,chunked",
  "Transfer-Encoding: chunked;q=1",
  "Transfer-Encoding: 'chunked'",
  'Transfer-Encoding: "chunked"',
  "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity",
  "Transfer-Encoding: identity\r\nTransfer-Encoding: chunked",
  "Transfer-Encoding:",
  "Transfer-Encoding:\r\n chunked",
  "Transfer-Encoding:\n chunked",
  "X: y\nTransfer-Encoding: chunked",
  "X: y\rTransfer-Encoding: chunked",
  "Transfer_Encoding: chunked",
  "Transfer-Encoding\x00: chunked",
  " Transfer-Encoding: chunked",
  "Connection: Transfer-Encoding\r\nTransfer-Encoding: chunked",
];
const others = [
  "",
  "",
  "",
  "",
  "Connection: close",
  "Connection: keep-alive",
  "X: \xe9",
  "X:",
  ": y",
  "X",
  "Expect: 100-continue",
  "X\t: y",
];
const lineEnds = ["\r\n", "\r\n", "\r\n", "\r\n", "\r\n", "\r\n", "\n", "\r", "\r\r\n", "\n\n", "\r\n\n"];
const sizes = [
  "5",
  "5",
  "05",
  "00000005",
  "5;x",
  '5;x="y"',
  "5;x\ny",
  "5;x\ry",
  "5;\x00",
  "5 ",
  "5\t",
  " 5",
  "5 ;x",
  "+5",
  "-5",
  "0x5",
  "5x",
  "5,",
  "",
  "5\x0b",
  "100000000000000005",
  "ffffffffffffffff",
  "6",
  "4",
];
const lastChunks = [
  "0\r\n\r\n",
  "0\r\n\r\n",
  "0\r\n\r\n",
  "000\r\n\r\n",
  "0\r\nX: y\r\n\r\n",
  "0;x\r\n\r\n",
  "0\r\n\n",
  "0\n\r\n",
  "0\n\n",
];
const crookedTrailers = [
  "0\r\nX: y\n\r\n",
  "0\r\nX : y\r\n\r\n",
  "0\r\n X: y\r\n\r\n",
  `0\r\n${hidden}`,
  "0\r\nX\r\n\r\n",
  "0\r\n\rX: y\r\n\r\n",
  "0 \r\n\r\n",
];

/** A request of the parts above: mostly one or two of them are crooked. */
function composed(): string {
  const coded = random() < 0.55;
  const both = random() < 0.15;
  const body = coded ? chunkedBody() : pick(["hello", "", hidden, `0\r\n\r\n${hidden}`]);
  const framing = coded ? pick(codings) : pick(lengths).replaceAll("N", String(body.length));
  const also = both ? (coded ? pick(lengths).replaceAll("N", pick(["0", "3", String(body.length)])) : pick(codings)) : "";
  const lines = [pick(firstLines), pick(hosts), ...(random() < 0.5 ? [framing, also] : [also, framing]), pick(others)];
  const end = random() < 0.8 ? () => "\r\n" : () => pick(lineEnds);
  return `${lines
    .filter((line) => line !== "")
    .map((line) => line + end())
    .join("")}${end()}${body}`;
}

function chunkedBody(): string {
  const end = () => (random() < 0.85 ? "\r\n" : pick([...lineEnds, ""]));
  const size = random() < 0.6 ? "5" : pick(sizes);
  const chunk = `${size}${end()}hello${end()}`;
  return `${random() < 0.2 ? "" : chunk}${pick(random() < 0.6 ? lastChunks : crookedTrailers)}`;
}

const strayBytes = ["\r", "\n", "\0", "\t", " ", ":", ";", ",", "+", "-", "0", "1", "x", "\x7f", "\x80", "\r\n", "\n\n", "\r\n\r\n"];

/** A good request with a byte or two gone, changed or too many, behind its method. */
function damaged(): string {
  let text = pick([
    "POST /first HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello",
    "POST /first HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nX: y\r\n\r\n5;x=y\r\nhello\r\nA\r\n0123456789\r\n0\r\nX: y\r\n\r\n",
    `POST /first HTTP/1.1\r\nHost: a\r\nContent-Length: ${hidden.length}\r\n\r\n${hidden}`,
  ]);
  for (let times = pick([1, 1, 2]); times > 0; times--) {
    const at = 5 + Math.floor(random() * (text.length - 5));
    text = text.slice(0, at) + pick(["", ...strayBytes]) + text.slice(at + pick([0, 1]));
  }
  return text;
}

/** No sockets: a listener whose connections are made by the test. */
async function openListener(): Promise<{ read: (text: string, sliceBytes: () => number) => Promise<Seen[]>; close: () => Promise<void> }> {
  let seen: Seen[] = [];
  const see = async (http: GatewayRequest): Promise<void> => {
    const body = Buffer.from(await http.body(1_000_000)).toString("latin1");
    seen.push({ method: http.method, target: `${http.path}${http.query === "" ? "" : `?${http.query}`}`, body });
  };
  async function* answer(http: GatewayRequest, fault?: Fault): AsyncGenerator<Head | Uint8Array, void> {
    try {
      // A refusal of what could not be read asks for no body.
      if (fault?.code !== "request_malformed") await see(http);
      yield { status: 200, headers: {}, body: Buffer.from("ok") };
    } catch (error) {
      yield { status: Fault.from(error).status, headers: {}, body: Buffer.alloc(0) };
    }
  }
  let accept: Accept | undefined;
  const gateway: Front = { answer, refuse: (http, fault) => answer(http, fault) as unknown as Generator<Head>, isForPages: () => true };
  const server = await HttpServer.listen({ gateway, host: "192.0.2.1", port: 0, rules: () => ({ hosts: [] }) }, (to) => {
    accept = to;
    return { port: 0, close: () => undefined };
  });
  return {
    async read(text, sliceBytes) {
      seen = [];
      const link = new SilentLink();
      const handler = accept?.(link) as ClientHandler;
      const bytes = Buffer.from(text, "latin1");
      for (let at = 0, end = 0; at < bytes.length; at = end) {
        end = at + sliceBytes();
        handler.onData(bytes.subarray(at, end));
        await sleep(0);
      }
      handler.onClose();
      return seen;
    },
    close: () => server.close(),
  };
}

class SilentLink implements ClientLink {
  readonly peer = undefined;
  readonly flushed = true;
  write(): void {}
  pause(): void {}
  resume(): void {}
  end(): void {}
  destroy(): void {}
}

/** White space like any other (RFC 9110, section 5.6.3), but Node refuses it behind a framing. Nobody reads another framing there. */
const tabBehindFraming = /(?:content-length:[\t ]*\d+|transfer-encoding:[\t ]*chunked) *\t[\t ]*\r\n/i;

/** Requests up to one whose method Node does not know: there it stops reading. */
function known(seen: readonly Seen[]): readonly Seen[] {
  const end = seen.findIndex(({ method }) => !METHODS.includes(method));
  return end < 0 ? seen : seen.slice(0, end);
}

describe.skipIf(node === null)("crooked requests, each with another behind it", () => {
  const cases: string[] = [];
  const byNode: Seen[][] = [];
  const bySluice: Seen[][] = [];

  beforeAll(async () => {
    for (let index = 0; index < count; index++) cases.push((index % 3 === 2 ? damaged() : composed()) + second);
    const asked = Bun.spawn([node as string, join(import.meta.dir, "requests-by-node.mjs")], { stdin: "pipe", stdout: "pipe" });
    asked.stdin.write(JSON.stringify(cases.map((text) => Buffer.from(text, "latin1").toString("base64"))));
    await asked.stdin.end();
    byNode.push(...((await new Response(asked.stdout).json()) as Seen[][]));
    const listener = await openListener();
    for (const text of cases) bySluice.push(await listener.read(text, () => text.length));
    await listener.close();
  }, 60_000);

  test("are never more, or other ones, than Node sees", () => {
    expect(byNode.length).toBe(count);
    const wrong = cases.flatMap((text, index) => {
      const [ours, theirs] = [bySluice[index] ?? [], byNode[index] ?? []];
      const same = known(ours).every((request, at) => JSON.stringify(request) === JSON.stringify(theirs[at]));
      return same || tabBehindFraming.test(text) ? [] : [{ text, ours, theirs }];
    });
    expect(wrong).toEqual([]);
  });

  test("are the same ones however their bytes are sliced", async () => {
    const listener = await openListener();
    for (const [index, text] of cases.entries()) {
      if (index % 5 !== 0) continue;
      const seen = await listener.read(text, () => 1 + Math.floor(random() * 40));
      expect({ text, seen }).toEqual({ text, seen: bySluice[index] ?? [] });
    }
    await listener.close();
  }, 60_000);

  test("are tried in all kinds: some pass whole, some in part, many not at all", () => {
    const passed = [0, 1, 2].map((requests) => bySluice.filter(({ length }) => length === requests).length);
    for (const times of passed) expect(times).toBeGreaterThan(20);
  });
});
