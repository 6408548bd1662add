import { type Json, madeId, type PlayedTurn, piecesOf, sealedBytes } from "../play.ts";
import { list, object, type PlayedUsage, type SeenBlock, type SeenResult, sse, type UpstreamDialect } from "../upstream-dialect.ts";
import { unanswered } from "./anthropic-messages.ts";

// https://platform.openai.com/docs/api-reference/responses and /responses-streaming.

const longestUser = 64;

export const openaiResponses: UpstreamDialect = {
  id: "openai-responses",
  model: "gpt-5.1-codex",
  contentType: "text/event-stream",
  members: ["input", "tools", "instructions", "reasoning"],
  resultImages: true,
  reportsCache: "reads",
  said: (turn, conversation) => itemsOf(turn, conversation).map(seenBlock),
  whole: (turn, usage, conversation) => ({
    ...head(turn, conversation, "completed"),
    output: itemsOf(turn, conversation),
    usage: usageOf(usage),
  }),
  stream(turn, usage, conversation) {
    const begun = { ...head(turn, conversation, "in_progress"), output: [], usage: null };
    const events = [
      { type: "response.created", response: begun },
      { type: "response.in_progress", response: begun },
      ...itemsOf(turn, conversation).flatMap(itemEvents),
      { type: "response.completed", response: openaiResponses.whole(turn, usage, conversation) },
    ];
    return sse(events.map((event, sequence_number) => ({ ...event, sequence_number })));
  },
  read(body) {
    const turns: { blocks: SeenBlock[]; results: SeenResult[] }[] = [];
    const questions: string[] = [];
    const system = [String(body.instructions ?? "")];
    let open = false;
    for (const item of list(body.input)) {
      const isResult = item.type === "function_call_output" || item.type === "custom_tool_call_output";
      const isMine =
        item.role === "assistant" || item.type === "reasoning" || item.type === "function_call" || item.type === "custom_tool_call";
      if (isMine && !open) turns.push({ blocks: [], results: [] });
      open = isMine;
      if (isMine) turns.at(-1)?.blocks.push(seenBlock(item));
      else if (isResult) turns.at(-1)?.results.push(seenResult(item));
      else if (item.role === "user") questions.push(textOf(item.content));
      else system.push(textOf(item.content));
    }
    return { system: system.join("\n").trim(), tools: list(body.tools).map(({ name, type }) => String(name ?? type)), questions, turns };
  },
  refuses(body, seen, play) {
    const user = String(body.user ?? body.safety_identifier ?? "");
    if (user.length > longestUser)
      return `Invalid 'user': string too long. Expected a string with maximum length 64, but got a string with length ${user.length} instead.`;
    if (String(body.prompt_cache_key ?? "").length > longestUser) return "Invalid 'prompt_cache_key': string too long.";
    const items = list(body.input);
    const loose = items.findIndex((item, at) => item.type === "reasoning" && (at === items.length - 1 || items[at + 1]?.role === "user"));
    if (loose >= 0) return `Item '${String(items[loose]?.id)}' of type 'reasoning' was provided without its required following item.`;
    if (list(body.tools).some(({ name }) => String(name ?? "").length > 64)) return "Invalid 'tools[0].name': string too long.";
    return unanswered(seen.turns, play.turns);
  },
  error: (message) => ({ error: { message, type: "invalid_request_error", param: null, code: null } }),
};

function head({ number }: PlayedTurn, conversation: string, status: string): Json {
  return {
    id: madeId("resp_", conversation, number),
    object: "response",
    created_at: 1_780_000_000 + number,
    status,
    error: null,
    incomplete_details: null,
    model: "gpt-5.1-codex",
    parallel_tool_calls: true,
    store: false,
    tool_choice: "auto",
    tools: [],
  };
}

function usageOf({ uncached, cacheRead, cacheWrite, output }: PlayedUsage): Json {
  const input_tokens = uncached + cacheRead + cacheWrite;
  return {
    input_tokens,
    input_tokens_details: { cached_tokens: cacheRead },
    output_tokens: output,
    output_tokens_details: { reasoning_tokens: 2 },
    total_tokens: input_tokens + output,
  };
}

