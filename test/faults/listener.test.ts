import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { type FaultUpstream, startFaultUpstream } from "../upstreams/fault-upstream.ts";
import { clientKey, type GatewayProcess, removeFolder, startGateway } from "./gateway-process.ts";
import { inParallel, sleep, until } from "./promise.ts";
import { type Message, RawConnection } from "./raw-connection.ts";
import { providersAt } from "./upstream-config.ts";

const maxBodyBytes = 1_000_000;
let upstream: FaultUpstream;
let gateway: GatewayProcess;
const open: RawConnection[] = [];

beforeAll(async () => {
  upstream = await startFaultUpstream();
  gateway = await startServing();
});

afterAll(async () => {
  for (const connection of open) connection.destroy();
  await gateway.stop();
  await upstream.close();
  removeFolder(gateway.folder);
});

function startServing(): Promise<GatewayProcess> {
  return startGateway({ config: { providers: { ...providersAt(upstream.url), demo: {} }, limits: { maxBodyBytes }, drainSeconds: 5 } });
}

function connect(to: GatewayProcess = gateway): RawConnection {
  const connection = new RawConnection(to.port);
  open.push(connection);
  return connection;
}

const host = "host: 127.0.0.1\r\n";
const key = `authorization: Bearer ${clientKey}\r\n`;
const get = (path: string, more = "", version = "1.1") => `GET ${path} HTTP/${version}\r\n${host}${more}\r\n`;
const health = get("/healthz");
const chat = (model: string, stream: boolean, said = "hi") =>
  JSON.stringify({ model, stream, messages: [{ role: "user", content: said }] });
const postHead = (more: string, version = "1.1") => `POST /v1/chat/completions HTTP/${version}\r\n${host}${key}${more}\r\n`;
const post = (body: string, more = "", version = "1.1") => `${postHead(`content-length: ${body.length}\r\n${more}`, version)}${body}`;
const chunks = (...pieces: string[]) => `${pieces.map((piece) => `${piece.length.toString(16)}\r\n${piece}\r\n`).join("")}0\r\n\r\n`;
const echoOf = (answer: Message) => JSON.parse(answer.body).choices[0].message.content as string;

/** What the demo model says to so many words: it repeats them. */
async function asked(text: string): Promise<Message> {
  const connection = connect();
  connection.send(text);
  const answer = await connection.answer();
  connection.destroy();
  return answer;
}

describe("requests one after another", () => {
  test("share a connection", async () => {
    const connection = connect();
    for (let count = 1; count <= 5; count++) {
      connection.send(count % 2 ? health : post(chat("demo/chat", false, `word${count}`)));
      const answers = await connection.answers(count);
      expect(answers.length).toBe(count);
      expect(answers.at(-1)?.status).toBe(200);
      expect(answers.at(-1)?.headers.connection).toBeUndefined();
      if (count % 2 === 0) expect(echoOf(answers.at(-1) as Message)).toContain(`word${count}`);
    }
  });

  test("are answered in order when they come at once, streams between them, none lost", async () => {
    const connection = connect();
    const count = 40;
    const requests = Array.from({ length: count }, (_, index) =>
      index % 8 === 3 ? post(chat("chat/ok", true)) : post(chat("demo/chat", false, `number-${index}-`)),
    );
    connection.send(requests.join(""));
    const answers = await connection.answers(count);
    expect(answers.length).toBe(count);
    for (const [index, answer] of answers.entries()) {
      expect(answer.status).toBe(200);
      if (index % 8 === 3) expect(answer.body).toEndWith("data: [DONE]\n\n");
      else expect(echoOf(answer)).toContain(`number-${index}-`);
    }
  });

  test("are answered in order where more than fits waits behind a stream", async () => {
    const connection = connect();
    const bodies = Array.from({ length: 60 }, (_, index) => `number-${index}-${"x".repeat(10_000)}`);
    connection.send(
      `${post(chat("demo/chat", true, "a stream in front"))}${bodies.map((body) => post(chat("demo/chat", false, body))).join("")}`,
    );
    const answers = await connection.answers(61);
    expect(answers.length).toBe(61);
    for (const [index, answer] of answers.slice(1).entries()) expect(echoOf(answer)).toContain(`number-${index}-`);
  });

  test("on many connections never get each other's answers", async () => {
    const wrong: string[] = [];
    await inParallel(Array.from({ length: 200 }), 25, async (_, index) => {
      const connection = connect();
      const words = [0, 1, 2].map((round) => `c${index}r${round}e`);
      for (const word of words) connection.send(post(chat("demo/chat", index % 2 === 0, word)));
      const answers = await connection.answers(3);
      for (const [round, word] of words.entries()) if (!answers[round]?.body.includes(word)) wrong.push(word);
      connection.destroy();
    });
    expect(wrong).toEqual([]);
  });

  test("are read however their bytes are sliced", async () => {
    for (const pieceBytes of [1, 2, 7]) {
      const connection = connect();
      const chunked = `${postHead("transfer-encoding: chunked\r\n")}${chunks(...(chat("demo/chat", false, "in chunks").match(/.{1,9}/g) ?? []))}`;
      await connection.sendSliced(`${health}\r\n${post(chat("demo/chat", false, "by length"))}${chunked}${health}`, pieceBytes);
      const answers = await connection.answers(4);
      expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
      expect(echoOf(answers[1] as Message)).toContain("by length");
      expect(echoOf(answers[2] as Message)).toContain("in chunks");
      connection.destroy();
    }
  }, 20_000);
});

