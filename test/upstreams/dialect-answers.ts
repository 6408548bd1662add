import type { ScriptedDialect } from "./scripted-dialect.ts";

/** One event of a stream: its name where the dialect has names, and its data. */
export interface ScriptedEvent {
  readonly name?: string;
  readonly data: string;
}

/** What the usage of an answer says. */
export type UsageStyle = "true" | "negative" | "huge" | "missing";

export interface AnswerOptions {
  readonly model: string;
  readonly tools: boolean;
  readonly usage: UsageStyle;
}

export const answerWords: readonly string[] = ["The ", "quick ", "brown ", "fox ", "jumps ", "over."];
export const toolArguments: readonly string[] = ['{"city":', '"Ber', 'lin"}'];
export const toolName = "get_weather";
/** The usage that an honest answer reports. */
export const answerUsage = { input: 11, output: 7 };

const usageCounts: Readonly<Record<UsageStyle, { input: number; output: number } | undefined>> = {
  true: answerUsage,
  negative: { input: -11, output: -7 },
  huge: { input: 9e15, output: 9e15 },
  missing: undefined,
};

interface Answers {
  /** The last one is the dialect's terminal event. */
  events(options: AnswerOptions): ScriptedEvent[];
  /** One more delta with this text, as `events` has them. */
  delta(text: string, options: AnswerOptions): ScriptedEvent;
  /** Place of the first delta among `events`. */
  readonly firstDelta: number;
  whole(options: AnswerOptions, text?: string, finished?: boolean): unknown;
  errorEvent(): ScriptedEvent;
  errorBody(status: number): unknown;
}

const chat: Answers = {
  firstDelta: 1,
  events(options) {
    const chunk = (delta: unknown, finish: string | null = null) => ({
      data: JSON.stringify({ ...chatHead(options, "chat.completion.chunk"), choices: [{ index: 0, delta, finish_reason: finish }] }),
    });
    const call = (part: unknown) => chunk({ tool_calls: [part] });
    const content = options.tools
      ? [
          call({ index: 0, id: "call_1", type: "function", function: { name: toolName, arguments: "" } }),
          ...toolArguments.map((piece) => call({ index: 0, function: { arguments: piece } })),
        ]
      : answerWords.map((word) => chat.delta(word, options));
    return [
      chunk({ role: "assistant", content: options.tools ? null : "" }),
      ...content,
      chunk({}, options.tools ? "tool_calls" : "stop"),
      { data: JSON.stringify({ ...chatHead(options, "chat.completion.chunk"), choices: [], ...chatUsage(options) }) },
      { data: "[DONE]" },
    ];
  },
  delta(text, options) {
    const choice = { index: 0, delta: { content: text }, finish_reason: null };
    return { data: JSON.stringify({ ...chatHead(options, "chat.completion.chunk"), choices: [choice] }) };
  },
  whole(options, text = answerWords.join(""), finished = true) {
    const call = { id: "call_1", type: "function", function: { name: toolName, arguments: toolArguments.join("") } };
    const message = options.tools ? { role: "assistant", content: null, tool_calls: [call] } : { role: "assistant", content: text };
    const reason = options.tools ? "tool_calls" : "stop";
    const choice = { index: 0, message, finish_reason: finished ? reason : null };
    return { ...chatHead(options, "chat.completion"), choices: [choice], ...chatUsage(options) };
  },
  errorEvent: () => ({ data: JSON.stringify(chat.errorBody(500)) }),
  errorBody: (status) => ({
    error: { message: `scripted failure ${status}`, type: openaiErrorType(status), param: null, code: openaiErrorCode(status) },
  }),
};

const responses: Answers = {
  firstDelta: 4,
  events(options) {
    const item = responseItem(options);
    const place = { item_id: item.id, output_index: 0 };
    const part = { ...place, content_index: 0 };
    const text = { type: "output_text", text: answerWords.join(""), annotations: [] };
    const content: NamedEvent[] = options.tools
      ? [
          ...toolArguments.map((delta) => ({ type: "response.function_call_arguments.delta", ...place, delta })),
          { type: "response.function_call_arguments.done", ...place, arguments: toolArguments.join("") },
        ]
      : [
          { type: "response.content_part.added", ...part, part: { ...text, text: "" } },
          ...answerWords.map((delta) => ({ type: "response.output_text.delta", ...part, delta })),
          { type: "response.output_text.done", ...part, text: text.text },
          { type: "response.content_part.done", ...part, part: text },
        ];
    const begun = { ...responseHead(options, "in_progress"), output: [] };
    const opened = options.tools ? { ...item, status: "in_progress", arguments: "" } : { ...item, status: "in_progress", content: [] };
    const events: NamedEvent[] = [
      { type: "response.created", response: begun },
      { type: "response.in_progress", response: begun },
      { type: "response.output_item.added", output_index: 0, item: opened },
      ...content,
      { type: "response.output_item.done", output_index: 0, item },
      { type: "response.completed", response: responses.whole(options) },
    ];
    return events.map((event, index) => named({ ...event, sequence_number: index }));
  },
  delta(text) {
    return named({
      type: "response.output_text.delta",
      item_id: "msg_1",
      output_index: 0,
      content_index: 0,
      delta: text,
      sequence_number: 4,
    });
  },
  whole(options, text, finished = true) {
    const head = responseHead(options, finished ? "completed" : "in_progress");
    const counts = usageCounts[options.usage];
    const usage = counts && { input_tokens: counts.input, output_tokens: counts.output, total_tokens: counts.input + counts.output };
    return { ...head, output: [responseItem(options, text)], ...(usage === undefined ? {} : { usage }) };
  },
  errorEvent: () => named({ type: "error", code: "server_error", message: "scripted failure 500", param: null, sequence_number: 99 }),
  errorBody: chat.errorBody,
};

