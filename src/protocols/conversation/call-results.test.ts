import { describe, expect, test } from "bun:test";
import { type CallItem, dialectIds, Fault, type Item, Losses, type ModelRequest, type ResultItem } from "../../exchange/index.ts";
import { dialects } from "../every-codec.ts";
import { CallResults, WireIds } from "./call-results.ts";

function call(callId: string): CallItem {
  return { type: "call", callId, name: "look", arguments: "{}" };
}

function result(callId: string, text = ""): ResultItem {
  return { type: "result", callId, parts: [{ type: "text", text }] };
}

describe("calls and their results", () => {
  test("are paired in the order of the calls, wherever the results stand", () => {
    const items: Item[] = [call("a"), call("b"), result("b", "of b"), result("a", "of a")];
    const results = new CallResults(items, new Losses());
    results.ask(call("a"), 0, "wire-a");
    results.ask(call("b"), 1, "wire-b");
    expect(results.close(2).map(({ wireId, path }) => [wireId, path])).toEqual([
      ["wire-a", "items.3"],
      ["wire-b", "items.2"],
    ]);
    expect(results.close(4)).toEqual([]);
  });

  test("each answer once where ids are used twice, and only what comes before them", () => {
    const items: Item[] = [result("a"), call("a"), result("a"), call("a"), result("a")];
    const results = new CallResults(items, new Losses());
    for (const [index, path] of [
      [1, "items.2"],
      [3, "items.4"],
    ] as const) {
      results.ask(call("a"), index);
      expect(results.close(index + 1)[0]?.path).toBe(path);
    }
    expect(() => results.checkAnswers(result("a"), 4)).not.toThrow();
    expect(() => results.checkAnswers(result("a"), 0)).toThrow(Fault);
  });

  test("are refused where a call has none, and said where they come late", () => {
    const losses = new Losses();
    const items: Item[] = [call("a"), { type: "message", role: "user", parts: [] }, result("a")];
    const late = new CallResults(items, losses);
    late.ask(call("a"), 0);
    late.close(1);
    expect(losses.list.map(({ code, path }) => [code, path])).toEqual([["tool_result_reordered", "items.2"]]);
    const none = new CallResults([call("b")], losses);
    none.ask(call("b"), 0);
    expect(() => none.close(1)).toThrow('The tool call "b" has no result.');
  });

  test("get ids in the provider's alphabet, each once and always the same", () => {
    const idsOf = () => {
      const ids = new WireIds(/^[a-z]+$/, "toolu_");
      return [ids.of("good", 0), ids.of("not good", 1), ids.of("good", 2)];
    };
    const [kept, made, again] = idsOf();
    expect([kept, made?.startsWith("toolu_"), again?.startsWith("toolu_")]).toEqual(["good", true, true]);
    expect(made).not.toBe(again);
    expect(idsOf()).toEqual([kept, made, again] as string[]);
  });

  test.each(dialectIds)("of long histories cost no more each than those of short ones: %s", (id) => {
    for (let warm = 0; warm < 3; warm++) msToWrite(id, 1_000);
    const [short, long] = fastest(id, [500, 8_000]);
    // Sixteen times the calls: sixteen times the work, with much room for a busy machine, and not two hundred and fifty-six times.
    expect(long! / short!).toBeLessThan(96);
  });
});

/** Of seven rounds, in turns, so that whatever else the machine does meets both. */
function fastest(id: (typeof dialectIds)[number], counts: readonly number[]): readonly number[] {
  const rounds = Array.from({ length: 7 }, () => counts.map((count) => msToWrite(id, count)));
  return counts.map((_, at) => Math.min(...rounds.map((round) => round[at]!)));
}

function msToWrite(id: (typeof dialectIds)[number], count: number): number {
  const calls = Array.from({ length: count }, (_, at) => call(`c${at}`));
  const question: Item = { type: "message", role: "user", parts: [{ type: "text", text: "?" }] };
  const items = [question, ...calls, ...calls.map(({ callId }) => result(callId)), question];
  const request: ModelRequest = { dialect: "openai-chat", model: "m", items, stream: false };
  // Of this process alone: what else the machine does is not what is asked.
  const before = process.cpuUsage();
  dialects[id].writeRequest(request, { provider: "p", model: "m", maxOutputTokens: 100 }, new Losses());
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}