describe("forms of HTTP", () => {
  test("chunks may have extensions and trailers", async () => {
    const connection = connect();
    const body = chat("demo/chat", false, "trailing");
    const size = body.length.toString(16).toUpperCase();
    connection.send(
      `${postHead("Transfer-Encoding: chunked\r\n")}00${size};a=b;c="d e"\r\n${body}\r\n0;x\r\nx-sum: 1\r\nx-more:\r\n\r\n${health}`,
    );
    const answers = await connection.answers(2);
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    expect(echoOf(answers[0] as Message)).toContain("trailing");
  });

  test("a client that waits before its body is told to go on", async () => {
    const connection = connect();
    const body = chat("demo/chat", false, "patient");
    connection.send(postHead(`content-length: ${body.length}\r\nexpect: 100-continue\r\n`));
    expect((await connection.answers(1)).map(({ status }) => status)).toEqual([100]);
    connection.send(`${body}${health}`);
    const answers = await connection.answers(3);
    expect(answers.map(({ status }) => status)).toEqual([100, 200, 200]);
    expect(echoOf(answers[1] as Message)).toContain("patient");
  });

  test("a client that waits before a body that nobody wants is refused without it", async () => {
    for (const [more, status] of [
      [`content-length: ${maxBodyBytes + 1}\r\nexpect: 100-continue\r\n${key}`, 413],
      ["content-length: 100\r\nexpect: 100-continue\r\n", 401],
      [`content-length: 100\r\nexpect: the-impossible\r\n${key}`, 417],
    ] as const) {
      const connection = connect();
      connection.send(`POST /v1/chat/completions HTTP/1.1\r\n${host}${more}\r\n`);
      const answers = await connection.answers(1);
      expect(answers.map((answer) => answer.status)).toEqual([status]);
      expect(answers[0]?.headers.connection).toBe("close");
      expect(await connection.end()).toBe("closed");
    }
  });

  test("HTTP/1.0 gets one answer, without chunks, and the end of the connection", async () => {
    const connection = connect();
    connection.send(`${post(chat("demo/chat", true, "old"), "connection: keep-alive\r\n", "1.0")}${health}`);
    expect(await connection.end()).toBe("closed");
    expect(connection.text).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(connection.text).not.toMatch(/transfer-encoding|content-length/);
    expect(connection.text).toContain("connection: close\r\n");
    expect(connection.text).toEndWith("data: [DONE]\n\n");
    expect(connection.text.match(/HTTP\/1\.1/g)?.length).toBe(1);
  });

  test("HEAD gets a length and no body", async () => {
    const connection = connect();
    connection.send(`HEAD /healthz HTTP/1.1\r\n${host}\r\nHEAD /nowhere HTTP/1.1\r\n${host}\r\n`);
    const answers = await connection.answers(2, { bodiless: true });
    expect(answers.map(({ status }) => status)).toEqual([405, 404]);
    for (const { headers } of answers) expect(Number(headers["content-length"])).toBeGreaterThan(0);
    await sleep(50);
    expect(connection.text).toEndWith("\r\n\r\n");
  });

  test("targets may name the whole address", async () => {
    expect((await asked(get("http://127.0.0.1/healthz?a=b"))).status).toBe(200);
    expect((await asked(get("http://127.0.0.1"))).status).toBe(200);
    expect((await asked(get("ftp://127.0.0.1/healthz"))).status).toBe(400);
  });

  test("Connection: close is answered, told and kept to", async () => {
    const connection = connect();
    connection.send(`${get("/healthz", "Connection: Close\r\n")}${health}`);
    const [answer, ...others] = await connection.answers(2);
    expect(answer?.status).toBe(200);
    expect(answer?.headers.connection).toBe("close");
    expect(others).toEqual([]);
    expect(await connection.end()).toBe("closed");
  });

  test("a body where none is needed is not taken for a request", async () => {
    const connection = connect();
    connection.send(get("/healthz", `content-length: ${health.length}\r\n`));
    await sleep(50);
    connection.send(`${health}${health}`);
    const answers = await connection.answers(3, { withinMs: 500 });
    expect(answers.length).toBe(1);
    expect(answers[0]?.headers.connection).toBe("close");
    connection.destroy();
    // Where it has come with its head, the connection can go on behind it.
    const other = connect();
    other.send(`${get("/healthz", `content-length: ${health.length}\r\n`)}${health}${health}`);
    expect((await other.answers(2)).length).toBe(2);
  });
});

