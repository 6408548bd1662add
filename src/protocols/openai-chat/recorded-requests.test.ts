import { describe, expect, test } from "bun:test";
import { loadTranscripts, transcriptsFolder } from "../../../test/transcripts/load.ts";
import { JsonBody, Losses } from "../../exchange/index.ts";
import { openaiChat } from "./index.ts";
import { isObject, type JsonObject, listOf, objectOf, textOf } from "./json-value.ts";

const folder = transcriptsFolder();
const recordings = folder === undefined ? [] : loadTranscripts(folder).exchanges.filter((one) => one.dialect === "openai-chat");
const requests = recordings
  .filter((one) => Array.isArray(one.requestJson?.messages) && one.requestJson.messages.length > 0)
  .map((one) => ({ name: one.id, one }));
/** Some providers took calls without an id in a history; results cannot be matched to them, so the gateway refuses them. */
const nameless = requests.filter(({ one }) =>
  listOf(one.requestJson?.messages).some((message) => listOf(objectOf(message).tool_calls).some((call) => objectOf(call).id === undefined)),
);
console.info(
  recordings.length === 0
    ? "SKIPPED: 0 recorded requests of Chat Completions, because the data folder is not there"
    : `Chat Completions: ${requests.length} recorded requests`,
);

describe("recorded requests of Chat Completions", () => {
  test.each(nameless)("$name holds a call without an id and is refused", ({ one }) => {
    const body = JsonBody.scan(one.request?.body ?? new Uint8Array());
    expect(() => openaiChat.readRequest(body, { header: () => undefined })).toThrow("tool_calls[0].id");
  });

  test.each(requests.filter((one) => !nameless.includes(one)))("$name is written back with the same meaning", ({ one }) => {
    const body = JsonBody.scan(one.request?.body ?? new Uint8Array());
    openaiChat.checkRequest(body);
    const request = openaiChat.readRequest(body, { header: () => undefined });
    const native = body.parse();
    const losses = new Losses();
    const limit = native.max_tokens === undefined ? "max_completion_tokens" : "max_tokens";
    const written = openaiChat.writeRequest(
      request,
      { provider: "p", model: request.model, outputLimitField: limit, streamUsage: "never" },
      losses,
    );
    expect(normal(JSON.parse(JSON.stringify(written)))).toEqual(normal(native));
    expect(losses.list).toEqual([]);
  });
});

/** What two ways of saying the same request have in common. */
function normal(value: unknown): unknown {
  const request = objectOf(value);
  const { functions, function_call: call, tools, stream_options: options, stop, messages, n: _n, ...rest } = request;
  const { include_usage: _asked, ...others } = objectOf(options);
  return dropEmpty({
    ...rest,
    stream: rest.stream === true ? true : undefined,
    reasoning_effort: rest.reasoning_effort,
    n: request.n ?? undefined,
    tool_choice: normalChoice(rest.tool_choice ?? (isObject(call) ? { function: call } : call)),
    stop: typeof stop === "string" ? [stop] : stop,
    stream_options: others,
    tools: [...listOf(tools).map(normalTool), ...listOf(functions).map((old) => ({ type: "function", function: old }))],
    messages: oneTurn(listOf(messages)).map(normalMessage),
  });
}

/** Hugging Face's client names the function alone. */
function normalChoice(choice: unknown): unknown {
  if (choice === "any") return "required";
  return isObject(choice) && isObject(choice.function) ? { ...choice, type: "function" } : choice;
}

/** A turn that was sent as an empty message and its calls is one message. */
function oneTurn(messages: readonly unknown[]): JsonObject[] {
  return messages.map(objectOf).filter((message, index) => {
    const next = objectOf(messages[index + 1]);
    return !(message.role === "assistant" && next.role === "assistant" && !message.content && !message.tool_calls);
  });
}

function normalTool(tool: unknown): unknown {
  const { index: _index, ...rest } = objectOf(tool);
  return isObject(rest.function) ? { ...rest, type: "function" } : rest;
}

function normalMessage(value: unknown): unknown {
  const message = objectOf(value);
  const { content, reasoning, reasoning_content: plain, tool_calls: calls, function_call: call, ...rest } = message;
  const only = Array.isArray(content) && content.length === 1 ? objectOf(content[0]) : undefined;
  const simple = only?.type === "text" && Object.keys(only).length === 2 ? only.text : content;
  return {
    ...rest,
    role: rest.role,
    content: normalContent(simple),
    reasoning_content: plain ?? reasoning,
    tool_calls: listOf(calls).map((entry) => {
      const { index: _index, ...kept } = objectOf(entry);
      return kept;
    }),
    function_call: call,
  };
}

function normalContent(content: unknown): unknown {
  if (!Array.isArray(content)) return content === null ? "" : content;
  const joined = content.map((part) => {
    if (!isObject(part) || !Array.isArray(part.thinking)) return part;
    return { ...part, thinking: [{ type: "text", text: part.thinking.map((piece) => textOf(objectOf(piece).text)).join("") }] };
  });
  return joined.map((part) =>
    isObject(part) && part.type === "image_url" && typeof part.image_url === "string"
      ? { ...part, image_url: { url: part.image_url } }
      : part,
  );
}

/** Null, empty lists and empty strings say nothing on this wire. */
function dropEmpty(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(dropEmpty);
  if (!isObject(value)) return value;
  const out: JsonObject = {};
  for (const [name, member] of Object.entries(value)) {
    const kept = dropEmpty(member);
    if (kept === null || kept === undefined || kept === "" || (Array.isArray(kept) && kept.length === 0)) continue;
    if (isObject(kept) && Object.keys(kept).length === 0 && isObject(member) && Object.keys(member).length > 0) continue;
    if (name === "stream_options" && isObject(kept) && Object.keys(kept).length === 0) continue;
    out[name] = kept;
  }
  return out;
}
