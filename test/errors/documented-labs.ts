import type { FaultCode } from "../../src/exchange/index.ts";
import type { ToldError } from "./told-error.ts";

type More = Partial<Pick<ToldError, "headers" | "nativeCode" | "retryAfterMs" | "inside" | "exception">>;

/** Forms and names are those of the page that is named; the sentences are ours. */
function documented(provider: string, dialect: ToldError["dialect"], source: string) {
  return (about: string, status: number, body: unknown, means: FaultCode, more: More = {}): ToldError => ({
    ...{ provider, dialect, about, status, body, means, source },
    ...more,
  });
}

const openai = documented("openai", "openai-chat", "https://platform.openai.com/docs/guides/error-codes");
const anthropic = documented("anthropic", "anthropic-messages", "https://docs.claude.com/en/api/errors");
const gemini = documented("gemini", "gemini-generate", "https://ai.google.dev/gemini-api/docs/troubleshooting");
const cohere = documented("cohere", "cohere-chat", "https://docs.cohere.com/reference/errors");
const mistral = documented("mistral", "openai-chat", "https://docs.mistral.ai/api");
const deepseek = documented("deepseek", "openai-chat", "https://api-docs.deepseek.com/quick_start/error_codes");
const xai = documented("xai", "openai-chat", "https://docs.x.ai/docs/key-information/debugging");
const moonshot = documented("moonshot", "openai-chat", "https://platform.kimi.ai/docs/api/errors");
const zai = documented("zai", "openai-chat", "https://docs.z.ai/api-reference/api-code");
const minimax = documented("minimax", "openai-chat", "https://platform.minimax.io/docs/api-reference/errorcode");
const writer = documented("writer", "openai-chat", "https://dev.writer.com/api-reference/error-handling");
const ai21 = documented("ai21", "openai-chat", "https://docs.ai21.com/reference");

const open = (type: string, code: string | null, message: string, param: string | null = null) => ({
  error: { message, type, param, code },
});
const claude = (type: string, message: string) => ({ type: "error", error: { type, message }, request_id: "req_1" });
const google = (code: number, status: string, message: string, ...details: object[]) => ({ error: { code, message, status, details } });
const info = (reason: string) => ({ "@type": "type.googleapis.com/google.rpc.ErrorInfo", reason, domain: "googleapis.com" });
const quota = (quotaId: string) => ({ "@type": "type.googleapis.com/google.rpc.QuotaFailure", violations: [{ quotaId }] });
const retry = (retryDelay: string) => ({ "@type": "type.googleapis.com/google.rpc.RetryInfo", retryDelay });

