import { describe, expect, test } from "bun:test";
import { type AnswerEvent, type Item, JsonBody, Losses, type ModelRequest } from "../../exchange/index.ts";
import type { TargetTraits } from "../dialect.ts";
import { sseEvents } from "../framing/sse.ts";
import { openaiResponses } from "./index.ts";
import { openForeign } from "./sealed.ts";
import { isWire, listOf, type Wire, wireOf } from "./wire.ts";

const encoder = new TextEncoder();

const target: TargetTraits = { provider: "openai", model: "gpt-5.6" };

const user: Item = { type: "message", role: "user", parts: [{ type: "text", text: "Hi" }] };

function bodyOf(wire: Wire): JsonBody {
  return JsonBody.scan(encoder.encode(JSON.stringify(wire)));
}

function read(wire: Wire): ModelRequest {
  return openaiResponses.readRequest(bodyOf({ model: "m", ...wire }), { header: () => undefined });
}

function streamOf(events: readonly AnswerEvent[], request: Partial<ModelRequest> = {}): Wire[] {
  const context = {
    request: { dialect: "openai-responses" as const, model: "alias", items: [user], stream: true, ...request },
    requestId: "req_1",
    createdAt: 7,
  };
  const writer = openaiResponses.writeStream(context);
  return framesOf(events.map((event) => writer.write([event])).join(""));
}

function framesOf(text: string): Wire[] {
  return sseEvents(encoder.encode(text)).map((event) => {
    const data = JSON.parse(event.data) as Wire;
    expect(data.type).toBe(event.event);
    return data;
  });
}

describe("reasoning of another provider", () => {
  const events: AnswerEvent[] = [
    { type: "answer-start", id: "msg_1", model: "claude" },
    { type: "reasoning-start", block: 0, choice: 0, dialect: "anthropic-messages" },
    { type: "reasoning-delta", block: 0, choice: 0, text: "Hm…", form: "summary", paragraph: 0 },
    { type: "reasoning-end", block: 0, choice: 0, sealed: { kind: "signature", value: "sig+/=" } },
    { type: "text-start", block: 1, choice: 0 },
    { type: "text-delta", block: 1, choice: 0, text: "Yes" },
    { type: "text-end", block: 1, choice: 0 },
    { type: "choice-finish", choice: 0, finish: { reason: "stop", native: "end_turn" } },
    { type: "answer-end" },
  ];
  const output = () => listOf(wireOf(streamOf(events).at(-1)?.response).output).filter(isWire);

  test("comes back from the client with its signature, byte for byte", () => {
    const [reasoning] = read({ input: output() }).items;
    expect(reasoning).toEqual({
      type: "reasoning",
      dialect: "anthropic-messages",
      summary: ["Hm…"],
      sealed: { kind: "signature", value: "sig+/=" },
    });
    const answer = { id: "a", model: "claude", choices: [{ items: [reasoning as Item] }] };
    const request = { dialect: "openai-responses" as const, model: "m", items: [], stream: false };
    const whole = wireOf(openaiResponses.writeAnswer(answer, { request, requestId: "req_1", createdAt: 7 }));
    expect(listOf(whole.output)[0]).toEqual(output()[0]);
  });

  test("never reaches an upstream of this dialect, written or untouched", () => {
    const wire = { model: "gpt-5.6", input: [...output(), { role: "user", content: "And?" }] };
    const losses = new Losses();
    const written = openaiResponses.writeRequest(read(wire), target, losses);
    expect(
      listOf(written.input)
        .filter(isWire)
        .map((item) => item.type),
    ).toEqual(["message", "message"]);
    expect(losses.list.map((loss) => loss.code)).toEqual(["reasoning_foreign_dropped"]);
    const body = bodyOf(wire);
    const edited = JSON.parse(new TextDecoder().decode(body.splice(openaiResponses.editRequest(body, target)))) as Wire;
    expect(edited.input).toEqual(wire.input.slice(1));
  });

  test("is told from the provider's own", () => {
    expect(openForeign("gAAAAAB")).toBeUndefined();
    expect(openForeign("sluice-sealed-v1.%%%")).toEqual({ dialect: "openai-chat", form: "summary" });
  });
});
