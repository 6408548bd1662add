import { describe, expect, test } from "bun:test";
import { dialectIds, JsonBody, type ReasoningItem, sealKinds } from "../../exchange/index.ts";
import { anthropicMessages } from "../anthropic-messages/index.ts";
import { bedrockConverse } from "../bedrock-converse/index.ts";
import type { Dialect } from "../dialect.ts";
import { gemini } from "../gemini/index.ts";
import { readForeign } from "./foreign-thoughts.ts";

/** What a client of the dialect sends on its next turn, of the answer that it got. */
interface Carrier {
  readonly dialect: Dialect;
  readonly nextTurn: (written: Written) => unknown;
}

interface Written {
  readonly content?: unknown;
  readonly output?: { readonly message: unknown };
  readonly candidates?: readonly { readonly content: unknown }[];
}

const carriers: readonly Carrier[] = [
  {
    dialect: anthropicMessages,
    nextTurn: ({ content }) => ({ model: "m", max_tokens: 9, messages: [{ role: "assistant", content }] }),
  },
  { dialect: bedrockConverse, nextTurn: ({ output }) => ({ messages: [output?.message] }) },
  { dialect: gemini, nextTurn: ({ candidates }) => ({ contents: candidates?.map(({ content }) => content) }) },
];

const ways = carriers.flatMap((carrier) =>
  dialectIds.filter((id) => id !== carrier.dialect.id).map((thinker) => ({ thinker, through: carrier.dialect.id, ...carrier })),
);

test.each(ways)("what $thinker thought and sealed comes home through clients of $through", ({ thinker, dialect, nextTurn }) => {
  for (const kind of sealKinds) {
    const sealed = { kind, value: 'a.b:+/=="ü' };
    for (const more of [{ id: "rs.1 %/ü", sealed }, { sealed }, {}]) {
      const thought: ReasoningItem = { type: "reasoning", dialect: thinker, summary: ["Hm, größer."], ...more };
      expect(thoughtsIn(turn(dialect, nextTurn, thought))).toEqual([thought]);
    }
  }
});

describe("a tag", () => {
  test("that is not ours is nobody's", () => {
    expect(readForeign("EpYCCkYIBRgCKkA")).toBeUndefined();
    expect(readForeign("")).toBeUndefined();
  });

  test.each(["sluice.", "sluice.nobody.signature.id.value", "sluice.openai-chat.signature.%E0%A4.value"])(
    "that a client cut or changed (%s) seals nothing",
    (signature) => {
      expect(readForeign(signature)).toEqual({ dialect: "openai-chat" });
    },
  );
});

function turn(dialect: Dialect, nextTurn: Carrier["nextTurn"], thought: ReasoningItem) {
  const message = { type: "message", role: "assistant", parts: [{ type: "text", text: "Hi" }] } as const;
  const answer = { id: "a", model: "m", choices: [{ items: [thought, message], finish: { reason: "stop" } as const }] };
  const request = { dialect: dialect.id, model: "m", items: [], stream: false };
  const written = JSON.parse(JSON.stringify(dialect.writeAnswer(answer, { request, requestId: "req_1", createdAt: 0 })));
  const body = JsonBody.scan(new TextEncoder().encode(JSON.stringify(nextTurn(written))));
  return dialect.readRequest(body, { model: "m", stream: false, header: () => undefined });
}

function thoughtsIn({ items }: ReturnType<typeof turn>) {
  return items.filter((item) => item.type === "reasoning");
}
