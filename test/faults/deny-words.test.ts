import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import type { ScriptedEvent } from "../upstreams/dialect-answers.ts";
import type { ScriptedDialect } from "../upstreams/scripted-dialect.ts";
import { type GatewayProcess, readLedger, removeFolder, startGateway } from "./gateway-process.ts";
import { readAnswer } from "./oracle.ts";
import { report } from "./promise.ts";
import { ask, bodyFor, errorInBand, type RawAnswer } from "./raw-client.ts";
import { startTextUpstream, type Telling, type TextUpstream } from "./text-upstream.ts";
import { crossPairs, dialects, providerFor, providersAt } from "./upstream-config.ts";

/** Longer than thirty letters, so that it can be split over thirty events. */
const word = "the orchard behind the pomegranate tree";
const almost = "the orchard behind the pomegranate trees and the orchard behind the fig tree";
const before = "Once there was a garden. Nobody went there, but for ";
const after = " where everything happened.";
const pairs: readonly (readonly [ScriptedDialect, ScriptedDialect])[] = [
  ...dialects.map((dialect) => [dialect, dialect] as const),
  ...crossPairs,
];

let upstream: TextUpstream;
let gateway: GatewayProcess;
let wrong = 0;
let streams = 0;

beforeAll(async () => {
  upstream = await startTextUpstream();
  gateway = await startGateway({
    config: {
      providers: providersAt(upstream.url),
      policies: [{ use: "deny-words", words: [word, "xyzzy"] }, { use: "throws" }],
      drainSeconds: 1,
    },
    preload: join(import.meta.dir, "throwing-policy.ts"),
  });
});

afterAll(async () => {
  report({ id: "deny-words", pass: wrong === 0 && streams > 0, measured: { streams, wrong }, limit: { wrong: 0 } });
  await gateway.stop();
  await upstream.close();
  removeFolder(gateway.folder);
});

/** The word in so many pieces, with clean text around it. */
function split(text: string, count: number): string[] {
  const size = text.length / count;
  return Array.from({ length: count }, (_, at) => text.slice(Math.round(at * size), Math.round((at + 1) * size)));
}

function send(client: ScriptedDialect, from: ScriptedDialect, telling: Telling, stream: boolean): Promise<RawAnswer> {
  const model = `${providerFor[from]}/${client}/${upstream.add(telling)}`;
  const usage = client === "openai-chat" && stream ? { stream_options: { include_usage: true } } : {};
  return ask({ port: gateway.port, dialect: client, body: { ...bodyFor(client, model, stream), ...usage }, leavesAt: errorInBand });
}

/** Counts what went wrong for the report, and fails the test as well. */
function check(good: boolean, what: string): void {
  if (!good) wrong++;
  expect(good ? "" : what).toBe("");
}

describe.each(pairs)("a listed word towards %s from %s", (client, from) => {
  test.each([
    [2, false],
    [3, false],
    [30, false],
    [2, true],
    [3, true],
    [30, true],
  ])("is cut before any of it is delivered, split over %d events (in a call's arguments: %p)", async (count, tools) => {
    for (const lead of [before, ""]) {
      const [open, close] = tools ? ['{"place":"', '"}'] : ["", ""];
      const start = `${open}${lead}`;
      const pieces = [...(start === "" ? [] : split(start, 3)), ...split(word, count), after, close].filter((piece) => piece !== "");
      const answer = await send(client, from, { pieces, tools }, true);
      streams++;
      const { kind, events } = readAnswer({ client, stream: true }, answer);
      const shown = textOf(client, events);
      check(kind === "error-in-band" || (kind === "http-error" && answer.status === 403), `${kind} ${answer.status}`);
      check(start.startsWith(shown), `shown: ${shown}`);
      check(lead === "" || shown !== "", "nothing was shown of the clean text in front");
      check(!answer.body.toString().includes("orchard"), "the word is somewhere in the bytes");
    }
  });

  test("is refused in an answer that is not streamed", async () => {
    const answer = await send(client, from, { pieces: [before, word, after] }, false);
    check(answer.status === 403 && !answer.body.toString().includes("orchard"), `${answer.status} ${answer.body}`);
  });

  test("leaves everything else alone", async () => {
    for (const pieces of [split(before + almost + after, 40), split(almost, 3), [almost], [...almost]]) {
      const telling = { pieces };
      const answer = await send(client, from, telling, true);
      streams++;
      const { kind, events } = readAnswer({ client, stream: true }, answer);
      check(kind === "success", `${kind} ${answer.status} ${answer.body.toString().slice(-300)}`);
      check(textOf(client, events) === pieces.join(""), `shown: ${textOf(client, events)}`);
      if (client === from) check(answer.body.equals(upstream.streamBytes(from, telling)), "the bytes differ");
    }
  });
});

