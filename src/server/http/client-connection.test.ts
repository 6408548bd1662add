import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Fault, type Flow, type GatewayRequest, type Head } from "../../exchange/index.ts";
import { HeardFlow } from "../../gateway/bodies/heard-flow.ts";
import { AnswerBytes } from "./answer-bytes.ts";
import { ClientConnection, type Serving } from "./client-connection.ts";
import type { ClientLink } from "./client-link.ts";

/** A link whose client takes nothing until it is told to. */
class TestLink implements ClientLink {
  readonly peer = "192.0.2.1";
  readonly did: string[] = [];
  /** How each message begins, and whether more was said to follow. */
  readonly told: string[] = [];
  sent = "";
  takes = true;
  /** What was written leaves with the end of the turn. */
  leaves = false;
  #waiting = "";

  get flushed(): boolean {
    return this.#waiting === "";
  }

  get settled(): boolean {
    return this.flushed && !this.leaves;
  }

  write(bytes: Buffer, from: number, to: number, more = false): void {
    const text = bytes.toString("latin1", from, to);
    this.told.push(`${text.slice(0, 4)}${more ? " and more" : ""}`);
    if (this.takes) this.sent += text;
    else this.#waiting += text;
  }

  take(connection: ClientConnection): void {
    this.takes = true;
    this.sent += this.#waiting;
    this.#waiting = "";
    connection.onDrain();
  }

  get waitingBytes(): number {
    return this.#waiting.length;
  }

  pause(): void {
    this.did.push("pause");
  }
  resume(): void {
    this.did.push("resume");
  }
  end(): void {
    this.did.push("end");
  }
  destroy(): void {
    this.did.push("destroy");
  }
}

const encoder = new TextEncoder();
const maxBodyBytes = 100_000;

/** Says what was asked, in one piece, or for `/stream` in three, the second of which waits; `/header` answers with a split value. */
class TestServing implements Serving {
  readonly bytes = new AnswerBytes();
  draining = false;
  lingers = false;
  trusted = undefined;
  answered = () => undefined;
  gone = () => undefined;
  readonly asked: string[] = [];
  goOn: () => void = () => undefined;

  async *answer(http: GatewayRequest): AsyncGenerator<Head | Uint8Array, void> {
    this.asked.push(http.path);
    try {
      if (http.path === "/unread") throw new Fault("credentials_missing");
      const body = await http.body(maxBodyBytes);
      if (http.path === "/stream") yield { status: 200, headers: {}, body: this.#pieces() };
      else if (http.path.startsWith("/flow")) yield { status: 200, headers: {}, body: this.#flow(http.path === "/flow-heard") };
      else yield whole(200, `${http.path} ${Buffer.from(body).toString("latin1")}`, headersFor(http.path));
    } catch (error) {
      yield whole(Fault.from(error).status, Fault.from(error).code);
    }
  }

  async *#pieces(): AsyncGenerator<Uint8Array, undefined> {
    yield encoder.encode("one");
    await new Promise<void>((resolve) => {
      this.goOn = resolve;
    });
    yield encoder.encode("two");
    return undefined;
  }

  /** Polled: three pieces, the last of which says so. */
  #flow(isHeard: boolean): Flow<Uint8Array> {
    const pieces = ["one", "two", "end"].map((text) => encoder.encode(text));
    const flow = {
      ending: false,
      next: () => Promise.reject(new Error("it is polled")),
      poll(): IteratorResult<Uint8Array, undefined> {
        const value = pieces.shift();
        flow.ending = pieces.length === 0;
        return value ? { done: false, value } : { done: true, value: undefined };
      },
    };
    return isHeard ? new HeardFlow(flow, { add: () => undefined, ended: () => undefined }) : flow;
  }

  async *refuse(fault: Fault): AsyncGenerator<Head | Uint8Array, void> {
    yield whole(fault.status, fault.message);
  }
}

function whole(status: number, text: string, headers: Record<string, string> = {}): Head {
  return { status, headers, body: encoder.encode(text) };
}

function headersFor(path: string): Record<string, string> {
  return path === "/header"
    ? { "x-good": "1", "x-bad": "1\r\nx-split: 2", "x-worse": "1\r\n\r\nHTTP/1.1 200 OK", "x-ugly": "1\u0100" }
    : {};
}

function connect(): { link: TestLink; serving: TestServing; connection: ClientConnection; say: (text: string) => Promise<void> } {
  const link = new TestLink();
  const serving = new TestServing();
  const connection = new ClientConnection(link, serving);
  const say = async (text: string) => {
    connection.onData(Buffer.from(text, "latin1"));
    await settled();
  };
  return { link, serving, connection, say };
}

