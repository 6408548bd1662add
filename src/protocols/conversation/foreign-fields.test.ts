import { describe, expect, test } from "bun:test";
import { Losses, type ModelRequest } from "../../exchange/index.ts";
import { reportFields } from "./foreign-fields.ts";

function reported(dialect: ModelRequest["dialect"], fields: Record<string, unknown>, beside: Partial<ModelRequest> = {}): string[] {
  const losses = new Losses();
  reportFields({ dialect, model: "m", stream: false, items: [], extra: { dialect, fields }, ...beside }, losses);
  return losses.list.map((loss) => `${loss.code} ${loss.class} ${loss.path}`);
}

describe("members that only their own dialect understands", () => {
  test("are reported, by what is lost with them", () => {
    expect(reported("anthropic-messages", { inference_geo: "us", speed: "fast", unheard_of: 1 })).toEqual([
      ...["field_dropped S inference_geo", "field_dropped Q speed", "field_dropped M unheard_of"],
    ]);
    expect(reported("gemini-generate", { generationConfig: { imageConfig: { aspectRatio: "1:1" }, mediaResolution: "LOW" } })).toEqual([
      ...["field_dropped Q generationConfig.imageConfig", "field_dropped Q generationConfig.mediaResolution"],
    ]);
  });

  test("say nothing where they are empty, or note what was read", () => {
    expect(reported("openai-responses", { background: false, prompt: null, mcp_servers: [], user: "u" }, { endUser: "u" })).toEqual([]);
    expect(reported("bedrock-converse", { outputConfig: { effort: "high" } }, { reasoning: { effort: "high" } })).toEqual([]);
  });

  test.each(["previous_response_id", "background", "mcp_servers", "thread", "compaction", "guardrailConfig", "promptVariables"])(
    "are refused: %s",
    (name) => {
      expect(() => reported("openai-responses", { [name]: { some: "value" } })).toThrow(
        expect.objectContaining({ code: "request_unsupported", param: name }),
      );
    },
  );
});
