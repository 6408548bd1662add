import { type AnswerEvent, Fault, type Item, JsonBody, type ModelRequest } from "../../../src/exchange/index.ts";
import { codecs } from "../../../src/protocols/every-codec.ts";
import type { Codec } from "../../../src/protocols/index.ts";
import { isJson } from "./realtime-messages.ts";

export interface RpcMessage {
  readonly id?: string | number;
  readonly method?: string;
  readonly params: Json;
  readonly result?: unknown;
  readonly error?: unknown;
}

type Json = Readonly<Record<string, unknown>>;

/** @throws Fault `request_malformed` */
export function readRpc(body: JsonBody): RpcMessage {
  const json = body.parse();
  const { id, method, params, result, error } = json;
  if (json.jsonrpc !== "2.0")
    throw new Fault("request_malformed", { message: 'A message must have `"jsonrpc": "2.0"`.', param: "jsonrpc" });
  return {
    ...((typeof id === "string" || typeof id === "number") && { id }),
    ...(typeof method === "string" && { method }),
    params: isJson(params) ? params : {},
    ...(result !== undefined && { result }),
    ...(error !== undefined && { error }),
  };
}

/** Faults as JSON-RPC errors. A sampling or elicitation that is not allowed is, to the server, one that was declined: -1. */
export function rpcCodec(idOf: () => string | number | undefined): Codec {
  return {
    ...codecs["openai-models"],
    writeFault(fault, requestId) {
      const code = fault.blame === "policy" ? -1 : fault.code === "request_malformed" ? -32602 : -32603;
      const data = { code: fault.code, requestId };
      return { status: fault.status, body: { jsonrpc: "2.0", id: idOf() ?? null, error: { code, message: fault.message, data } } };
    },
  };
}

/** In-band, on a stream that has begun: the error that answers the request. */
export function rpcWriter(codec: Codec, requestId: string) {
  return { write: () => "", fault: (fault: Fault) => `data: ${JSON.stringify(codec.writeFault(fault, requestId).body)}\n\n` };
}

/** Texts in any JSON value, as items: what a rule has to read of a tool's arguments, a sampling request or a form. */
export function requestOfTexts(model: string, value: unknown): ModelRequest {
  const items: Item[] = [{ type: "message", role: "user", parts: [...textsIn(value)].map((text) => ({ type: "text", text })) }];
  return { dialect: "openai-responses", model, items, stream: true };
}

/** The same as events, for what answers. */
export function eventsOfTexts(value: unknown): AnswerEvent[] {
  const events: AnswerEvent[] = [];
  for (const text of textsIn(value)) {
    const at = { block: events.length, choice: 0 };
    events.push({ type: "text-start", ...at }, { type: "text-delta", ...at, text }, { type: "text-end", ...at });
  }
  return events;
}

function* textsIn(value: unknown): Generator<string> {
  if (typeof value === "string") yield value;
  else if (Array.isArray(value)) for (const element of value) yield* textsIn(element);
  else if (isJson(value)) for (const member of Object.values(value)) yield* textsIn(member);
}

export function scanned(message: unknown): JsonBody {
  return JsonBody.scan(new TextEncoder().encode(JSON.stringify(message)));
}