function itemsOf(turn: PlayedTurn, conversation: string): Json[] {
  const id = (prefix: string, place = 0) => madeId(prefix, conversation, turn.number, place);
  const said = { type: "output_text", text: turn.text, annotations: [], logprobs: [] };
  const summary = turn.redacted ? [] : [{ type: "summary_text", text: turn.thought }];
  return [
    ...(turn.thought === undefined
      ? []
      : [{ id: id("rs_"), type: "reasoning", summary, encrypted_content: sealedBytes("openai", conversation, turn.number) }]),
    ...(turn.text === undefined ? [] : [{ id: id("msg_"), type: "message", role: "assistant", status: "completed", content: [said] }]),
    ...turn.calls.map(({ name, namespace, input }, place) => {
      const call = { status: "completed", call_id: id("call_", place), name, ...(namespace !== undefined && { namespace }) };
      return typeof input === "string"
        ? { id: id("ctc_", place), type: "custom_tool_call", ...call, input }
        : { id: id("fc_", place), type: "function_call", ...call, arguments: JSON.stringify(input) };
    }),
  ];
}

function itemEvents(item: Json, output_index: number): Json[] {
  const place = { item_id: item.id, output_index };
  const around = (begun: Json, inner: Json[]) => [
    { type: "response.output_item.added", output_index, item: { ...item, status: "in_progress", ...begun } },
    ...inner,
    { type: "response.output_item.done", output_index, item },
  ];
  const grow = (name: string, text: string, more: Json = {}) => [
    ...piecesOf(text).map((delta) => ({ type: `response.${name}.delta`, ...place, ...more, delta })),
  ];
  switch (item.type) {
    case "reasoning":
      return around(
        { summary: [], encrypted_content: "gAAAAAbegun" },
        list(item.summary).flatMap((part, summary_index) => [
          { type: "response.reasoning_summary_part.added", ...place, summary_index, part: { ...part, text: "" } },
          ...grow("reasoning_summary_text", String(part.text), { summary_index }),
          { type: "response.reasoning_summary_text.done", ...place, summary_index, text: part.text },
          { type: "response.reasoning_summary_part.done", ...place, summary_index, part },
        ]),
      );
    case "message": {
      const part = list(item.content)[0] ?? {};
      return around({ content: [] }, [
        { type: "response.content_part.added", ...place, content_index: 0, part: { ...part, text: "" } },
        ...grow("output_text", String(part.text), { content_index: 0, logprobs: [] }),
        { type: "response.output_text.done", ...place, content_index: 0, text: part.text, logprobs: [] },
        { type: "response.content_part.done", ...place, content_index: 0, part },
      ]);
    }
    case "custom_tool_call":
      return around({ input: "" }, [
        ...grow("custom_tool_call_input", String(item.input)),
        { type: "response.custom_tool_call_input.done", ...place, input: item.input },
      ]);
    default:
      return around({ arguments: "" }, [
        ...grow("function_call_arguments", String(item.arguments)),
        { type: "response.function_call_arguments.done", ...place, arguments: item.arguments },
      ]);
  }
}

function seenBlock(item: Json): SeenBlock {
  switch (item.type) {
    case "reasoning":
      return {
        kind: "thought",
        text: list(item.summary)
          .map(({ text }) => text)
          .join("\n\n"),
        ...(item.encrypted_content != null && { seal: String(item.encrypted_content) }),
      };
    case "function_call":
    case "custom_tool_call": {
      const namespace = item.namespace === undefined ? {} : { namespace: String(item.namespace) };
      const input = item.type === "function_call" ? JSON.parse(String(item.arguments)) : item.input;
      return { kind: "call", id: String(item.call_id), name: String(item.name), ...namespace, input };
    }
    default:
      return { kind: "text", text: textOf(item.content) };
  }
}

function textOf(content: unknown): string {
  return typeof content === "string"
    ? content
    : list(content)
        .map(({ text }) => String(text))
        .join("");
}

function seenResult({ call_id, output }: Json): SeenResult {
  const parts = typeof output === "string" ? [{ type: "input_text", text: output }] : list(output).map(object);
  const text = parts.flatMap((part) => (part.text === undefined ? [] : [String(part.text)])).join("\n");
  return { id: String(call_id), text, images: parts.filter(({ type }) => type === "input_image").length };
}