const messages: Answers = {
  firstDelta: 3,
  events(options) {
    const counts = usageCounts[options.usage];
    const begun = { ...messageHead(options), content: [], stop_reason: null, stop_sequence: null };
    const start = { ...begun, ...(counts === undefined ? {} : { usage: { input_tokens: counts.input, output_tokens: 1 } }) };
    const delta = { stop_reason: options.tools ? "tool_use" : "end_turn", stop_sequence: null };
    const opened = options.tools ? { type: "tool_use", id: "toolu_1", name: toolName, input: {} } : { type: "text", text: "" };
    return [
      named({ type: "message_start", message: start }),
      named({ type: "content_block_start", index: 0, content_block: opened }),
      named({ type: "ping" }),
      ...(options.tools
        ? toolArguments.map((piece) =>
            named({ type: "content_block_delta", index: 0, delta: { type: "input_json_delta", partial_json: piece } }),
          )
        : answerWords.map((word) => messages.delta(word, options))),
      named({ type: "content_block_stop", index: 0 }),
      named({ type: "message_delta", delta, ...(counts === undefined ? {} : { usage: { output_tokens: counts.output } }) }),
      named({ type: "message_stop" }),
    ];
  },
  delta: (text) => named({ type: "content_block_delta", index: 0, delta: { type: "text_delta", text } }),
  whole(options, text = answerWords.join(""), finished = true) {
    const counts = usageCounts[options.usage];
    const input: unknown = JSON.parse(toolArguments.join(""));
    const block = options.tools ? { type: "tool_use", id: "toolu_1", name: toolName, input } : { type: "text", text };
    const reason = options.tools ? "tool_use" : "end_turn";
    const usage = counts && { input_tokens: counts.input, output_tokens: counts.output };
    const head = { ...messageHead(options), content: [block], stop_reason: finished ? reason : null, stop_sequence: null };
    return { ...head, ...(usage === undefined ? {} : { usage }) };
  },
  errorEvent: () => named({ type: "error", error: { type: "overloaded_error", message: "scripted failure 529" } }),
  errorBody: (status) => ({
    type: "error",
    error: { type: anthropicErrorType(status), message: `scripted failure ${status}` },
    request_id: "req_1",
  }),
};

export const dialectAnswers: Readonly<Record<ScriptedDialect, Answers>> = {
  "openai-chat": chat,
  "openai-responses": responses,
  "anthropic-messages": messages,
};

type NamedEvent = Record<string, unknown> & { readonly type: string };

function named(event: NamedEvent): ScriptedEvent {
  return { name: event.type, data: JSON.stringify(event) };
}

function chatHead(options: AnswerOptions, object: string) {
  return { id: "chatcmpl-1", object, created: 1_700_000_000, model: options.model };
}

function chatUsage(options: AnswerOptions) {
  const counts = usageCounts[options.usage];
  if (counts === undefined) return {};
  return { usage: { prompt_tokens: counts.input, completion_tokens: counts.output, total_tokens: counts.input + counts.output } };
}

function responseHead(options: AnswerOptions, status: string) {
  return { id: "resp_1", object: "response", created_at: 1_700_000_000, model: options.model, status };
}

function responseItem(options: AnswerOptions, text = answerWords.join("")) {
  if (options.tools) {
    return { id: "fc_1", type: "function_call", status: "completed", call_id: "call_1", name: toolName, arguments: toolArguments.join("") };
  }
  return {
    id: "msg_1",
    type: "message",
    status: "completed",
    role: "assistant",
    content: [{ type: "output_text", text, annotations: [] }],
  };
}

function messageHead(options: AnswerOptions) {
  return { id: "msg_1", type: "message", role: "assistant", model: options.model };
}

function openaiErrorType(status: number): string {
  if (status === 401) return "authentication_error";
  if (status === 403) return "permission_error";
  if (status === 429) return "rate_limit_error";
  return status < 500 ? "invalid_request_error" : "server_error";
}

function openaiErrorCode(status: number): string | null {
  if (status === 401) return "invalid_api_key";
  if (status === 404) return "model_not_found";
  return status === 429 ? "rate_limit_exceeded" : null;
}

function anthropicErrorType(status: number): string {
  const types: Readonly<Record<number, string>> = {
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
    529: "overloaded_error",
  };
  return types[status] ?? (status < 500 ? "invalid_request_error" : "api_error");
}
