import {
  counts,
  errorOf,
  type Json,
  listOf,
  type Media,
  mediaOf,
  objectOf,
  piecesOf,
  Refused,
  type Reply,
  refuseUnknown,
  type Sent,
  seal,
  type UpstreamDialect,
} from "./asked.ts";

const known =
  "model input instructions store stream stream_options include reasoning text tools tool_choice parallel_tool_calls max_tool_calls temperature top_p top_logprobs max_output_tokens truncation prompt_cache_key prompt_cache_options safety_identifier user metadata service_tier".split(
    " ",
  );
const usage = {
  input_tokens: counts.fresh + counts.cached,
  input_tokens_details: { cached_tokens: counts.cached },
  output_tokens: counts.output,
  output_tokens_details: { reasoning_tokens: counts.reasoning },
  total_tokens: counts.fresh + counts.cached + counts.output,
};

/** The Responses API of a provider that keeps nothing. */
export const responses: UpstreamDialect = {
  id: "openai-responses",
  error: (status, message) => errorOf("openai-responses", status, message),
  read(body) {
    refuseUnknown(body, known);
    const items = typeof body.input === "string" ? [{ role: "user", content: body.input }] : listOf(body.input);
    if (items.length === 0) throw new Refused("'input' must not be empty.");
    checkCalls(items);
    const users = items.filter(({ role }) => role === "user").map(({ content }) => contentOf(content));
    const told = items.filter(({ role }) => role === "system" || role === "developer").map(({ content }) => contentOf(content).text);
    return {
      stream: body.stream === true,
      usageAsked: true,
      instructions: typeof body.instructions === "string" ? [body.instructions, ...told] : told,
      question: users.at(-1)?.text ?? "",
      media: users.flatMap(({ media }) => media),
      tools: listOf(body.tools).map(toolName),
      results: items.filter(({ type }) => type === "function_call_output").map(({ output }) => contentOf(output).text),
      schema: objectOf(objectOf(body.text).format).type === "json_schema",
      reasoning: body.reasoning !== undefined && objectOf(body.reasoning).effort !== "none",
      kept: items.flatMap(({ type, encrypted_content: kept }) => (type === "reasoning" && kept === seal ? [seal] : [])),
    };
  },
  whole: (reply, model) => ({ ...headOf(model, "completed"), output: itemsOf(reply), usage }),
  events(reply, model) {
    const begun = { ...headOf(model, "in_progress"), output: [], usage: null };
    const events = [
      { type: "response.created", response: begun },
      { type: "response.in_progress", response: begun },
      ...itemsOf(reply).flatMap((item, index) => eventsOf(item, index)),
      { type: "response.completed", response: responses.whole(reply, model) },
    ];
    return events.map((event, index): Sent => ({ name: event.type, data: JSON.stringify({ ...event, sequence_number: index }) }));
  },
};

function headOf(model: string, status: string): Json {
  return {
    id: "resp_upstream1",
    object: "response",
    created_at: 1_700_000_000,
    status,
    background: false,
    error: null,
    incomplete_details: null,
    instructions: null,
    max_output_tokens: null,
    model,
    parallel_tool_calls: true,
    previous_response_id: null,
    reasoning: { effort: null, summary: null },
    store: false,
    temperature: 1,
    text: { format: { type: "text" } },
    tool_choice: "auto",
    tools: [],
    top_p: 1,
    truncation: "disabled",
    metadata: {},
  };
}

type Item = Json & { readonly id: string };

function itemsOf(reply: Reply): Item[] {
  const summary = [{ type: "summary_text", text: reply.reasoning }];
  return [
    ...(reply.reasoning ? [{ id: "rs_upstream1", type: "reasoning", summary, encrypted_content: seal }] : []),
    ...(reply.text ? [messageOf(reply.text)] : []),
    ...reply.calls.map((call, index) => ({
      id: `fc_upstream${index}`,
      type: "function_call",
      status: "completed",
      call_id: call.id,
      name: call.name,
      arguments: call.arguments,
    })),
  ];
}

function messageOf(text: string): Item {
  const content = [{ type: "output_text", text, annotations: [], logprobs: [] }];
  return { id: "msg_upstream1", type: "message", status: "completed", role: "assistant", content };
}

interface Event extends Json {
  readonly type: string;
}

function eventsOf(item: Item, index: number): Event[] {
  const place = { item_id: item.id, output_index: index };
  const frame = (begun: Json, inner: Event[]): Event[] => [
    { type: "response.output_item.added", output_index: index, item: { ...item, ...begun } },
    ...inner,
    { type: "response.output_item.done", output_index: index, item },
  ];
  if (item.type === "function_call") {
    const text = String(item.arguments);
    const deltas = piecesOf(text).map((delta) => ({ type: "response.function_call_arguments.delta", ...place, delta }));
    const done = { type: "response.function_call_arguments.done", ...place, name: item.name, arguments: text };
    return frame({ status: "in_progress", arguments: "" }, [...deltas, done]);
  }
  if (item.type === "reasoning") {
    const part = listOf(item.summary)[0]!;
    const at = { ...place, summary_index: 0 };
    return frame({ summary: [], encrypted_content: "" }, [
      { type: "response.reasoning_summary_part.added", ...at, part: { ...part, text: "" } },
      ...piecesOf(String(part.text)).map((delta) => ({ type: "response.reasoning_summary_text.delta", ...at, delta })),
      { type: "response.reasoning_summary_text.done", ...at, text: part.text },
      { type: "response.reasoning_summary_part.done", ...at, part },
    ]);
  }
  const part = listOf(item.content)[0]!;
  const at = { ...place, content_index: 0 };
  return frame({ status: "in_progress", content: [] }, [
    { type: "response.content_part.added", ...at, part: { ...part, text: "" } },
    ...piecesOf(String(part.text)).map((delta) => ({ type: "response.output_text.delta", ...at, delta, logprobs: [] })),
    { type: "response.output_text.done", ...at, text: part.text, logprobs: [] },
    { type: "response.content_part.done", ...at, part },
  ]);
}

function toolName(tool: Json): string {
  if (tool.type !== "function" || typeof tool.name !== "string") throw new Refused("Invalid value in 'tools'.");
  if (objectOf(tool.parameters).type !== "object") throw new Refused(`Invalid schema for function '${tool.name}'.`);
  return tool.name;
}

function contentOf(content: unknown): { text: string; media: Media[] } {
  if (typeof content === "string") return { text: content, media: [] };
  const parts = listOf(content);
  return {
    text: parts.flatMap(({ type, text }) => (type === "input_text" || type === "output_text" ? [String(text)] : [])).join(" "),
    media: parts.flatMap((part): Media[] => {
      if (part.type === "input_text" || part.type === "output_text") return [];
      if (part.type === "input_image") return [mediaOf(part.image_url)];
      if (part.type === "input_file") return [mediaOf(part.file_data)];
      throw new Refused(`Invalid content part '${part.type}'.`);
    }),
  };
}

function checkCalls(items: readonly Json[]): void {
  const calls = new Set(items.flatMap(({ type, call_id: id }) => (type === "function_call" ? [id] : [])));
  for (const { type, call_id: id } of items) {
    if (type === "function_call_output" && !calls.delete(id)) throw new Refused(`No tool call found for function call output '${id}'.`);
  }
  if (calls.size > 0) throw new Refused(`No tool output found for function call ${[...calls].join(", ")}.`);
}
