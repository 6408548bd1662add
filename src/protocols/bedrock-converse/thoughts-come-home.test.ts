import { expect, test } from "bun:test";
import { type Answer, JsonBody, Losses } from "../../exchange/index.ts";
import { anthropicMessages } from "../anthropic-messages/index.ts";
import { openaiChat } from "../openai-chat/index.ts";
import { openaiResponses } from "../openai-responses/index.ts";
import { type Fields, isFields, listOf } from "./fields.ts";
import { bedrockConverse } from "./index.ts";

const thoughts = [
  { reasoningContent: { reasoningText: { text: "Hm, größer.\n\nYes.", signature: "Ev8B+/.==" } } },
  { reasoningContent: { redactedContent: "RXRrRUNr" } },
];
const answer: Answer = bedrockConverse.readAnswer({
  output: { message: { role: "assistant", content: [...thoughts, { text: "Hi" }] } },
  stopReason: "end_turn",
});
const request = { dialect: "openai-chat", model: "m", items: [], stream: false } as const;

/** The next turn, as a client of the dialect sends it that keeps what it got. */
const nextTurns: readonly [typeof openaiChat, (written: Fields) => Fields][] = [
  [
    openaiChat,
    ({ choices }) => ({ messages: [{ role: "user", content: "x" }, (choices as Fields[])[0]?.message, { role: "user", content: "y" }] }),
  ],
  [
    openaiResponses,
    ({ output }) => ({ input: [{ role: "user", content: "x" }, ...listOf(output), { role: "user", content: "y" }], store: false }),
  ],
  [
    anthropicMessages,
    ({ content }) => ({
      max_tokens: 9,
      messages: [
        { role: "user", content: "x" },
        { role: "assistant", content },
        { role: "user", content: "y" },
      ],
    }),
  ],
];

test.each(nextTurns.map(([dialect, nextTurn]) => ({ id: dialect.id, dialect, nextTurn })))(
  "what Bedrock sealed comes home byte for byte through clients of $id",
  ({ dialect, nextTurn }) => {
    const context = { request: { ...request, include: ["reasoning.encrypted_content"] }, requestId: "req_1", createdAt: 0 };
    const written = JSON.parse(JSON.stringify(dialect.writeAnswer(answer, context))) as Fields;
    const body = JsonBody.scan(new TextEncoder().encode(JSON.stringify({ model: "m", ...nextTurn(written) })));
    const read = dialect.readRequest(body, { header: () => undefined });
    const losses = new Losses();
    const again = bedrockConverse.writeRequest(read, { provider: "aws", model: "us.anthropic.claude-x" }, losses);
    const turn = (again.messages as Fields[])[1];
    expect(listOf(turn?.content).filter((block) => isFields(block) && block.reasoningContent !== undefined)).toEqual(thoughts);
    expect(losses.list).toEqual([]);
  },
);
