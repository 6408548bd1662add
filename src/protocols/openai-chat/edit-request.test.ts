import { describe, expect, test } from "bun:test";
import { JsonBody } from "../../exchange/index.ts";
import { openaiChat } from "./index.ts";

const scan = (members: object) => JsonBody.scan(new TextEncoder().encode(JSON.stringify({ model: "m", ...members })));
const target = { provider: "any", model: "m", streamUsage: "always" } as const;
const own = { type: "reasoning.encrypted", data: "x", format: "sluice/openai-responses", index: 0 };

describe("a body of this dialect for an upstream of this dialect", () => {
  test("says system where the provider knows no developer", () => {
    const messages = [
      { role: "developer", content: "Be brief." },
      { role: "user", content: '"developer"' },
    ];
    const mended = [{ role: "system", content: "Be brief." }, messages[1]];
    expect(openaiChat.editRequest(scan({ messages }), { ...target, developerRole: false })).toEqual([
      { name: "messages", json: JSON.stringify(mended) },
    ]);
    expect(openaiChat.editRequest(scan({ messages }), target)).toEqual([]);
    expect(openaiChat.editRequest(scan({ messages: messages.slice(1) }), { ...target, developerRole: false })).toEqual([]);
  });

  test("mends role and thoughts at once", () => {
    const messages = [
      { role: "developer", content: "Be brief." },
      { role: "assistant", content: "!", reasoning_content: "so", reasoning_details: [own] },
    ];
    const [edit] = openaiChat.editRequest(scan({ messages }), { ...target, developerRole: false });
    expect(JSON.parse(edit?.json ?? "")).toEqual([
      { role: "system", content: "Be brief." },
      { role: "assistant", content: "!" },
    ]);
  });
});

describe("a refusal in Mistral's form", () => {
  const refused = (status: number, body: unknown) => {
    const { nativeBody } = openaiChat.readFault({ status, header: () => undefined, body: new TextEncoder().encode(JSON.stringify(body)) });
    return JSON.parse(new TextDecoder().decode(nativeBody)) as unknown;
  };

  test("gets one beside the provider's own members, which clients of this dialect can read", () => {
    const mistral = { object: "error", message: "No.", type: "invalid_request_error", param: null, code: "3210" };
    const error = { message: "No.", type: "invalid_request_error", param: null, code: "3210" };
    expect(refused(400, mistral)).toEqual({ ...mistral, error });
    expect(refused(404, { object: "error", message: "Gone." })).toMatchObject({ message: "Gone.", error: { code: "model_not_found" } });
  });

  test("stays as it is where there is one, or no words", () => {
    for (const body of [{ error: { message: "No." } }, { error: "No." }, { detail: "No." }, { object: "error" }, ["No."]])
      expect(refused(400, body)).toEqual(body);
  });
});
