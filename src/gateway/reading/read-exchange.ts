import type { Meter } from "../../accounting/index.ts";
import {
  type Exchange,
  type ExchangeKind,
  Fault,
  type GatewayRequest,
  JsonBody,
  type ModelRequest,
  type Principal,
  type Spool,
} from "../../exchange/index.ts";
import { type AnyDialect, boundaryOf, type Codec, isMediaCodec } from "../../protocols/index.ts";
import type { RouteMatch } from "../routes.ts";
import { readEndUser } from "./read-end-user.ts";
import { type Form, readForm } from "./read-form.ts";

export interface ReadOptions {
  readonly meter: Pick<Meter, "id" | "startedAt" | "startedTick" | "detail">;
  readonly limits: { readonly maxBodyBytes: number; readonly maxUploadBytes: number };
  readonly spool: Spool;
  readonly codec: Codec;
  readonly dialect: AnyDialect | undefined;
  readonly usersFromBody: boolean;
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
  refusePacked(http.header("content-encoding"));
  const form = options.codec.forms === undefined ? undefined : await formOf(http, options);
  try {
    return read(http, match, principal, options, form ?? { body: JsonBody.scan(await http.body(options.limits.maxBodyBytes)) });
  } catch (error) {
    await form?.release();
    throw error;
  }
}

/** Undefined where the body is JSON. @throws Fault `request_malformed` where it must not be */
async function formOf(http: GatewayRequest, { codec, limits, spool }: ReadOptions): Promise<Form | undefined> {
  const boundary = boundaryOf(http.header("content-type"));
  if (boundary !== undefined) return readForm(http, boundary, limits.maxUploadBytes, spool);
  if (codec.forms === "also") return undefined;
  throw new Fault("request_malformed", { message: "This endpoint takes multipart/form-data." });
}

function read(
  http: GatewayRequest,
  match: RouteMatch,
  principal: Principal,
  options: ReadOptions,
  { body: sent, files, release }: { readonly body: JsonBody } & Partial<Form>,
): Exchange {
  const { row } = match;
  const { codec } = options;
  refuseTwins(sent);
  const inPath = row.path.includes("{model}");
  const model = inPath ? match.rest : (sent.get("model") ?? codec.defaultModel);
  if (typeof model !== "string" || model === "") {
    throw new Fault("request_malformed", {
      message: `The request names no model: ${inPath ? "the path must name one" : "`model` must be text that is not empty"}.`,
      param: "model",
    });
  }
  if (model.length > longestModel || /\p{Cc}|\p{Cs}/u.test(model)) {
    throw new Fault("request_malformed", { message: `\`model\` must be at most ${longestModel} printable characters.`, param: "model" });
  }
  const body = row.modelInBody && sent.get("model") !== model ? withMember(sent, "model", model) : sent;
  codec.checkRequest(body, files);
  const stream = row.stream ?? codec.streams?.(body) ?? false;
  const foreseen = isMediaCodec(codec) ? codec.foresee?.(body, files ?? []) : undefined;
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
    endUser: principal.mayPassUser === true ? readEndUser(http, body, options.usersFromBody) : undefined,
    tags: options.meter.detail.metadata,
    body,
    ...(files && { files }),
    ...(release && { release }),
    ...(foreseen && { foreseen }),
    model,
    stream,
    strict: readStrict(http.header("x-sluice-strict")),
    read() {
      if (!options.dialect) throw new Fault("request_unsupported", { message: "This endpoint holds no conversation to read." });
      request ??= options.dialect.readRequest(body, { header: (name: string) => http.header(name), model, stream });
      return request;
    },
  };
}

function withMember(body: JsonBody, name: string, value: string): JsonBody {
  return JsonBody.scan(body.splice([{ name, json: JSON.stringify(value) }]));
}

/** The same exchange with another body. */
export function withBody(exchange: Exchange, body: JsonBody, dialect: AnyDialect | undefined): Exchange {
  const { http, model, stream } = exchange;
  let request: ModelRequest | undefined;
  return {
    ...exchange,
    body,
    read() {
      if (!dialect) return exchange.read();
      request ??= dialect.readRequest(body, { header: (name: string) => http.header(name), model, stream });
      return request;
    },
  };
}

/** The same exchange for another model. */
export function withModel(exchange: Exchange, model: string, dialect: AnyDialect | undefined): Exchange {
  return withBody({ ...exchange, model }, exchange.body, dialect);
}

/** Who asked for strictness in words of their own must not get an answer without it. @throws Fault `request_malformed` */
function readStrict(value: string | undefined): boolean {
  const word = value?.trim().toLowerCase() ?? "";
  if (word === "true" || word === "1") return true;
  if (word === "" || word === "false" || word === "0") return false;
  throw new Fault("request_malformed", { message: "x-sluice-strict must be true or false.", param: "x-sluice-strict" });
}

/** @throws Fault `request_malformed` where the body's bytes are packed: they are passed on as they came, so they must be read as they came. */
function refusePacked(encoding: string | undefined): void {
  if (encoding === undefined || encoding.trim() === "" || encoding.trim().toLowerCase() === "identity") return;
  throw new Fault("request_malformed", {
    message: "The body is compressed (Content-Encoding); send it as it is, without that header.",
    param: "content-encoding",
  });
}

function refuseTwins(body: JsonBody): void {
  for (const name of body.names) {
    const lower = name.toLowerCase();
    if (lower !== name && actedOn.has(lower)) {
      throw new Fault("request_malformed", { message: `Unknown member "${name}"; did you mean "${lower}"?`, param: name });
    }
  }
}
