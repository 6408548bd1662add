import { afterAll, beforeAll, expect, test } from "bun:test";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { answerWords, type ScriptedEvent } from "../upstreams/dialect-answers.ts";
import type { ScriptedDialect } from "../upstreams/scripted-dialect.ts";
import { type GatewayProcess, removeFolder, startGateway } from "./gateway-process.ts";
import { readAnswer } from "./oracle.ts";
import { inParallel, randomFrom, report, sleep } from "./promise.ts";
import { ask, bodyFor } from "./raw-client.ts";
import { eventsOf } from "./scenarios.ts";
import { crossPairs, dialects, providerFor, providersAt } from "./upstream-config.ts";

type Slicer = (bytes: Buffer) => Buffer[];
const seed = Number(process.env.SLUICE_SEED ?? 20_261_120);

/** The same answer in every form that a sender may choose. */
const forms: Readonly<Record<string, (text: string) => string>> = {
  lf: (text) => text,
  crlf: (text) => text.replaceAll("\n", "\r\n"),
  cr: (text) => text.replaceAll("\n", "\r"),
  bom: (text) => `\uFEFF${text}`,
  comments: (text) => text.replaceAll(/\n\n(?!$)/g, "\n: keep-alive\n\n: ping\n\n"),
  "without-spaces": (text) => text.replaceAll("data: ", "data:").replaceAll("event: ", "event:"),
};

const slicers: Readonly<Record<string, Slicer>> = {
  whole: (bytes) => [bytes],
  bytewise: (bytes) => [...bytes].map((byte) => Buffer.of(byte)),
  halves: (bytes) => [bytes.subarray(0, bytes.length >> 1), bytes.subarray(bytes.length >> 1)],
  ...Object.fromEntries([1, 2, 3].map((at) => [`random-${at}`, (bytes: Buffer) => randomSlices(bytes, seed + at)])),
};

function randomSlices(bytes: Buffer, from: number): Buffer[] {
  const random = randomFrom(from);
  const out: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const end = at + 1 + Math.floor(random() * 97);
    out.push(bytes.subarray(at, end));
    at = end;
  }
  return out;
}

/** Words outside ASCII, so that slices fall into the middle of a letter. */
const words = ["Über ", "den ", "Wölken ", "🌤️ ", "流れる ", "\u2028水"];
let upstream: Server;
let gateway: GatewayProcess;

beforeAll(async () => {
  upstream = createServer((socket) => serve(socket));
  await new Promise<void>((resolve) => upstream.listen(0, "127.0.0.1", resolve));
  const { port } = upstream.address() as AddressInfo;
  gateway = await startGateway({ config: { providers: providersAt(`http://127.0.0.1:${port}`), drainSeconds: 1 } });
});

afterAll(async () => {
  await gateway.stop();
  upstream.close();
  removeFolder(gateway.folder);
});

/** Answers `…/FORM/SLICER` once, and closes. */
function serve(socket: Socket): void {
  socket.setNoDelay(true);
  socket.on("error", () => socket.destroy());
  let text = "";
  socket.on("data", async (data: Buffer) => {
    text += data.toString();
    const length = Number(/content-length: *(\d+)/i.exec(text)?.[1]);
    const headEnd = text.indexOf("\r\n\r\n");
    if (headEnd < 0 || Buffer.byteLength(text) < headEnd + 4 + length) return;
    const { model } = JSON.parse(text.slice(headEnd + 4)) as { model: string };
    const [form = "", slicer = ""] = model.split("/").slice(-2);
    const path = text.split(" ")[1] ?? "";
    const dialect = path.endsWith("/messages") ? "anthropic-messages" : path.endsWith("/responses") ? "openai-responses" : "openai-chat";
    socket.write("HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n");
    for (const slice of slicers[slicer]?.(streamOf(dialect, form)) ?? []) {
      if (!socket.write(slice)) await new Promise((resolve) => socket.once("drain", resolve));
      await sleep(0);
    }
    socket.end();
  });
}

function streamOf(dialect: ScriptedDialect, form: string): Buffer {
  const told = eventsOf(dialect, false).map(retold);
  const text = told.map(({ name, data }) => `${name === undefined ? "" : `event: ${name}\n`}data: ${data}\n\n`).join("");
  return Buffer.from(forms[form]?.(text) ?? text);
}

function retold({ data, ...event }: ScriptedEvent): ScriptedEvent {
  const exchange = (text: string, word: string, at: number) => text.replaceAll(word, words[at] ?? word);
  return { ...event, data: answerWords.reduce(exchange, data) };
}

test("an answer does not depend on how its bytes were sliced, nor on how its lines end", async () => {
  const pairs = [...dialects.map((dialect) => [dialect, dialect] as const), ...crossPairs];
  const cases = pairs.flatMap(([client, from]) =>
    Object.keys(forms).flatMap((form) => Object.keys(slicers).map((slicer) => ({ client, from, form, slicer }))),
  );
  const wrong: string[] = [];
  const seen = new Map<string, string>();
  await inParallel(cases, 16, async ({ client, from, form, slicer }) => {
    const name = `${client} from ${from}, ${form}, ${slicer}`;
    const usage = client === "openai-chat" ? { stream_options: { include_usage: true } } : {};
    const body = { ...bodyFor(client, `${providerFor[from]}/${form}/${slicer}`, true), ...usage };
    const answer = await ask({ port: gateway.port, dialect: client, body });
    const { kind, events } = readAnswer({ client, stream: true }, answer);
    if (kind !== "success") wrong.push(`${name}: ${kind} ${answer.status} ${answer.body.toString().slice(0, 200)}`);
    if (client === from) {
      // A line feed behind the last blank line belongs to no event.
      const got = answer.body.toString("latin1").replace(/\r\n\r$/, "\r\n\r\n");
      if (got !== streamOf(from, form).toString("latin1")) wrong.push(`${name}: other bytes (${answer.body.length})`);
      return;
    }
    const told = withoutIds(events);
    const first = seen.get(`${client} ${from}`) ?? told;
    seen.set(`${client} ${from}`, first);
    if (told !== first) wrong.push(`${name}: other events`);
    for (const word of words) if (!told.includes(JSON.stringify(word).slice(1, -1))) wrong.push(`${name}: ${word} is lost`);
  });
  report({
    id: "slicing-invariance",
    pass: wrong.length === 0,
    measured: { cases: cases.length, wrong: wrong.length, seed },
    limit: { wrong: 0 },
  });
  expect(wrong).toEqual([]);
}, 60_000);

/** Events without what differs from request to request, text deltas joined: frames that came together may be told together. */
function withoutIds(events: readonly ScriptedEvent[]): string {
  return events
    .map(({ name = "", data }) => `${name} ${data}`)
    .join("\n")
    .replaceAll(/"(id|item_id|model)":"[^"]*"/g, "")
    .replaceAll(/"(created|created_at|completed_at)":\d+/g, "");
}
