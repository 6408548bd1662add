import type { Answer, AnswerEvent, CallItem, Item, Losses, ModelRequest } from "../../exchange/index.ts";
import type { Dialect, TargetTraits } from "../dialect.ts";
import { asFunction, asJson, freeText } from "./free-text-tools.ts";
import { flatTools, namespaceOf, withFlatName } from "./namespaces.ts";

/**
 * Tools in forms that OpenAI's dialects alone have, for everybody else: what takes free text is a function with one text, what stands in
 * a namespace bears its name. Towards the client a call is again one of the tool that it offered.
 */
export function withPlainTools(dialect: Dialect): Dialect {
  return {
    ...dialect,
    writeRequest: (request, target, losses) => dialect.writeRequest(plainRequest(request, dialect, target, losses), target, losses),
    writeAnswer(answer, context) {
      const offered = offeredTools(context.request);
      return dialect.writeAnswer(offered ? ofOffered(answer, offered) : answer, context);
    },
    writeStream(context) {
      const writer = dialect.writeStream(context);
      const offered = offeredTools(context.request);
      if (!offered) return writer;
      const calls = new OfferedCalls(offered);
      return { write: (events) => writer.write(calls.read(events)), fault: (fault) => writer.fault(fault) };
    },
  };
}

function plainRequest(request: ModelRequest, into: Dialect, target: TargetTraits, losses: Losses): ModelRequest {
  const spread = into.id === "openai-responses" ? request : withoutNamespaces(request, losses);
  return target.freeTextTools === true ? spread : withoutFreeText(spread, losses);
}

function withoutNamespaces(request: ModelRequest, losses: Losses): ModelRequest {
  if (request.dialect !== "openai-responses") return request;
  const tools = request.tools && flatTools(request.tools, losses).map(({ tool }) => tool);
  return { ...request, ...(tools && { tools }), items: request.items.map(withFlatName) };
}

function withoutFreeText(request: ModelRequest, losses: Losses): ModelRequest {
  const isFree = ({ type }: { readonly type: string }) => type === "custom";
  if (!request.tools?.some(isFree) && !request.items.some((item) => "custom" in item && item.custom)) return request;
  const tools = request.tools?.map((tool, index) => (tool.type === "custom" ? asFunction(tool, `tools[${index}]`, losses) : tool));
  return { ...request, ...(tools && { tools }), items: request.items.map(asJson) };
}

/** What the client calls the tool that the upstream knows under a plain name. */
interface Offered {
  readonly name: string;
  readonly namespace: string | undefined;
  readonly custom: boolean;
}

/** By the plain name; undefined where all names and forms are plain already. */
function offeredTools({ dialect, tools = [] }: ModelRequest): ReadonlyMap<string, Offered> | undefined {
  if (!tools.some(({ type }) => type === "custom" || type === "opaque")) return undefined;
  const offered = new Map<string, Offered>();
  for (const { tool, name, namespace } of flatTools(
    dialect === "openai-responses" ? tools : tools.filter(({ type }) => type === "custom"),
  )) {
    if (tool.type === "custom" || (tool.type === "function" && namespace !== undefined)) {
      offered.set(tool.name, { name, namespace, custom: tool.type === "custom" });
    }
  }
  return offered.size > 0 ? offered : undefined;
}

type CallHead = Pick<CallItem, "name" | "custom" | "extra">;

function headOf<Head extends CallHead>(head: Head, { name, namespace, custom }: Offered): Head {
  return { ...head, name, ...(custom && { custom }), ...namespaceOf(namespace) };
}

function ofOffered(answer: Answer, offered: ReadonlyMap<string, Offered>): Answer {
  const ofItem = (item: Item): Item => {
    const tool = item.type === "call" && !item.custom ? offered.get(item.name) : undefined;
    if (!tool || item.type !== "call") return item;
    return { ...headOf(item, tool), ...(tool.custom && { arguments: freeText(item.arguments) }) };
  };
  return { ...answer, choices: answer.choices.map((choice) => ({ ...choice, items: choice.items.map(ofItem) })) };
}

/** The same for events. A free text waits for its end: half a JSON text says nothing for sure. */
class OfferedCalls {
  readonly #offered: ReadonlyMap<string, Offered>;
  readonly #texts = new Map<number, string>();

  constructor(offered: ReadonlyMap<string, Offered>) {
    this.#offered = offered;
  }

  read(events: readonly AnswerEvent[]): AnswerEvent[] {
    return events.flatMap((event) => this.#event(event));
  }

  #event(event: AnswerEvent): AnswerEvent[] {
    if (event.type === "call-start") {
      const tool = event.custom ? undefined : this.#offered.get(event.name);
      if (tool?.custom) this.#texts.set(event.block, "");
      return [tool ? headOf(event, tool) : event];
    }
    if (event.type !== "call-delta" && event.type !== "call-end") return [event];
    const json = this.#texts.get(event.block);
    if (json === undefined) return [event];
    if (event.type === "call-delta") {
      this.#texts.set(event.block, json + event.arguments);
      return [];
    }
    this.#texts.delete(event.block);
    const { block, choice } = event;
    return [{ type: "call-delta", block, choice, arguments: freeText(json) }, event];
  }
}
