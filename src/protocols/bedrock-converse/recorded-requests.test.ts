import { describe, expect, test } from "bun:test";
import { Fault, JsonBody, Losses } from "../../exchange/index.ts";
import { anthropicMessages } from "../anthropic-messages/index.ts";
import type { Dialect } from "../dialect.ts";
import { openaiChat } from "../openai-chat/index.ts";
import { type Fields, isFields } from "./fields.ts";
import { bedrockConverse } from "./index.ts";
import { recordingsOnDisk } from "./recordings-on-disk.ts";

const { calls, folder } = recordingsOnDisk();
const refusals = calls.filter((one) => one.status >= 400);
const requests = calls.filter((one) => one.request);
console.info(
  calls.length === 0
    ? `SKIPPED: 0 recordings, because ${folder} is not there`
    : `${requests.length} recorded requests, of which ${requests.filter(({ request = {} }) => holdsOwnOnly(request)).length} hold what is for Bedrock alone; ${refusals.length} refusals`,
);

describe("recorded refusals and requests", () => {
  test.each(refusals)("$name is a refusal that names its reason", ({ status, headers, answer: body = {} }) => {
    const bytes = new TextEncoder().encode(JSON.stringify(body));
    const fault = bedrockConverse.readFault({ status, header: (name) => headers[name], body: bytes });
    expect([fault.code, fault.status, fault.message]).toEqual(["upstream_rejected", status, String(body.message)]);
    if (headers["x-amzn-errortype"]) expect(fault.nativeType).toBe("ValidationException");
  });

  test.each(requests)("$name: the request is written back as it was read", ({ request = {}, model = "", stream }) => {
    const body = JsonBody.scan(new TextEncoder().encode(JSON.stringify(request)));
    const losses = new Losses();
    const read = bedrockConverse.readRequest(body, { model, stream: stream !== undefined, header: () => undefined });
    expect([read.model, read.stream]).toEqual([model, stream !== undefined]);
    const written = bedrockConverse.writeRequest(read, { provider: "aws", model, midSystem: true }, losses);
    expect(normalRequest(JSON.parse(JSON.stringify(written)))).toEqual(normalRequest(request));
    expect(losses.list).toEqual([]);
    expect(bedrockConverse.editRequest(body, { provider: "aws", model }, losses)).toEqual([]);
  });

  test.each(requests)("$name: the request goes to another dialect and comes back with the same words", ({ request = {}, model = "" }) => {
    const body = JsonBody.scan(new TextEncoder().encode(JSON.stringify(request)));
    const read = bedrockConverse.readRequest(body, { model, stream: false, header: () => undefined });
    for (const dialect of [openaiChat, anthropicMessages]) {
      const losses = new Losses();
      const told = translated(() => dialect.writeRequest(read, { provider: "other", model: "m" }, losses));
      if (holdsOwnOnly(request)) {
        expect(told === undefined || losses.list.some((loss) => loss.class === "S"), dialect.id).toBe(true);
        continue;
      }
      const scanned = JsonBody.scan(new TextEncoder().encode(JSON.stringify(told)));
      const again = dialect.readRequest(scanned, { header: () => undefined });
      const back = bedrockConverse.writeRequest(again, { provider: "aws", model }, new Losses());
      expect(JSON.stringify(bedrockConverse.writeRequest(again, { provider: "aws", model }, new Losses()))).toBe(JSON.stringify(back));
      expect(wordsIn(back), dialect.id).toEqual(wordsIn(request));
    }
  });
});

/** Undefined where the other dialect refused it. */
function translated(write: () => ReturnType<Dialect["writeRequest"]>): Fields | undefined {
  try {
    return write();
  } catch (error) {
    expect(Fault.from(error).code).toBe("request_unsupported");
    return undefined;
  }
}

// ---- requests: equal but for what Bedrock reads as the same

function normalRequest(request: Fields): Fields {
  const out: Record<string, unknown> = {};
  for (const [name, value] of Object.entries({ ...request, messages: mergedTurns(request.messages as Fields[]) })) {
    const empty = isFields(value) ? Object.keys(value).length === 0 : Array.isArray(value) && value.length === 0;
    if (!empty) out[name] = name === "outputConfig" ? JSON.parse(JSON.stringify(value), openSchema) : value;
  }
  return out;
}

/** A schema in a string may be spaced in any way. */
function openSchema(name: string, value: unknown): unknown {
  return name === "schema" && typeof value === "string" ? JSON.parse(value) : value;
}

function mergedTurns(messages: readonly Fields[]): unknown[] {
  const turns: { role: unknown; content: unknown[] }[] = [];
  for (const message of messages) {
    const content = (message.content as Fields[]).filter((block) => block.text !== "");
    if (turns.at(-1)?.role === message.role) turns.at(-1)?.content.push(...content);
    else turns.push({ role: message.role, content });
  }
  return turns;
}

/** Video, guarded content, results of searches, tools that come later, Bedrock's own tools and places in S3 are for Bedrock alone. */
function holdsOwnOnly(request: Fields): boolean {
  const text = JSON.stringify(request);
  return /"(video|guardContent|searchResult|toolAddition|toolRemoval|systemTool|s3Location|server_tool_use|guardrailConfig)":?/.test(text);
}

function wordsIn(request: Fields): unknown[] {
  return mergedTurns(request.messages as Fields[]).map((turn) => {
    const { role, content } = turn as { role: unknown; content: Fields[] };
    return {
      role,
      texts: content.flatMap((block) => (typeof block.text === "string" ? [block.text] : [])).join("\n"),
      calls: content.flatMap((block) => (isFields(block.toolUse) ? [[block.toolUse.name, block.toolUse.input]] : [])),
      results: content.filter((block) => block.toolResult !== undefined).length,
    };
  });
}
