import {
  type DialectId,
  Fault,
  type Item,
  Losses,
  type ModelRequest,
  type SurfaceId,
  type TaskName,
  type TaskShapes,
  taskOf,
} from "../../src/exchange/index.ts";
import { codecs, dialects } from "../../src/protocols/every-codec.ts";
import { isTaskCodec, type TargetTraits } from "../../src/protocols/index.ts";

/** One question whose answer is worth keeping. */
export interface Scenario {
  /** Also the fixture's file name, behind the provider's. */
  readonly name: string;
  readonly stream: boolean;
  readonly body: Readonly<Record<string, unknown>>;
  /** The model in the path, where it stands there. */
  readonly model: string;
}

const weather = {
  type: "function",
  name: "get_weather",
  description: "Tells the weather of a city right now.",
  schema: { type: "object", properties: { city: { type: "string" } }, required: ["city"], additionalProperties: false },
} as const;

const person = {
  type: "object",
  properties: { name: { type: "string" }, age: { type: "integer" } },
  required: ["name", "age"],
  additionalProperties: false,
};

/** A red square of eight by eight. */
const redSquare = "iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAIAAABLbSncAAAAFklEQVR42mP4z8CAFTEMLYlRBwMA6x4/AWBU1v8AAAAASUVORK5CYII=";

/** What is asked of a conversation's surface. Few tokens each: recording costs money. */
function conversations(dialect: DialectId, model: string): readonly (readonly [name: string, request: ModelRequest])[] {
  const ask = (name: string, text: string, more: Partial<ModelRequest> = {}): readonly [string, ModelRequest] => [
    name,
    { dialect, model, items: [said(text)], stream: false, maxOutputTokens: 512, ...more },
  ];
  const streamed = { stream: true, includeUsage: true };
  return [
    ask("whole", "Which river is longer, Po or Tiber? Answer in three words."),
    ask("stream", "Which river is longer, Po or Tiber? Answer in three words.", streamed),
    ask("tools", "What is the weather in Rome? Use the tool.", { tools: [weather] }),
    ask("tools-stream", "What is the weather in Rome? Use the tool.", { tools: [weather], ...streamed }),
    ask("schema", "Ada is 36. Give her as JSON.", { output: { type: "json-schema", name: "person", schema: person, strict: true } }),
    ask("image", "", { items: [pictured("Which colour is this? One word.")] }),
    ask("error", "Hi", { model: "no-such-model-of-this-provider" }),
  ];
}

function said(text: string): Item {
  return { type: "message", role: "user", parts: [{ type: "text", text }] };
}

function pictured(text: string): Item {
  const image = { type: "image", source: { kind: "base64", mediaType: "image/png", data: redSquare } } as const;
  return { type: "message", role: "user", parts: [image, { type: "text", text }] };
}

/** Undefined where the surface, or the model, has no form for the question. */
function formOf<Body>(write: () => Body): Body | undefined {
  try {
    return write();
  } catch (error) {
    if (error instanceof Fault && error.code === "request_unsupported") return undefined;
    throw error;
  }
}

/** What is asked of the surfaces beside conversation. */
const beside: { readonly [Name in TaskName]?: readonly (readonly [name: string, request: TaskShapes[Name]["request"]])[] } = {
  embed: [["whole", { model: "", inputs: [{ type: "text", text: "The Po is long." }], purpose: "document" }]],
  rerank: [["whole", { model: "", query: "Which river is long?", documents: ["The Po is long.", "Rome is old."], top: 2 }]],
  moderate: [["whole", { model: "", inputs: [{ type: "text", text: "Good morning." }], together: false }]],
};

/** The questions for a surface, in its own form, without those for which it has no form. Empty where there is nothing to ask. */
export function scenariosOf(surface: SurfaceId, target: TargetTraits): readonly Scenario[] {
  const dialect = taskOf(surface) === "chat" ? dialects[surface] : undefined;
  if (dialect && dialect.id === surface && "writeRequest" in dialect) {
    return conversations(dialect.id as DialectId, target.model).flatMap(([name, request]) => {
      const body = formOf(() => dialect.writeRequest(request, { ...target, model: request.model }, new Losses()));
      return body ? [{ name, stream: request.stream, body, model: request.model }] : [];
    });
  }
  const codec = codecs[surface];
  if (!isTaskCodec(codec) || codec.task !== taskOf(surface)) return [];
  return (beside[codec.task] ?? []).map(([name, request]) => ({
    name,
    stream: false,
    body: codec.writeRequest({ ...request, model: target.model }, target, new Losses()),
    model: target.model,
  }));
}
