import {
  type Exchange,
  type ExchangeKind,
  Fault,
  type GatewayRequest,
  JsonBody,
  type ModelRequest,
  type Principal,
} from "../exchange/index.ts";
import type { AnyDialect, Codec } from "../protocols/index.ts";
import type { RouteMatch } from "./routes.ts";

export interface ReadOptions {
  readonly meter: { readonly id: string; readonly startedAt: number; readonly startedTick: number };
  readonly maxBodyBytes: number;
  readonly codec: Codec;
  readonly dialect: AnyDialect | undefined;
}

const longestModel = 256;

/** Members whose meaning the gateway acts on: a twin that differs in case only would be read by some parsers and not by others. */
const actedOn = new Set(["model", "stream", "messages", "input", "tools", "max_tokens", "stream_options"]);

/**
 * The request's bytes as an exchange. Only the top level is looked at here; the whole is read when a rule or a
 * translation asks for it.
 *
 * @throws Fault `request_*`
 */
export async function readExchange(http: GatewayRequest, match: RouteMatch, principal: Principal, options: ReadOptions): Promise<Exchange> {
  const { row } = match;
  const body = JsonBody.scan(await http.body(options.maxBodyBytes));
  refuseTwins(body);
  const inPath = row.path.includes("{model}");
  const model = inPath ? match.rest : (body.get("model") ?? options.codec.defaultModel);
  if (typeof model !== "string" || model === "") {
    throw new Fault("request_malformed", {
      message: `The request names no model: ${inPath ? "the path must name one" : "`model` must be text that is not empty"}.`,
      param: "model",
    });
  }
  if (model.length > longestModel || /\p{Cc}|\p{Cs}/u.test(model)) {
    throw new Fault("request_malformed", { message: `\`model\` must be at most ${longestModel} printable characters.`, param: "model" });
  }
  options.codec.checkRequest(body);
  const stream = row.stream ?? options.codec.streams?.(body) ?? false;
  const context = { header: (name: string) => http.header(name), model, stream };
  let request: ModelRequest | undefined;
  return {
    id: options.meter.id,
    kind: row.kind as ExchangeKind,
    surface: row.protocol,
    startedAt: options.meter.startedAt,
    startedTick: options.meter.startedTick,
    http,
    signal: http.signal,
    principal,
    body,
    model,
    stream,
    strict: http.header("x-sluice-strict") === "true",
    read() {
      if (!options.dialect) throw new Fault("request_unsupported", { message: "This endpoint holds no conversation to read." });
      request ??= options.dialect.readRequest(body, context);
      return request;
    },
  };
}

function refuseTwins(body: JsonBody): void {
  for (const name of body.names) {
    const lower = name.toLowerCase();
    if (lower !== name && actedOn.has(lower)) {
      throw new Fault("request_malformed", { message: `Unknown member "${name}"; did you mean "${lower}"?`, param: name });
    }
  }
}
