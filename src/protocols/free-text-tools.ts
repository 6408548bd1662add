import type { Answer, AnswerEvent, CustomTool, FunctionTool, Item, Losses, ModelRequest } from "../exchange/index.ts";
import type { Dialect } from "./dialect.ts";
import { fieldsOf, isFields, textOf } from "./json-fields.ts";

/**
 * Tools that take free text (`custom`: OpenAI's alone) for everybody else: upstream a function with one parameter for the
 * text, towards the client the tool that it offered. A grammar goes along in words, which nothing enforces.
 */
export function withFreeTextTools(dialect: Dialect): Dialect {
  return {
    ...dialect,
    writeRequest: (request, target, losses) =>
      dialect.writeRequest(target.freeTextTools === true ? request : asFunctions(request, losses), target, losses),
    writeAnswer(answer, context) {
      const names = freeTextNames(context.request);
      return dialect.writeAnswer(names ? asFreeText(answer, names) : answer, context);
    },
    writeStream(context) {
      const writer = dialect.writeStream(context);
      const names = freeTextNames(context.request);
      if (!names) return writer;
      const calls = new FreeTextCalls(names);
      return { write: (events) => writer.write(calls.read(events)), fault: (fault) => writer.fault(fault) };
    },
  };
}

const parameter = "input";

function freeTextNames({ tools }: ModelRequest): ReadonlySet<string> | undefined {
  const names = tools?.flatMap((tool) => (tool.type === "custom" ? [tool.name] : []));
  return names && names.length > 0 ? new Set(names) : undefined;
}

function asFunctions(request: ModelRequest, losses: Losses): ModelRequest {
  const offered = freeTextNames(request) !== undefined;
  if (!offered && !request.items.some((item) => item.type === "call" && item.custom)) return request;
  const tools = request.tools?.map((tool, index) => (tool.type === "custom" ? asFunction(tool, `tools[${index}]`, losses) : tool));
  return { ...request, ...(tools && { tools }), items: request.items.map(withoutFreeText) };
}

function asFunction({ name, description, format }: CustomTool, path: string, losses: Losses): FunctionTool {
  const form = fieldsOf(format);
  const grammar = isFields(form.grammar) ? form.grammar : form;
  const definition = textOf(grammar.definition);
  losses.add("free_text_tool_emulated", path, definition === undefined ? "Q" : "S", "emulated");
  const rule = definition === undefined ? "" : `\n\nIt must match this grammar (${textOf(grammar.syntax) ?? "lark"}):\n${definition}`;
  return {
    type: "function",
    name,
    ...(description !== undefined && { description }),
    schema: {
      type: "object",
      properties: { [parameter]: { type: "string", description: `The whole input of the tool, as plain text.${rule}` } },
      required: [parameter],
      additionalProperties: false,
    },
  };
}

/** A call of the history as the model would have made it; its result says nothing of free text. */
function withoutFreeText(item: Item): Item {
  if (item.type === "call" && item.custom) {
    const { custom: _custom, arguments: text, ...call } = item;
    return { ...call, arguments: JSON.stringify({ [parameter]: text }) };
  }
  if (item.type === "result" && item.custom) {
    const { custom: _custom, ...result } = item;
    return result;
  }
  return item;
}

/** The text in the arguments of such a function; whatever else a model wrote there stays as it is. */
function freeText(json: string): string {
  try {
    const value: unknown = JSON.parse(json);
    return textOf(fieldsOf(value)[parameter]) ?? json;
  } catch {
    return json;
  }
}

function asFreeText(answer: Answer, names: ReadonlySet<string>): Answer {
  const ofItem = (item: Item): Item =>
    item.type === "call" && !item.custom && names.has(item.name) ? { ...item, arguments: freeText(item.arguments), custom: true } : item;
  return { ...answer, choices: answer.choices.map((choice) => ({ ...choice, items: choice.items.map(ofItem) })) };
}

/** The same for events. The text waits for its end: half a JSON text says nothing for sure. */
class FreeTextCalls {
  readonly #names: ReadonlySet<string>;
  readonly #open = new Map<number, string>();

  constructor(names: ReadonlySet<string>) {
    this.#names = names;
  }

  read(events: readonly AnswerEvent[]): AnswerEvent[] {
    return events.flatMap((event) => this.#event(event));
  }

  #event(event: AnswerEvent): AnswerEvent[] {
    if (event.type === "call-start" && !event.custom && this.#names.has(event.name)) {
      this.#open.set(event.block, "");
      return [{ ...event, custom: true }];
    }
    if (event.type !== "call-delta" && event.type !== "call-end") return [event];
    const json = this.#open.get(event.block);
    if (json === undefined) return [event];
    if (event.type === "call-delta") {
      this.#open.set(event.block, json + event.arguments);
      return [];
    }
    this.#open.delete(event.block);
    const { block, choice } = event;
    return [{ type: "call-delta", block, choice, arguments: freeText(json) }, event];
  }
}