describe("what is refused", () => {
  const chunked = postHead("transfer-encoding: chunked\r\n");
  const cases: readonly (readonly [string, string, number])[] = [
    ["a head that is too large", get("/healthz", `x-a: ${"a".repeat(40_000)}\r\n`), 431],
    ["too many headers", get("/healthz", "x: 1\r\n".repeat(600)), 431],
    ["an unknown transfer coding", `${postHead("transfer-encoding: gzip\r\n")}x`, 501],
    ["a length and a coding", `${postHead("content-length: 5\r\ntransfer-encoding: chunked\r\n")}0\r\n\r\n`, 400],
    ["two lengths", `${postHead("content-length: 5\r\ncontent-length: 5\r\n")}hello`, 400],
    ["two hosts", get("/healthz", host), 400],
    ["a folded header", get("/healthz", "x-a: 1\r\n 2\r\n"), 400],
    ["a bare line feed", `GET /healthz HTTP/1.1\n${host}\r\n`, 400],
    ["a NUL", get("/healthz", "x-a: \x00\r\n"), 400],
    ["a space before the colon", get("/healthz", "x-a : 1\r\n"), 400],
    ["HTTP/2 without asking", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505],
    ["a greeting of TLS", `\x16\x03\x01\x00\xf4\x01\x00\x00\xf0\x03\x03${"\xab".repeat(32)}`, 400],
    ["noise", "\x00\xff\r\n\r\n\x01", 400],
    ["a length with a sign", `${postHead("content-length: +5\r\n")}hello`, 400],
    ["a length with a space", `${postHead("content-length: 1 5\r\n")}hello`, 400],
    ["a list of lengths", `${postHead("content-length: 5, 5\r\n")}hello`, 400],
    ["a line feed in an extension", `${chunked}5;a\nb\r\nhello\r\n0\r\n\r\n`, 400],
    ["a chunk size beyond reason", `${chunked}fffffffff\r\n`, 400],
    ["a negative chunk size", `${chunked}-5\r\nhello\r\n0\r\n\r\n`, 400],
    ["a chunk size with 0x", `${chunked}0x5\r\nhello\r\n0\r\n\r\n`, 400],
    ["a chunk without its line end", `${chunked}5\r\nhello0\r\n\r\n`, 400],
    ["a request for a trailer", `${chunked}0\r\n${health}`, 400],
  ];
  for (const [what, text, status] of cases) {
    test(`${what}: ${status}, and nothing behind it is read`, async () => {
      for (const pieceBytes of [text.length, Math.ceil(text.length / 3)]) {
        const connection = connect();
        await connection.sendSliced(text, pieceBytes);
        connection.send(health.repeat(2));
        const answers = await connection.answers(1);
        expect(answers.map((answer) => answer.status)).toEqual([status]);
        expect(JSON.parse(answers[0]?.body ?? "")).toHaveProperty("error.message");
        expect(answers[0]?.headers.connection).toBe("close");
        expect(await connection.end()).toBe("closed");
        expect((await connection.answers(2)).length).toBe(1);
      }
    });
  }

  test("a host that is missing, or malformed, or somebody else's", async () => {
    for (const [line, status] of [
      ["", 400],
      ["host: a b\r\n", 400],
      ["host: elsewhere.example\r\n", 421],
    ] as const) {
      expect((await asked(`GET /healthz HTTP/1.1\r\n${line}\r\n`)).status).toBe(status);
    }
  });

  test("a chunked body that turns bad later is refused by the line, in the caller's dialect", async () => {
    const connection = connect();
    connection.send(`POST /v1/messages HTTP/1.1\r\n${host}${key}transfer-encoding: chunked\r\n\r\n5\r\nhello\r\n`);
    await sleep(50);
    connection.send("oh no\r\n");
    const answer = await connection.answer();
    expect(answer.status).toBe(400);
    expect(JSON.parse(answer.body)).toMatchObject({ type: "error" });
    expect(await connection.end()).toBe("closed");
  });

  for (const [what, head, status] of [
    ["without a key", `POST /v1/chat/completions HTTP/1.1\r\n${host}content-length: 50000000\r\n\r\n`, 401],
    ["too large by its length", postHead("content-length: 50000000\r\n"), 413],
    ["too large by its chunks", postHead("transfer-encoding: chunked\r\n"), 413],
  ] as const) {
    test(`a client that is still sending a body ${what} reads the whole ${status}`, async () => {
      const connection = connect();
      connection.send(head);
      const size = 250_000;
      const piece = what.includes("chunks") ? `${size.toString(16)}\r\n${"x".repeat(size)}\r\n` : "x".repeat(size);
      // Clients such as these look for an answer only when they have sent everything.
      connection.socket.pause();
      for (let sent = 0; sent < 50_000_000 && connection.ending === "open"; sent += size) {
        connection.send(piece);
        if (connection.socket.writableLength > 1_000_000) await until(() => connection.socket.writableLength < 500_000, 5_000);
      }
      connection.socket.resume();
      const answer = await connection.answer();
      expect(answer.status).toBe(status);
      expect(answer.whole).toBe(true);
      expect(JSON.parse(answer.body)).toHaveProperty("error.message");
      expect(await connection.end()).toBe("closed");
    }, 20_000);
  }

  test("the boundary of the body's size is exact", async () => {
    const around = chat("demo/chat", false, "");
    const exactly = chat("demo/chat", false, "x".repeat(maxBodyBytes - around.length));
    expect(exactly.length).toBe(maxBodyBytes);
    expect((await asked(post(exactly))).status).toBe(200);
    expect((await asked(post(`${exactly} `))).status).toBe(413);
    expect(
      (await asked(`${postHead("transfer-encoding: chunked\r\n")}${chunks(exactly.slice(0, 500_000), exactly.slice(500_000))}`)).status,
    ).toBe(200);
    expect((await asked(`${postHead("transfer-encoding: chunked\r\n")}${chunks(exactly, " ")}`)).status).toBe(413);
  });
});

