import { sampleOf } from "./sample.ts";

interface DemoAnswer {
  readonly answer: unknown;
  readonly chunks: readonly unknown[];
}

interface Message {
  readonly role?: unknown;
  readonly content?: unknown;
}

/** Why no provider would take a request; undefined where one would. */
export function refusalOf({ messages, tools }: Record<string, unknown>): string | undefined {
  for (const [at, message] of listOf(messages).entries()) {
    if (!isObject(message)) return `messages[${at}] must be an object.`;
    const { content } = message;
    const known = typeof content === "string" || (content ?? undefined) === undefined || Array.isArray(content);
    if (!known || !listOf(content).every(isObject)) return `messages[${at}].content must be text or a list of parts.`;
  }
  for (const [at, tool] of listOf(tools).entries()) {
    if (!isObject(tool)) return `tools[${at}] must be an object.`;
    if (tool.function === undefined) continue;
    if (!isObject(tool.function) || typeof tool.function.name !== "string") return `tools[${at}].function must have a name.`;
  }
  return undefined;
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Answers a Chat Completions request: calls a tool when one is offered and not yet answered, else talks. */
export function answerChat(request: Record<string, unknown>): DemoAnswer {
  const messages = (Array.isArray(request.messages) ? request.messages : []) as Message[];
  const last = messages.at(-1);
  const call = last?.role === "tool" ? undefined : toolToCall(request);
  const text = call ? "" : textFor(request, last, messages);
  const input = Math.ceil(JSON.stringify(messages).length / 4);
  const output = Math.ceil((call ? call.arguments.length : text.length) / 4);
  const usage = { prompt_tokens: input, completion_tokens: output, total_tokens: input + output };
  return {
    answer: {
      ...head(request, "chat.completion"),
      choices: [{ index: 0, message: messageOf(text, call), logprobs: null, finish_reason: call ? "tool_calls" : "stop" }],
      usage,
    },
    chunks: chunksOf(request, text, call, usage),
  };
}

interface DemoCall {
  readonly name: string;
  readonly arguments: string;
}

function head(request: Record<string, unknown>, object: string): Record<string, unknown> {
  return { id: "chatcmpl-demo", object, created: Math.floor(Date.now() / 1000), model: request.model };
}

function messageOf(text: string, call: DemoCall | undefined): unknown {
  if (!call) return { role: "assistant", content: text, refusal: null };
  return { role: "assistant", content: null, tool_calls: [{ id: "call_demo_0", type: "function", function: call }] };
}

function chunksOf(request: Record<string, unknown>, text: string, call: DemoCall | undefined, usage: unknown): unknown[] {
  const chunk = (delta: unknown, finish: string | null = null) => ({
    ...head(request, "chat.completion.chunk"),
    choices: [{ index: 0, delta, finish_reason: finish }],
  });
  const deltas = call
    ? [
        { tool_calls: [{ index: 0, id: "call_demo_0", type: "function", function: { name: call.name, arguments: "" } }] },
        ...piecesOf(call.arguments, /.{1,12}/gs).map((piece) => ({ tool_calls: [{ index: 0, function: { arguments: piece } }] })),
      ]
    : piecesOf(text, /\S*\s*/g).map((content) => ({ content }));
  const askedForUsage = (request.stream_options as { include_usage?: unknown } | undefined)?.include_usage === true;
  return [
    chunk({ role: "assistant", content: call ? null : "" }),
    ...deltas.map((delta) => chunk(delta)),
    chunk({}, call ? "tool_calls" : "stop"),
    ...(askedForUsage ? [{ ...head(request, "chat.completion.chunk"), choices: [], usage }] : []),
  ];
}

function piecesOf(text: string, pattern: RegExp): string[] {
  return (text.match(pattern) ?? []).filter((piece) => piece !== "");
}

/** The tool that the caller names, else the first one; none where the choice is `none`. */
function toolToCall(request: Record<string, unknown>): DemoCall | undefined {
  const tools = (Array.isArray(request.tools) ? request.tools : []) as { function?: { name?: string; parameters?: unknown } }[];
  const choice = request.tool_choice as string | { function?: { name?: string } } | null | undefined;
  if (choice === "none") return undefined;
  const named = typeof choice === "object" ? choice?.function?.name : undefined;
  const tool = tools.find(
    (candidate) => candidate.function?.name !== undefined && (named === undefined || candidate.function.name === named),
  );
  if (!tool?.function?.name) return undefined;
  return { name: tool.function.name, arguments: JSON.stringify(sampleOf(tool.function.parameters ?? { type: "object" })) };
}

function textFor(request: Record<string, unknown>, last: Message | undefined, messages: readonly Message[]): string {
  const format = request.response_format as { type?: string; json_schema?: { schema?: unknown } } | undefined;
  if (format?.type === "json_schema") return JSON.stringify(sampleOf(format.json_schema?.schema));
  if (format?.type === "json_object") return JSON.stringify({ answer: "This is the demo model." });
  if (last?.role === "tool") return `The tool answered: ${textOf(last)}`;
  const asked = textOf(messages.findLast((message) => message.role === "user"));
  return `This is Sluice's demo model: no network, no key, always the same answer. You said: ${asked || "nothing"}`;
}

function textOf(message: Message | undefined): string {
  const content = message?.content;
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) return "";
  return content
    .map((part: { text?: unknown; type?: unknown }) =>
      typeof part.text === "string" ? part.text : `[${typeof part.type === "string" ? part.type : "part"}]`,
    )
    .join(" ");
}
