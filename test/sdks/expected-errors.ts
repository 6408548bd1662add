import type { SurfaceId } from "../../src/exchange/index.ts";
import { dialectsBehind, type UpstreamName } from "./bench.ts";
import type { ClientFacts, ToldError } from "./client.ts";

/** What a failure is called, by its status. */
type Words = Readonly<Record<number, string>>;

const openai: Words = {
  400: "invalid_request_error",
  401: "invalid_request_error",
  404: "invalid_request_error",
  429: "rate_limit_error",
  502: "server_error",
};

const types: Partial<Readonly<Record<SurfaceId, Words>>> = {
  "openai-chat": openai,
  "openai-responses": openai,
  "anthropic-messages": {
    400: "invalid_request_error",
    401: "authentication_error",
    404: "not_found_error",
    429: "rate_limit_error",
    502: "api_error",
  },
  "mistral-chat": {
    400: "invalid_request_error",
    401: "unauthorized",
    404: "invalid_request_error",
    429: "rate_limited",
    502: "internal_server_error",
  },
  "gemini-generate": { 400: "INVALID_ARGUMENT", 401: "UNAUTHENTICATED", 404: "NOT_FOUND", 429: "RESOURCE_EXHAUSTED", 502: "INTERNAL" },
  "bedrock-converse": {
    400: "ValidationException",
    401: "UnrecognizedClientException",
    404: "ResourceNotFoundException",
    429: "ThrottlingException",
    502: "InternalServerException",
  },
};

/** The other dialects have one word for a failure, or none. */
const withCodes: readonly SurfaceId[] = ["openai-chat", "openai-responses", "mistral-chat", "gemini-generate"];

/** As OpenAI's and Anthropic's SDKs name them. */
const classes: Words = {
  400: "BadRequestError",
  401: "AuthenticationError",
  404: "NotFoundError",
  429: "RateLimitError",
  502: "InternalServerError",
};

export const requestId = /^req_[A-Za-z0-9_-]{8,}$/;

/** What is wrong with what the SDK threw. */
export function expectError(error: ToldError, client: ClientFacts, status: number, upstream?: UpstreamName): string[] {
  // A provider's own words pass as they are to callers of its dialect, and some SDKs look for the id in them.
  const own = upstream !== undefined && dialectsBehind[upstream] === client.caller;
  const idless = client.lacks?.includes("request id") || (own && client.lacks?.includes("request id beside a provider's own words"));
  const isToolkit = error.kind.endsWith("APICallError");
  const hasNames = !client.lacks?.includes("names of errors");
  return [
    ...differ("status", error.status, status),
    ...(isToolkit ? [] : differ("class", error.kind, (client.errorClasses ?? classes)[status])),
    ...(hasNames ? differ("type", error.type ?? undefined, types[client.caller]?.[status]) : []),
    ...(!hasNames || (idless && own) || !withCodes.includes(client.caller) || error.code || status === 400 ? [] : ["no code"]),
    ...(idless || requestId.test(error.requestId ?? "") ? [] : [`request id ${error.requestId}`]),
  ];
}

export function differ(what: string, is: unknown, shouldBe: unknown): string[] {
  return Bun.deepEquals(is, shouldBe) ? [] : [`${what} ${JSON.stringify(is)}, not ${JSON.stringify(shouldBe)}`];
}