describe("endings", () => {
  test("a stream that breaks ends with the error event and without the last chunk", async () => {
    const connection = connect();
    connection.send(`${post(chat("chat/cut-3", true))}${health}`);
    const [answer, ...others] = await connection.answers(2);
    expect(await connection.end()).toBe("closed");
    expect(answer?.status).toBe(200);
    expect(answer?.whole).toBe(false);
    expect(answer?.body).toMatch(/data: \{"error":.*\n\n$/);
    expect(others).toEqual([]);
  });

  test("a client that leaves in any phase leaves nothing behind", async () => {
    const body = chat("chat/stall-2", true);
    const phases: readonly (readonly [string, string | undefined])[] = [
      ["", undefined],
      ["POST /v1/chat/compl", undefined],
      [postHead(`content-length: ${body.length}\r\n`), undefined],
      [post(body).slice(0, -5), undefined],
      [`${postHead("transfer-encoding: chunked\r\n")}5\r\nhel`, undefined],
      [post(body), "data: "],
      [`${health}${post(body)}${health}${post(body)}`, "data: "],
      [`${post(chat("demo/chat", true, "word ".repeat(500)))}`, "data: "],
    ];
    const before = gateway.descriptors();
    for (const [text, leavesAt] of phases) {
      for (let round = 0; round < 10; round++) {
        const connection = new RawConnection(gateway.port);
        connection.send(text);
        await (leavesAt === undefined ? sleep(round) : connection.untilText(leavesAt));
        if (round % 2) connection.destroy();
        else connection.socket.resetAndDestroy();
      }
    }
    const freed = () => upstream.seen.every(({ closedAtMs }) => closedAtMs !== undefined) || upstream.openSockets() === 0;
    expect(await until(freed, 5_000)).toBe(true);
    // Connections to the upstream that are kept for the next request may stay.
    expect(await until(() => gateway.descriptors() <= before + 10, 5_000)).toBe(true);
    expect((await asked(health)).status).toBe(200);
  }, 20_000);

  test("a client that asks without end and reads nothing stays bounded, and is answered in order once it reads", async () => {
    const connection = connect();
    connection.socket.pause();
    const large = Array.from({ length: 100 }, (_, index) => post(chat("demo/chat", false, `number-${index}-${"x".repeat(500_000)}`)));
    const before = gateway.residentBytes();
    let most = 0;
    let sent = 0;
    while (sent < large.length) {
      connection.send(large[sent++] ?? "");
      if (!(await until(() => connection.socket.writableLength < 1_000_000, 500))) break;
      most = Math.max(most, gateway.residentBytes());
    }
    // 100 answers are 50 MB; between the two the system itself holds some.
    expect(sent).toBeLessThan(large.length);
    expect(most - before).toBeLessThan(200_000_000);
    connection.socket.resume();
    const answers = await connection.answers(sent, { withinMs: 15_000 });
    expect(answers.length).toBe(sent);
    for (const [index, answer] of answers.entries()) expect(answer.body).toContain(`number-${index}-`);
  }, 30_000);

  test("small requests without end from a client that reads nothing stay bounded", async () => {
    const connection = connect();
    connection.socket.pause();
    const many = health.repeat(2_000);
    const before = gateway.residentBytes();
    let sentBytes = 0;
    for (; sentBytes < 60_000_000; sentBytes += many.length) {
      connection.send(many);
      if (!(await until(() => connection.socket.writableLength < 1_000_000, 500))) break;
    }
    expect(sentBytes).toBeLessThan(60_000_000);
    expect(gateway.residentBytes() - before).toBeLessThan(100_000_000);
    connection.destroy();
  }, 30_000);

  test("a body in crumbs takes memory for what it is", async () => {
    const before = gateway.residentBytes();
    const connection = connect();
    connection.send(postHead("transfer-encoding: chunked\r\n"));
    const crumbs = `1;${"x".repeat(2_000)}\r\n \r\n`.repeat(100);
    for (let round = 0; round < 500; round++) {
      connection.send(crumbs);
      await until(() => connection.socket.writableLength < 500_000, 5_000);
    }
    // 100 MB on the wire, 50 KB of body.
    expect(gateway.residentBytes() - before).toBeLessThan(60_000_000);
    const body = chat("demo/chat", false, "crumbs");
    connection.send(chunks(...body));
    const answer = await connection.answer();
    expect(answer.status).toBe(200);
    expect(echoOf(answer)).toContain("crumbs");
  }, 30_000);

  test("nothing of all this was a defect in the log, and the process lives", () => {
    expect(gateway.alive()).toBe(true);
    expect(gateway.log()).not.toMatch(/gateway_failed|TypeError|unhandled/i);
  });
});

describe("draining", () => {
  test("idle connections close, answers under way end whole and say that they are the last, nobody new is taken", async () => {
    const other = await startServing();
    const idle = connect(other);
    idle.send(health);
    await idle.answer();
    const silent = connect(other);
    const streaming = connect(other);
    streaming.send(post(chat("demo/chat", true, "word ".repeat(60))));
    const sending = connect(other);
    const body = chat("demo/chat", false, "late");
    sending.send(post(body).slice(0, -10));
    await streaming.untilText("data: ");
    const stopped = other.stop();
    expect(await idle.end()).toBe("closed");
    expect(await silent.end()).toBe("closed");
    expect(streaming.ending).toBe("open");
    sending.send(body.slice(-10));
    const late = await sending.answer();
    expect(late.status).toBe(200);
    expect(late.headers.connection).toBe("close");
    const latecomer = connect(other);
    latecomer.send(health);
    await latecomer.end();
    expect(latecomer.text).toBe("");
    expect(await streaming.end()).toBe("closed");
    const [answer] = await streaming.answers(1);
    expect(answer?.whole).toBe(true);
    expect(answer?.body).toEndWith("data: [DONE]\n\n");
    await stopped;
    removeFolder(other.folder);
  }, 20_000);

  test("a slow reader gets the rest of an answer that the system has taken already", async () => {
    const other = await startServing();
    const slow = connect(other);
    slow.socket.pause();
    slow.send(post(chat("demo/chat", false, "x".repeat(900_000))));
    await until(() => slow.socket.bytesWritten > 900_000, 5_000);
    await sleep(300);
    const stopped = other.stop();
    await sleep(500);
    slow.socket.resume();
    const [answer] = await slow.answers(1);
    expect(answer?.whole).toBe(true);
    await stopped;
    removeFolder(other.folder);
  }, 20_000);
});
