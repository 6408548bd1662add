import { type FaultCode, type SurfaceId, taskOf } from "../../exchange/index.ts";
import { type RouteRow, routeTable } from "../../gateway/index.ts";
import { loadCodecs, streamTypes } from "../../protocols/index.ts";
import { callFaults, errorForm } from "./error-shapes.ts";
import { oauthAnswers, tokenError, tokenRequest } from "./oauth-shapes.ts";
import { modelShape, requestShape, type Shape } from "./request-shapes.ts";

type Json = Record<string, unknown>;

const { codecs } = await loadCodecs();

const anyFault: readonly FaultCode[] = ["route_unknown", "host_refused", "gateway_failed"];
const listFaults: readonly FaultCode[] = [
  ...anyFault,
  ...(["credentials_missing", "credentials_unknown", "credentials_expired", "credentials_forbidden", "model_unknown"] as const),
];

/** Where a virtual key may stand: each dialect's SDK has a place of its own. */
const keyPlaces: Readonly<Record<string, Json>> = {
  bearer: { type: "http", scheme: "bearer", description: "A virtual key, as OpenAI's SDKs send it." },
  xApiKey: { type: "apiKey", in: "header", name: "x-api-key", description: "As Anthropic's do." },
  apiKey: { type: "apiKey", in: "header", name: "api-key", description: "As Azure's do." },
  xGoogApiKey: { type: "apiKey", in: "header", name: "x-goog-api-key", description: "As Google's do." },
};

const said = { schema: { type: "string" } };
const always = { ...said, required: true };

/** Of an answer of a model: where it came from, why, and what it cost. */
const answerHeaders: Json = {
  "x-sluice-request-id": always,
  "x-sluice-model": always,
  "x-sluice-provider": always,
  "x-sluice-route-reason": always,
  "x-sluice-cache": always,
  "x-sluice-overhead-ms": always,
  "x-sluice-cost-usd": said,
  "idempotent-replayed": { ...said, description: "`true`: the first request with this Idempotency-Key was answered so." },
  "x-sluice-first-request-id": { ...said, description: "That request's id." },
  "x-sluice-warning": { ...said, description: "What a translation dropped or changed." },
};

/** The OpenAPI 3.1 document of what applications call, made from the route table, the fault table and the codecs. */
export function dataOpenApi(version: string): Json {
  const paths: Record<string, Json> = {};
  const schemas: Record<string, Shape> = {};
  for (const row of routeTable) {
    paths[row.path] ??= {};
    (paths[row.path] as Json)[row.method.toLowerCase()] = described(row, schemas);
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "Sluice",
      version,
      description:
        "What applications call, in the dialects of their SDKs. The schemas name what the gateway checks and acts on; whatever else a dialect has is passed on.",
    },
    security: Object.keys(keyPlaces).map((name) => ({ [name]: [] })),
    paths,
    components: { securitySchemes: keyPlaces, schemas },
  };
}

function described(row: RouteRow, schemas: Record<string, Shape>): Json {
  const { name, protocol, path, kind, role } = row;
  const asks = kind !== "operator";
  return {
    operationId: name,
    tags: [asks ? taskOf(protocol) : role === "anyone" ? "probes" : "models"],
    summary:
      summaries[name] ?? `${asks ? `Speaks ${protocol}` : role === "anyone" ? "For machines" : `Lists models, as ${protocol} does`}.`,
    ...(role === "anyone" && { security: [] }),
    parameters: parametersOf(row),
    ...(asks && { requestBody: { required: true, content: requestContent(row, schemas) } }),
    ...(name === "oauth.token" && { requestBody: { required: true, content: tokenForm(schemas) } }),
    responses: {
      200: { description: "The answer.", ...(asks && { headers: answerHeaders }), content: answerContent(row) },
      ...(path === "/readyz" && { 503: { description: "It takes no requests now.", content: answerContent(row) } }),
      ...refusals(row, schemas),
    },
  };
}

const summaries: Readonly<Record<string, string>> = {
  "oauth.token": "A short-lived token of the gateway's own for a key or a token (RFC 8693).",
  "oauth.keys": "What such tokens are verified with (RFC 7517).",
  "oauth.metadata": "What the token endpoint can (RFC 8414).",
};

function tokenForm(schemas: Record<string, Shape>): Json {
  return { "application/x-www-form-urlencoded": { schema: named(schemas, "TokenRequest", tokenRequest) } };
}

