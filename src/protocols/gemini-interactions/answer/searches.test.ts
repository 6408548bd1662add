import { describe, expect, test } from "bun:test";
import { geminiInteractions } from "../index.ts";
import { errorFault } from "./finish.ts";

const counts = { total_tokens: 30, total_input_tokens: 10, total_output_tokens: 20 };
const search = (queries: readonly string[]) => ({ type: "google_search_call", id: "g", arguments: { queries } });
const done = (model: string, usage: object) => ({ id: "v1_a", object: "interaction", status: "completed", model, usage });

function streamed(depth: "skim" | "full", model: string, size: number): unknown {
  const events = [
    { event_type: "interaction.created", interaction: { id: "v1_a", status: "in_progress", model } },
    { event_type: "step.start", index: 0, step: { type: "model_output" } },
    { event_type: "step.delta", index: 0, delta: { type: "text", text: "Looking." } },
    { event_type: "step.stop", index: 0 },
    { event_type: "step.start", index: 1, step: { type: "google_search_call", id: "g" } },
    { event_type: "step.delta", index: 1, delta: search(["a", "b"]) },
    { event_type: "step.stop", index: 1 },
    { event_type: "step.start", index: 2, step: { type: "google_search_result", call_id: "g", result: [] } },
    { event_type: "step.stop", index: 2 },
    { event_type: "interaction.completed", interaction: done(model, counts) },
  ].map((event) => `event: ${event.event_type}\ndata: ${JSON.stringify(event)}\n\n`);
  const reader = geminiInteractions.readStream({ depth, stripUsage: false });
  let searches: unknown;
  for (let at = 0; at < events.length; at += size) {
    const piece = reader.read(new TextEncoder().encode(events.slice(at, at + size).join("")));
    for (const event of piece.events) if (event.type === "usage-report") searches = event.usage.webSearches;
  }
  return searches;
}

describe("searches of an interaction", () => {
  test("are counted by its steps where the counts leave them out: by the query since Gemini 3, by the answer before", () => {
    const metered = (model: string, usage: object) =>
      geminiInteractions
        .skimAnswer({ ...done(model, usage), steps: [search(["a", "b"]), search(["c"])] })
        .find(({ type }) => type === "usage-report");
    expect(metered("gemini-3-flash", counts)).toMatchObject({ usage: { webSearches: 3 } });
    expect(metered("gemini-2.5-flash", counts)).toMatchObject({ usage: { webSearches: 1 } });
    const told = { ...counts, grounding_tool_count: [{ type: "google_search", count: 7 }] };
    expect(metered("gemini-3-flash", told)).toMatchObject({ usage: { webSearches: 7 } });
  });

  test.each(["skim", "full"] as const)("are counted in a stream however it was cut, at depth %s", (depth) => {
    for (const size of [1, 2, 3, 10]) {
      expect([size, streamed(depth, "gemini-3-flash", size), streamed(depth, "gemini-2.5-flash", size)]).toEqual([size, 2, 1]);
    }
  });
});

test("an error inside a stream is judged by its word", () => {
  const judged = (code: string) => errorFault({ code, message: "words" }).code;
  expect(judged("rate_limit_exceeded")).toBe(judged("resource_exhausted"));
  expect(judged("service_unavailable")).toBe(judged("unavailable"));
  expect([judged("gateway_timeout"), judged("failed_precondition")]).toEqual(["upstream_timeout", "upstream_rejected"]);
});
