import { describe, expect, test } from "bun:test";
import { type Answer, type DialectId, JsonBody, Losses } from "../../exchange/index.ts";
import { dialects } from "../every-codec.ts";
import { translateRequest } from "../index.ts";

const id = "9007199254740993";
const ids: readonly DialectId[] = [
  "openai-chat",
  "openai-responses",
  "anthropic-messages",
  "gemini-generate",
  "bedrock-converse",
  "cohere-chat",
  "ollama-chat",
];
const header = () => undefined;
const quoted = new RegExp(`\\D${id}\\D`);

/** A conversation whose tool was called with an id of 64 bits, as a client of Messages keeps it. */
const messages = `{"model":"m","max_tokens":9,"messages":[{"role":"user","content":"Look."},
  {"role":"assistant","content":[{"type":"tool_use","id":"c","name":"f","input":{"user":${id},"of":[${id}]}}]},
  {"role":"user","content":[{"type":"tool_result","tool_use_id":"c","content":"seen"}]}]}`;

describe("numbers beyond what a double holds", () => {
  test("reach every provider as the caller wrote them in a call", () => {
    const request = dialects["anthropic-messages"].readRequest(JsonBody.scan(Buffer.from(messages)), { header });
    for (const into of ids) {
      const written = JSON.stringify(translateRequest(request, dialects[into], { provider: "p", model: "m" }, new Losses()));
      expect(written.match(new RegExp(id, "g")), into).toHaveLength(2);
    }
  });

  test("reach every caller as the model wrote them", () => {
    const items = [{ type: "call", callId: "c", name: "f", arguments: `{"user":${id}}` }] as const;
    const answer: Answer = { id: "a", model: "m", choices: [{ items, finish: { reason: "call" } }] };
    const request = dialects["openai-chat"].readRequest(
      JsonBody.scan(Buffer.from('{"model":"m","messages":[{"role":"user","content":"Look."}]}')),
      { header },
    );
    for (const into of ids) {
      const written = JSON.stringify(dialects[into].writeAnswer(answer, { request, requestId: "req_1", createdAt: 1 }));
      expect(written, into).toMatch(quoted);
    }
  });
});