describe("a request", () => {
  test.each(dialects)("with a listed word is refused in %s, and nobody is asked", async (dialect) => {
    const asked = upstream.bodies.length;
    for (const text of [`tell me of ${word}`, `tell me of ${word.toUpperCase()}!`, "XYZZY", "x\u200by\u00adzzy"]) {
      for (const stream of [true, false]) {
        const answer = await ask({ port: gateway.port, dialect, body: bodyFor(dialect, `${providerFor[dialect]}/any`, stream, text) });
        check(answer.status === 403 && readAnswer({ client: dialect, stream }, answer).kind === "http-error", `${answer.status}`);
        check(answer.headers["x-sluice-policy"] === "deny-words", "the policy is not named");
      }
    }
    expect(upstream.bodies.length).toBe(asked);
  });
});

describe("a rule that throws", () => {
  test.each(dialects)("refuses the request in %s, and tells nothing of itself", async (dialect) => {
    for (const how of ["throw-at-once", "throw-later", "throw-nothing", "throw-in-answer", "throw-mid-answer"]) {
      const asked = upstream.bodies.length;
      const id = upstream.add({ pieces: split(before, 12) });
      const body = bodyFor(dialect, `${providerFor[dialect]}/${how}/${id}`, true);
      const answer = await ask({ port: gateway.port, dialect, body, leavesAt: errorInBand });
      const { kind, marks } = readAnswer({ client: dialect, stream: true }, answer);
      const record = (await readLedger(gateway.folder)).records.get(answer.headers["x-sluice-request-id"] ?? "");
      check(kind === (how === "throw-mid-answer" ? "error-in-band" : "http-error"), `${how}: ${kind} ${answer.status}`);
      check(!marks.finish && !marks.end, `${how}: an end`);
      check(record?.fault === "policy_failed" && record.outcome === "refused", `${how}: ${record?.fault} ${record?.outcome}`);
      check(!`${answer.body}${gateway.log()}`.includes("secret detail"), `${how}: the policy's words got out`);
      if (!how.includes("answer")) expect(upstream.bodies.length).toBe(asked);
    }
  });
});

interface Delta {
  readonly choices?: readonly {
    readonly delta?: { readonly content?: string; readonly tool_calls?: readonly { function?: { arguments?: string } }[] };
  }[];
  readonly type?: string;
  readonly delta?: string | { readonly text?: string; readonly partial_json?: string };
}

/** All text and arguments that a client would show. */
function textOf(dialect: ScriptedDialect, events: readonly ScriptedEvent[]): string {
  return events.map(({ data }) => (data === "[DONE]" ? "" : deltaText(dialect, JSON.parse(data) as Delta))).join("");
}

function deltaText(dialect: ScriptedDialect, { choices, type, delta }: Delta): string {
  if (dialect === "openai-chat") {
    const said = choices?.[0]?.delta;
    return `${said?.content ?? ""}${said?.tool_calls?.map((call) => call.function?.arguments ?? "").join("") ?? ""}`;
  }
  if (dialect === "openai-responses") return type?.endsWith(".delta") && typeof delta === "string" ? delta : "";
  return typeof delta === "object" ? `${delta.text ?? ""}${delta.partial_json ?? ""}` : "";
}