function parametersOf({ path, sseQuery, kind }: RouteRow): readonly Json[] {
  const parameters: Json[] = [];
  if (path.includes("{model}")) parameters.push({ name: "model", in: "path", required: true, schema: modelShape });
  const [name] = sseQuery?.split("=") ?? [];
  if (name !== undefined)
    parameters.push({
      name,
      in: "query",
      required: false,
      schema: { type: "string" },
      description: `${sseQuery}: events; else one JSON array.`,
    });
  if (kind !== "operator")
    parameters.push(
      {
        name: "x-sluice-strict",
        in: "header",
        required: false,
        description: "Refuse what a translation would drop.",
        schema: { type: "string", pattern: "^([Tt][Rr][Uu][Ee]|[Ff][Aa][Ll][Ss][Ee]|[01])?$" },
      },
      {
        name: "idempotency-key",
        in: "header",
        required: false,
        description: "Ask the provider once, however often the same request comes with this key; a repeat gets the first's answer.",
        schema: { type: "string", pattern: "^[!-~]([ -~]{0,253}[!-~])?$" },
      },
    );
  return parameters;
}

function requestContent({ protocol, path }: RouteRow, schemas: Record<string, Shape>): Json {
  const inPath = path.includes("{model}");
  const schema = named(schemas, `${schemaName(protocol)}Request`, requestShape(protocol, inPath));
  const { forms } = codecs[protocol];
  return {
    ...(forms !== "always" && { "application/json": { schema } }),
    ...(forms !== undefined && { "multipart/form-data": { schema: forms === "always" ? schema : { type: "object" } } }),
  };
}

function answerContent({ name, protocol, stream, sseQuery, kind }: RouteRow): Json {
  const object = { schema: oauthAnswers[name] ?? { type: "object" } };
  if (name === "metrics") return { "text/plain": { schema: { type: "string" } } };
  if (kind === "operator") return { "application/json": object };
  const { framing = "sse", streams } = codecs[protocol];
  const [events = ""] = streamTypes[framing].split(";");
  const task = taskOf(protocol);
  return {
    ...((stream !== true || sseQuery !== undefined) && {
      "application/json": sseQuery === undefined ? object : { schema: { type: "array" } },
    }),
    ...((stream === true || (stream === undefined && streams !== undefined)) && { [events]: {} }),
    ...(task === "speak" && { "audio/*": {} }),
    ...((task === "transcribe" || task === "translate-sound") && { "text/*": { schema: { type: "string" } } }),
  };
}

/** Anthropic's clients are told in their own form what is shared by both dialects. */
function refusals({ name, protocol, kind, role, sseQuery }: RouteRow, schemas: Record<string, Shape>): Json {
  const tokens: readonly FaultCode[] = name === "oauth.token" ? ["credentials_unverifiable"] : [];
  const codes = kind !== "operator" ? callFaults : role === "caller" ? listFaults : [...anyFault, ...tokens];
  const { statuses, shape } = errorForm(codecs[protocol], codes);
  const own = named(schemas, `${schemaName(protocol)}Error`, shape);
  const shared = protocol === "openai-models";
  const other = shared ? named(schemas, "AnthropicMessagesError", errorForm(codecs["anthropic-messages"], callFaults).shape) : undefined;
  // A list is told in a list.
  const ofTokens = name === "oauth.token" ? [named(schemas, "TokenError", tokenError)] : [];
  const forms = [own, ...(other ? [other] : []), ...ofTokens, ...(sseQuery === undefined ? [] : [{ type: "array", items: own }])];
  const content = { "application/json": { schema: forms.length > 1 ? { anyOf: forms } : own } };
  const headers = { "x-sluice-request-id": always, "retry-after": said };
  const listed = shared ? [...new Set([...statuses, ...errorForm(codecs["anthropic-messages"], codes).statuses])].toSorted() : statuses;
  return Object.fromEntries(listed.map((status) => [status, { description: "A refusal.", headers, content }]));
}

/** Kept once under its name; one name stands for one shape. */
function named(schemas: Record<string, Shape>, name: string, shape: Shape): Json {
  for (let at = 1; ; at++) {
    const tried = at === 1 ? name : `${name}${at}`;
    schemas[tried] ??= shape;
    if (JSON.stringify(schemas[tried]) === JSON.stringify(shape)) return { $ref: `#/components/schemas/${tried}` };
  }
}

/** `openai-chat` → `OpenaiChat`. */
function schemaName(surface: SurfaceId): string {
  return surface.replace(/(?:^|-)(\w)/g, (_, letter: string) => letter.toUpperCase());
}