/** Those who make models. */
export const documentedOfLabs: readonly ToldError[] = [
  openai(
    "a key that is not known",
    401,
    open("invalid_request_error", "invalid_api_key", "Incorrect API key provided."),
    "upstream_credentials",
  ),
  openai(
    "no member of an organization",
    401,
    open("invalid_request_error", "invalid_organization", "No such organization."),
    "upstream_credentials",
  ),
  openai(
    "a country that is not served",
    403,
    open("request_forbidden", "unsupported_country_region_territory", "Not served here."),
    "upstream_credentials",
  ),
  openai("requests a minute", 429, open("requests", "rate_limit_exceeded", "Too many requests."), "upstream_rate_limited", {
    headers: { "retry-after-ms": "1250", "retry-after": "2" },
    retryAfterMs: 1250,
  }),
  openai("tokens a minute", 429, open("tokens", "rate_limit_exceeded", "Too many tokens."), "upstream_rate_limited", {
    headers: { "retry-after": "7" },
    retryAfterMs: 7000,
  }),
  openai("no credit left", 429, open("insufficient_quota", "insufficient_quota", "The account has no credit."), "upstream_quota"),
  openai(
    "a hard limit on the bill",
    429,
    open("insufficient_quota", "billing_hard_limit_reached", "The limit is reached."),
    "upstream_quota",
  ),
  openai(
    "too long a conversation",
    400,
    open("invalid_request_error", "context_length_exceeded", "This model's maximum context length is 8 tokens.", "messages"),
    "upstream_rejected",
    { nativeCode: "context_length_exceeded" },
  ),
  openai("a refused prompt", 400, open("invalid_request_error", "content_policy_violation", "Not allowed."), "upstream_filtered", {
    nativeCode: "content_policy_violation",
  }),
  openai("a model that is not there", 404, open("invalid_request_error", "model_not_found", "No such model."), "upstream_rejected", {
    nativeCode: "model_not_found",
  }),
  openai("a fault of the server", 500, open("server_error", null, "Something broke."), "upstream_failed"),
  openai("overload", 503, open("server_error", "server_is_overloaded", "Too busy."), "upstream_overloaded"),
  openai("slow down", 503, open("server_error", "slow_down", "Too fast a rise."), "upstream_overloaded"),
  openai("a fault inside a stream", 200, open("server_error", "server_error", "Something broke."), "upstream_failed", { inside: true }),
  anthropic("a wrong request", 400, claude("invalid_request_error", "messages: at least one message is required"), "upstream_rejected"),
  anthropic("too low a balance", 400, claude("invalid_request_error", "Your credit balance is too low."), "upstream_quota"),
  anthropic(
    "too long a conversation",
    400,
    claude("invalid_request_error", "prompt is too long: 9 tokens > 8 maximum"),
    "upstream_rejected",
    { nativeCode: "context_length_exceeded" },
  ),
  anthropic("a key that is not known", 401, claude("authentication_error", "invalid x-api-key"), "upstream_credentials"),
  anthropic("a bill that is not paid", 402, claude("billing_error", "There is a problem with the bill."), "upstream_quota"),
  anthropic("a key without the right", 403, claude("permission_error", "The key may not use this."), "upstream_credentials"),
  anthropic("a model that is not there", 404, claude("not_found_error", "model: nowhere"), "upstream_rejected"),
  anthropic("more than 32 MB", 413, claude("request_too_large", "Too large."), "upstream_rejected"),
  anthropic("a limit", 429, claude("rate_limit_error", "Over the limit."), "upstream_rate_limited", {
    headers: { "retry-after": "12" },
    retryAfterMs: 12_000,
  }),
  anthropic("a fault of the server", 500, claude("api_error", "Something broke."), "upstream_failed"),
  anthropic("a deadline of theirs", 504, claude("timeout_error", "Took too long."), "upstream_timeout"),
  anthropic("overload", 529, claude("overloaded_error", "Overloaded"), "upstream_overloaded"),
  anthropic("overload inside a stream", 200, claude("overloaded_error", "Overloaded"), "upstream_overloaded", { inside: true }),
  gemini(
    "a key that is not valid",
    400,
    google(400, "INVALID_ARGUMENT", "API key not valid.", info("API_KEY_INVALID")),
    "upstream_credentials",
  ),
  gemini("a wrong request", 400, google(400, "INVALID_ARGUMENT", "Unknown field."), "upstream_rejected"),
  gemini(
    "too long a conversation",
    400,
    google(400, "INVALID_ARGUMENT", "The input token count (9) exceeds the maximum number of tokens allowed (8)."),
    "upstream_rejected",
    { nativeCode: "context_length_exceeded" },
  ),
  gemini(
    "a place that is not served",
    400,
    google(400, "FAILED_PRECONDITION", "User location is not supported for the API use."),
    "upstream_credentials",
  ),
  gemini("no billing", 400, google(400, "FAILED_PRECONDITION", "The free tier is not available; enable billing."), "upstream_quota"),
  gemini(
    "a project that was suspended",
    403,
    google(403, "PERMISSION_DENIED", "Consumer has been suspended.", info("CONSUMER_SUSPENDED")),
    "upstream_credentials",
  ),
  gemini(
    "a limit of the minute",
    429,
    google(429, "RESOURCE_EXHAUSTED", "Quota exceeded.", quota("GenerateRequestsPerMinutePerProjectPerModel"), retry("34.4s")),
    "upstream_rate_limited",
    { retryAfterMs: 34_400 },
  ),
  gemini(
    "a limit of the day",
    429,
    google(429, "RESOURCE_EXHAUSTED", "Quota exceeded.", quota("GenerateRequestsPerDayPerProjectPerModel-FreeTier")),
    "upstream_quota",
  ),
  gemini("a fault of the server", 500, google(500, "INTERNAL", "Something broke."), "upstream_failed"),
  gemini("overload", 503, google(503, "UNAVAILABLE", "The model is overloaded."), "upstream_overloaded"),
  gemini("a deadline of theirs", 504, google(504, "DEADLINE_EXCEEDED", "Took too long."), "upstream_timeout"),
  gemini("overload inside a stream", 200, google(503, "UNAVAILABLE", "The model is overloaded."), "upstream_overloaded", { inside: true }),
  cohere("a key that is not known", 401, { id: "1", message: "invalid api token" }, "upstream_credentials"),
  cohere("a bill that is not paid", 402, { id: "1", message: "Add a payment method." }, "upstream_quota"),
  cohere("a wrong request", 422, { id: "1", message: "invalid tool schema" }, "upstream_rejected"),
  cohere(
    "a trial's limit of the minute",
    429,
    { id: "1", message: "Trial keys are limited to 20 API calls / minute." },
    "upstream_rate_limited",
  ),
  cohere("a trial's limit of the month", 429, { id: "1", message: "Trial keys are limited to 1000 API calls / month." }, "upstream_quota"),
  cohere("a word on the list of denied ones", 498, { id: "1", message: "blocked" }, "upstream_filtered"),
  cohere("a call of theirs that broke off", 499, { id: "1", message: "request cancelled" }, "upstream_failed"),
  cohere("overload", 503, { id: "1", message: "unavailable" }, "upstream_overloaded"),
  mistral("a key that is not known", 401, { detail: "Unauthorized" }, "upstream_credentials"),
  mistral("a wrong request", 422, { detail: [{ loc: ["body", "messages"], msg: "field required", type: "missing" }] }, "upstream_rejected"),
  mistral(
    "a limit",
    429,
    { object: "error", message: "Over the limit", type: "rate_limited", param: null, code: "1300", raw_status_code: 429 },
    "upstream_rate_limited",
  ),
  mistral(
    "no room for this tier",
    429,
    { object: "error", message: "No room", type: "service_tier_capacity_exceeded", param: null, code: "3505" },
    "upstream_rate_limited",
  ),
  deepseek("a wrong body", 400, open("invalid_request_error", "invalid_request_error", "Wrong format."), "upstream_rejected"),
  deepseek(
    "a key that is not known",
    401,
    open("authentication_error", "invalid_request_error", "Authentication fails."),
    "upstream_credentials",
  ),
  deepseek("no balance", 402, open("unknown_error", "invalid_request_error", "Insufficient Balance"), "upstream_quota"),
  deepseek("a wrong parameter", 422, open("invalid_request_error", "invalid_request_error", "Wrong value."), "upstream_rejected"),
  deepseek("overload", 503, open("server_error", null, "Busy."), "upstream_overloaded"),
  xai(
    "a key that is not known, as a wrong request",
    400,
    { code: "Client specified an invalid argument", error: "Incorrect API key provided: xx." },
    "upstream_credentials",
  ),
  xai(
    "no credits",
    403,
    { code: "The caller does not have permission", error: "The team doesn't have any credits yet." },
    "upstream_quota",
  ),
  xai(
    "a month's spending limit",
    429,
    { code: "Some resource has been exhausted", error: "The team has used all available credits or reached its monthly spending limit." },
    "upstream_quota",
  ),
  xai(
    "a refused prompt",
    403,
    { code: "The caller does not have permission", error: "Content violates usage guidelines." },
    "upstream_filtered",
  ),
  moonshot("a refused prompt", 400, { error: { type: "content_filter", message: "High risk." } }, "upstream_filtered"),
  moonshot(
    "too long a conversation",
    400,
    { error: { type: "invalid_request_error", message: "Your request exceeded model token limit : 8" } },
    "upstream_rejected",
    { nativeCode: "context_length_exceeded" },
  ),
  moonshot(
    "a key that is not known",
    401,
    { error: { type: "incorrect_api_key_error", message: "Incorrect API key provided" } },
    "upstream_credentials",
  ),
  moonshot(
    "no balance",
    429,
    { error: { type: "exceeded_current_quota_error", message: "The account is out of balance." } },
    "upstream_quota",
  ),
  moonshot("overload", 429, { error: { type: "engine_overloaded_error", message: "The engine is overloaded." } }, "upstream_overloaded"),
  moonshot("a limit", 429, { error: { type: "rate_limit_reached_error", message: "Over the limit." } }, "upstream_rate_limited"),
  zai("a token that has run out", 401, { error: { code: "1003", message: "The token has run out." } }, "upstream_credentials"),
  zai("no balance", 429, { error: { code: "1113", message: "The account is in arrears." } }, "upstream_quota"),
  zai("a locked account", 429, { error: { code: "1112", message: "The account is locked." } }, "upstream_credentials"),
  zai("too many at a time", 429, { error: { code: "1302", message: "Over the limit." } }, "upstream_rate_limited"),
  zai("overload", 429, { error: { code: "1312", message: "Too many for this model." } }, "upstream_overloaded"),
  zai("a plan that is used up", 429, { error: { code: "1308", message: "The plan is used up until tomorrow." } }, "upstream_quota"),
  zai("a refused prompt", 400, { error: { code: "1301", message: "Unsafe." } }, "upstream_filtered"),
  zai("too long a conversation", 400, { error: { code: "1261", message: "Prompt is too long" } }, "upstream_rejected", {
    nativeCode: "context_length_exceeded",
  }),
  minimax(
    "a limit, in a 200",
    200,
    { id: "1", choices: null, base_resp: { status_code: 1002, status_msg: "rate limit" } },
    "upstream_rate_limited",
    { inside: true },
  ),
  minimax(
    "a key that is not known, in a 200",
    200,
    { id: "1", choices: null, base_resp: { status_code: 1004, status_msg: "not authorized" } },
    "upstream_credentials",
    { inside: true },
  ),
  minimax(
    "no balance, in a 200",
    200,
    { id: "1", choices: null, base_resp: { status_code: 1008, status_msg: "insufficient balance" } },
    "upstream_quota",
    { inside: true },
  ),
  minimax(
    "a refused prompt, in a 200",
    200,
    { id: "1", choices: null, base_resp: { status_code: 1026, status_msg: "sensitive input" } },
    "upstream_filtered",
    { inside: true },
  ),
  minimax(
    "a wrong parameter, in a 200",
    200,
    { id: "1", choices: null, base_resp: { status_code: 2013, status_msg: "invalid params" } },
    "upstream_rejected",
    { inside: true },
  ),
  writer(
    "a wrong request",
    400,
    { tpe: "fail.input", errors: [{ description: "No such model.", key: "fail.invalid.body" }] },
    "upstream_rejected",
  ),
  writer(
    "a key that is not known",
    401,
    { tpe: "fail.auth", errors: [{ description: "Not known.", key: "fail.unauthorized" }] },
    "upstream_credentials",
  ),
  ai21("a wrong request", 422, { detail: [{ loc: ["body", "model"], msg: "not permitted", type: "value_error" }] }, "upstream_rejected"),
  ai21("a key that is not known", 401, { detail: "Forbidden: Bad or missing Apikey/JWT." }, "upstream_credentials"),
];
