import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { type FaultUpstream, startFaultUpstream } from "./fault-upstream.ts";
import type { ScriptedDialect } from "./scripted-dialect.ts";

const paths: Readonly<Record<ScriptedDialect, string>> = {
  "openai-chat": "/v1/chat/completions",
  "openai-responses": "/v1/responses",
  "anthropic-messages": "/v1/messages",
};
const dialects = Object.keys(paths) as ScriptedDialect[];
let upstream: FaultUpstream;

beforeAll(async () => {
  upstream = await startFaultUpstream();
});
afterAll(() => upstream.close());

function ask(dialect: ScriptedDialect, model: string, stream: boolean, signal?: AbortSignal): Promise<Response> {
  const init = { method: "POST", body: JSON.stringify({ model: `faults/${model}`, stream }), decompress: true };
  return fetch(upstream.url + paths[dialect], signal === undefined ? init : { ...init, signal });
}

function eventsOf(text: string): string[] {
  return text
    .split("\n\n")
    .filter((block) => block !== "")
    .map((block) => block.slice(block.indexOf("data: ") + 6));
}

for (const dialect of dialects) {
  describe(`the fault upstream in ${dialect}`, () => {
    test("streams as many events as it says, each of them JSON", async () => {
      for (const model of ["ok", "tools"] as const) {
        const response = await ask(dialect, model, true);
        expect(response.headers.get("content-type")).toBe("text/event-stream");
        const events = eventsOf(await response.text());
        expect(events.length).toBe(upstream.events(dialect, model));
        for (const event of events) if (event !== "[DONE]") JSON.parse(event);
      }
    });

    test("answers in one piece", async () => {
      for (const model of ["ok", "tools", "slow-20", "packed-gzip", "drip"])
        expect(await (await ask(dialect, model, false)).json()).toBeObject();
    });

    test("breaks off after exactly the events asked for", async () => {
      for (const model of ["cut-3", "rst-3", "tools-cut-2"]) {
        const reader = (await ask(dialect, model, true)).body?.getReader();
        let text = "";
        const reading = (async () => {
          for (let step = await reader?.read(); step !== undefined && !step.done; step = await reader?.read()) {
            text += new TextDecoder().decode(step.value);
          }
        })();
        await expect(reading).rejects.toThrow();
        expect(eventsOf(text).length).toBe(model === "tools-cut-2" ? 2 : 3);
        await expect(ask(dialect, model, false).then((response) => response.text())).rejects.toThrow();
      }
      await expect(ask(dialect, "rst0", true)).rejects.toThrow();
    });

    test("leaves out the terminal event, and puts errors where they are asked for", async () => {
      const all = upstream.events(dialect);
      expect(eventsOf(await (await ask(dialect, "no-terminal", true)).text()).length).toBe(all - 1);
      const failed = eventsOf(await (await ask(dialect, "error-2", true)).text());
      expect(failed.length).toBe(3);
      expect(failed[2]).toContain("scripted failure");
      expect(eventsOf(await (await ask(dialect, "error-in-200", true)).text()).length).toBe(1);
      expect(await (await ask(dialect, "error-in-200", false)).text()).toContain("scripted failure");
    });

    test("damages the event that is named and no other", async () => {
      const broken = eventsOf(await (await ask(dialect, "bad-json-2", true)).text());
      expect(broken.filter((event) => event.startsWith('{"broken"')).length).toBe(1);
      const bytes = await (await ask(dialect, "bad-utf8-2", true)).bytes();
      expect(() => new TextDecoder("utf-8", { fatal: true }).decode(bytes)).toThrow();
      expect(await (await ask(dialect, "lies-usage-negative", true)).text()).toContain("-7");
      expect(await (await ask(dialect, "lies-usage-missing", false)).text()).not.toContain('"usage"');
      expect(await (await ask(dialect, "mixed-eol", true)).text()).toContain("\r");
    });

    test("refuses in the dialect's own words", async () => {
      for (const status of [400, 401, 403, 404, 413, 429, 500, 503, 529]) {
        const response = await ask(dialect, `status-${status}-retry-7`, true);
        expect(response.status).toBe(status);
        expect(response.headers.get("retry-after")).toBe("7");
        expect(await response.json()).toHaveProperty("error.message");
      }
    });

    test("sends big, giant and badly framed answers", async () => {
      expect((await (await ask(dialect, "big-1000000", true)).text()).length).toBeGreaterThan(1_000_000);
      expect((await (await ask(dialect, "giant-line-1000000", true)).text()).split("\n").some((line) => line.length > 1_000_000)).toBe(
        true,
      );
      expect((await (await ask(dialect, "giant-chunk-100000", true)).text()).length).toBeGreaterThan(100_000);
      await expect(ask(dialect, "cl-short", false).then((response) => response.text())).rejects.toThrow();
      await expect(ask(dialect, "cl-long", false).then((response) => response.json())).rejects.toThrow();
    });
  });
}

test("the fault upstream records requests and when their sockets closed, and counts sockets", async () => {
  const controller = new AbortController();
  const response = await ask("openai-chat", "stall-2", true, controller.signal);
  const reader = response.body?.getReader();
  await reader?.read();
  const request = upstream.seen.at(-1);
  expect(request?.model).toBe("stall-2");
  expect(request?.headers.host).toBe(new URL(upstream.url).host);
  expect(upstream.openSockets()).toBeGreaterThan(0);
  expect(request?.closedAtMs).toBeUndefined();
  controller.abort();
  await request?.closed;
  expect(request?.closedAtMs).toBeGreaterThan(request?.atMs ?? Number.POSITIVE_INFINITY);
});