/** Until everything that can happen without the outside has happened. */
function settled(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

const get = (path: string, more = "") => `GET ${path} HTTP/1.1\r\nHost: a\r\n${more}\r\n`;
const later = (ms: number) => performance.now() + ms;

describe("a client's connection", () => {
  test("answers pipelined requests one at a time and in order", async () => {
    const { link, serving, say } = connect();
    await say(`${get("/stream")}${get("/two")}POST /three HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbo`);
    await say("dy");
    assert.deepEqual(serving.asked, ["/stream"]);
    serving.goOn();
    await settled();
    assert.deepEqual(serving.asked, ["/stream", "/two", "/three"]);
    assert.match(link.sent, /3\r\none\r\n3\r\ntwo\r\n0\r\n\r\nHTTP.*\r\n\r\n\/two HTTP.*\r\n\r\n\/three body$/s);
  });

  test("a client that takes no answers gets no further ones", async () => {
    const { link, serving, connection, say } = connect();
    link.takes = false;
    for (let round = 0; round < 60; round++) await say(get("/again").repeat(40));
    assert.ok(serving.asked.length <= 2, `${serving.asked.length} answers for a client that reads none`);
    assert.ok(link.waitingBytes < 1_000);
    assert.equal(link.did.at(-1), "pause");
    link.take(connection);
    await settled();
    assert.ok(serving.asked.length > 100);
  });

  test("a request in very many pieces takes memory for what it is, and arrives as it was", async () => {
    const { link, serving, connection } = connect();
    const held: Uint8Array[] = [];
    serving.answer = async function* (http: GatewayRequest) {
      held.push(await http.body(maxBodyBytes));
      yield whole(200, "ok");
    };
    const text = Array.from({ length: 20_000 }, (_, index) => String.fromCharCode(97 + (index % 26))).join("");
    connection.onData(Buffer.from(`POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n`));
    for (const letter of text) connection.onData(Buffer.from(`1;${"x".repeat(1_000)}\r\n${letter}\r\n`));
    connection.onData(Buffer.from("0\r\n\r\n"));
    await settled();
    const [body] = held as [Uint8Array];
    assert.equal(Buffer.from(body).toString(), text);
    assert.ok(body.buffer.byteLength <= 4 * text.length);
    assert.match(link.sent, /^HTTP\/1\.1 200 OK/);
  });

  test("an announced length alone gets no memory", async () => {
    const { serving, connection, say } = connect();
    const before = process.memoryUsage().arrayBuffers;
    serving.answer = async function* (http: GatewayRequest) {
      yield whole(200, String((await http.body(900_000_000)).length));
    };
    await say("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 800000000\r\n\r\na");
    await say("b");
    await say("c");
    assert.ok(process.memoryUsage().arrayBuffers - before < 100_000_000);
    connection.onClose();
  });

  test("a header value that would split the answer is left out", async () => {
    const { link, say } = connect();
    await say(get("/header"));
    assert.match(link.sent, /\r\nx-good: 1\r\n/);
    assert.doesNotMatch(link.sent, /x-bad|x-worse|x-split|x-ugly/);
    assert.equal(link.sent.match(/HTTP\/1\.1/g)?.length, 1);
  });

  test("what comes behind a request that ends the connection is not answered", async () => {
    const { link, serving, say } = connect();
    await say(`${get("/one", "Connection: close\r\n")}${get("/two")}`);
    await say(get("/three"));
    assert.deepEqual(serving.asked, ["/one"]);
    assert.match(link.sent, /connection: close/);
    assert.equal(link.did.at(-1), "end");
  });

  test("a body that nobody wants is never taken for a request", async () => {
    const { link, serving, say } = connect();
    await say("POST /unread HTTP/1.1\r\nHost: a\r\nContent-Length: 90\r\n\r\n");
    await say(get("/hidden").repeat(3));
    assert.deepEqual(serving.asked, ["/unread"]);
    assert.match(link.sent, /^HTTP\/1\.1 401 .*connection: close/s);
  });
});

describe("the patience with a client's connection", () => {
  const waits: readonly (readonly [string, string, number, boolean])[] = [
    ["nothing but a connection", "", 119_000, false],
    ["nothing but a connection", "", 121_000, true],
    ["half a head", "GET / HTTP/1.1\r\nHo", 9_000, false],
    ["half a head", "GET / HTTP/1.1\r\nHo", 11_000, true],
    ["an answered request", get("/one"), 119_000, false],
    ["an answered request", get("/one"), 121_000, true],
    ["half a head behind an answered request", `${get("/one")}GET`, 11_000, true],
    ["a running answer", get("/stream"), 3_600_000, false],
  ];
  for (const [what, text, ms, ends] of waits) {
    test(`${ends ? "ends" : "still holds"} after ${ms / 1000} s of ${what}`, async () => {
      const { link, connection, say } = connect();
      if (text !== "") await say(text);
      connection.sweep(later(ms));
      assert.equal(link.did.includes("destroy"), ends);
    });
  }

  test("a head that drips does not get more time by it", async () => {
    const { link, connection, say } = connect();
    for (const letter of "GET / HTTP/1.1\r\nX: ") await say(letter);
    connection.sweep(later(10_001));
    assert.ok(link.did.includes("destroy"));
  });

  test("a body that stops coming is answered with 408, and the connection ends", async () => {
    const { link, connection, say } = connect();
    await say("POST /slow HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc");
    connection.sweep(later(59_000));
    await settled();
    assert.equal(link.sent, "");
    connection.sweep(later(61_000));
    await settled();
    assert.match(link.sent, /^HTTP\/1\.1 408 .*connection: close/s);
    assert.equal(link.did.at(-1), "end");
  });

  test("a client that takes its last answer slowly gets the time that any answer has", async () => {
    const { link, connection, say } = connect();
    link.takes = false;
    await say(get("/one", "Connection: close\r\n"));
    assert.equal(link.did.at(-1), "end");
    connection.sweep(later(250_000));
    assert.ok(!link.did.includes("destroy"), "the answer was cut off");
    await say("still sending");
    connection.sweep(later(301_000));
    assert.ok(link.did.includes("destroy"));
  });

  test("a client that still sends while we have ended is heard out, but not for ever", async () => {
    const { link, connection, say } = connect();
    await say("POST /unread HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n");
    assert.equal(link.did.at(-1), "end");
    connection.sweep(later(1_500));
    assert.ok(!link.did.includes("destroy"));
    await say("x".repeat(100));
    connection.sweep(later(1_900));
    assert.ok(!link.did.includes("destroy"));
    connection.sweep(later(2_500));
    assert.ok(link.did.includes("destroy"));
  });

  test("a client that takes no more after a long answer gets the time from then on", async () => {
    const began = performance.now();
    const { link, connection, say } = connect();
    await say(get("/stream"));
    await new Promise((resolve) => setTimeout(resolve, 50));
    link.takes = false;
    link.write(Buffer.from("x"), 0, 1);
    connection.onFull();
    connection.sweep(began + 300_030);
    assert.ok(!link.did.includes("destroy"), "the answer was cut off");
    connection.sweep(later(300_030));
    assert.ok(link.did.includes("destroy"));
  });

  test("an answer that nobody takes ends with its connection", async () => {
    const { link, connection, say } = connect();
    link.takes = false;
    await say(get("/stream"));
    connection.sweep(later(299_000));
    assert.ok(!link.did.includes("destroy"));
    connection.sweep(later(301_000));
    assert.ok(link.did.includes("destroy"));
  });
});

describe("a stream", () => {
  for (const path of ["/flow", "/flow-heard"])
    test(`leaves with its head before the first piece, and its last piece before the end: ${path}`, async () => {
      const { link, say } = connect();
      await say(get(path));
      assert.deepEqual(link.told, ["HTTP and more", "3\r\no", "3\r\nt", "3\r\ne and more", "0\r\n\r"]);
    });
});

describe("a connection while the server drains", () => {
  test("is at work until its answer has left, and not only its turn has it", async () => {
    const { link, connection, say } = connect();
    await say(get("/one"));
    link.leaves = true;
    assert.equal(connection.atWork, true);
    connection.endIdle();
    assert.ok(!link.did.includes("end"));
    link.leaves = false;
    assert.equal(connection.atWork, false);
    connection.endIdle();
    assert.ok(link.did.includes("end"));
  });

  test("ends at once where it is idle, and without a reset", async () => {
    const { link, connection, say } = connect();
    await say(get("/one"));
    connection.endIdle();
    assert.equal(link.did.at(-1), "end");
    assert.ok(!link.did.includes("destroy"));
  });

  test("gets the answer that is under way whole, and then ends without a reset", async () => {
    const { link, serving, connection, say } = connect();
    await say(get("/stream"));
    serving.draining = true;
    connection.endIdle();
    assert.ok(!link.did.includes("end"));
    link.takes = false;
    serving.goOn();
    await settled();
    assert.ok(connection.atWork);
    link.take(connection);
    await settled();
    assert.match(link.sent, /3\r\ntwo\r\n0\r\n\r\n$/);
    assert.equal(link.did.at(-1), "end");
    assert.ok(!link.did.includes("destroy"));
    assert.ok(!connection.atWork);
  });

  test("that heard nothing of it may ask once more while others have taken over, and is told then", async () => {
    const { link, serving, say } = connect();
    await say(get("/stream"));
    serving.draining = true;
    serving.lingers = true;
    serving.goOn();
    await settled();
    assert.ok(!link.did.includes("end"));
    await say(get("/one"));
    assert.match(link.sent, /connection: close\r\n/);
    assert.equal(link.did.at(-1), "end");
  });

  test("is told that its next answer is the last", async () => {
    const { link, serving, say } = connect();
    await say("GET /one HTTP/1.1\r\nHo");
    serving.draining = true;
    await say("st: a\r\n\r\n");
    assert.match(link.sent, /^HTTP\/1\.1 200 OK\r\n.*connection: close\r\n/s);
    assert.equal(link.did.at(-1), "end");
  });
});
