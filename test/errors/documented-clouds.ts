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

const azure = documented("azure", "openai-chat", "https://learn.microsoft.com/azure/ai-foundry/openai/reference");
const bedrock = documented(
  "bedrock",
  "bedrock-converse",
  "https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html",
);
const vertex = documented("vertex", "gemini-generate", "https://cloud.google.com/vertex-ai/generative-ai/docs/model-reference/api-errors");
const cloudflare = documented("cloudflare", "openai-chat", "https://developers.cloudflare.com/workers-ai/platform/errors/");
const databricks = documented("databricks", "openai-chat", "https://docs.databricks.com/api/workspace/introduction");
const volcengine = documented("volcengine", "openai-chat", "https://www.volcengine.com/docs/82379/1299023");
const alibaba = documented("alibaba", "openai-chat", "https://help.aliyun.com/zh/model-studio/error-code");
const nvidia = documented("nvidia", "openai-chat", "https://docs.api.nvidia.com/nim/reference");
const github = documented("github-models", "openai-chat", "https://docs.github.com/en/github-models");
const openrouter = documented("openrouter", "openai-chat", "https://openrouter.ai/docs/api-reference/errors");
const groq = documented("groq", "openai-chat", "https://console.groq.com/docs/errors");
const together = documented("together", "openai-chat", "https://docs.together.ai/docs/error-codes");
const fireworks = documented("fireworks", "openai-chat", "https://docs.fireworks.ai/guides/inference-error-codes");
const cerebras = documented("cerebras", "openai-chat", "https://inference-docs.cerebras.ai/support/error");
const huggingface = documented("huggingface", "openai-chat", "https://huggingface.co/docs/inference-providers");
const novita = documented("novita", "openai-chat", "https://novita.ai/docs/api-reference/basic-error-code");
const siliconflow = documented("siliconflow", "openai-chat", "https://docs.siliconflow.com/en/faqs/error-code");
const perplexity = documented("perplexity", "openai-chat", "https://docs.perplexity.ai/guides/api-error-handling");
const vllm = documented("vllm", "openai-chat", "https://docs.vllm.ai/en/latest/serving/openai_compatible_server.html");
const llamaCpp = documented("llama-cpp", "openai-chat", "https://github.com/ggml-org/llama.cpp/blob/master/tools/server/README.md");
const tgi = documented("tgi", "openai-chat", "https://huggingface.co/docs/text-generation-inference");
const ollama = documented("ollama", "ollama-chat", "https://docs.ollama.com/api/errors");

const named = (code: string | number | null, message: string, more: object = {}) => ({ error: { code, message, ...more } });
const aws = (name: string) => ({ headers: { "x-amzn-errortype": `${name}:http://internal.amazon.com/coral/` } });
const google = (code: number, status: string, message: string) => ({ error: { code, message, status } });
const cloud = (code: number, message: string) => ({ success: false, result: {}, errors: [{ code, message }], messages: [] });

/** Clouds, hosts, routers, and runtimes of one's own. */
export const documentedOfClouds: readonly ToldError[] = [
  azure("a key that is not known", 401, named("401", "Access denied."), "upstream_credentials"),
  azure("a network that is not let in", 403, named("403", "Public access is disabled."), "upstream_credentials"),
  azure("a deployment that is not there", 404, named("DeploymentNotFound", "No such deployment."), "upstream_rejected", {
    nativeCode: "DeploymentNotFound",
  }),
  azure(
    "a refused prompt",
    400,
    named("content_filter", "Filtered.", { innererror: { code: "ResponsibleAIPolicyViolation" } }),
    "upstream_filtered",
    { nativeCode: "content_filter" },
  ),
  azure("a limit", 429, named("429", "Over the limit."), "upstream_rate_limited", {
    headers: { "retry-after": "26" },
    retryAfterMs: 26_000,
  }),
  bedrock("no access to the model", 403, { message: "No access." }, "upstream_credentials", aws("AccessDeniedException")),
  bedrock(
    "a signature that is wrong",
    403,
    { message: "The signature does not match." },
    "upstream_credentials",
    aws("InvalidSignatureException"),
  ),
  bedrock("a token that has run out", 403, { message: "The token has run out." }, "upstream_credentials", aws("ExpiredTokenException")),
  bedrock(
    "a key that is not known",
    403,
    { message: "The token is not valid." },
    "upstream_credentials",
    aws("UnrecognizedClientException"),
  ),
  bedrock("a wrong request", 400, { message: "Wrong." }, "upstream_rejected", aws("ValidationException")),
  bedrock("too long a conversation", 400, { message: "Input is too long for requested model." }, "upstream_rejected", {
    ...aws("ValidationException"),
    nativeCode: "context_length_exceeded",
  }),
  bedrock("a model that is not there", 404, { message: "No such model." }, "upstream_rejected", aws("ResourceNotFoundException")),
  bedrock("a deadline of theirs", 408, { message: "Took too long." }, "upstream_timeout", aws("ModelTimeoutException")),
  bedrock(
    "a model that went wrong",
    424,
    { message: "The model failed.", originalStatusCode: 500 },
    "upstream_failed",
    aws("ModelErrorException"),
  ),
  bedrock("a limit", 429, { message: "Too many requests." }, "upstream_rate_limited", aws("ThrottlingException")),
  bedrock("a model that is not loaded yet", 429, { message: "Not ready." }, "upstream_overloaded", aws("ModelNotReadyException")),
  bedrock("a quota of the account", 400, { message: "Over the quota." }, "upstream_quota", aws("ServiceQuotaExceededException")),
  bedrock("a fault of the server", 500, { message: "Something broke." }, "upstream_failed", aws("InternalServerException")),
  bedrock("overload", 503, { message: "Unavailable." }, "upstream_overloaded", aws("ServiceUnavailableException")),
  bedrock("a limit inside a stream", 200, { message: "Too many requests." }, "upstream_rate_limited", {
    inside: true,
    exception: "throttlingException",
  }),
  bedrock("a model that went wrong inside a stream", 200, { message: "The model failed.", originalStatusCode: 500 }, "upstream_failed", {
    inside: true,
    exception: "modelStreamErrorException",
  }),
  vertex("a token that has run out", 401, google(401, "UNAUTHENTICATED", "The token has run out."), "upstream_credentials"),
  vertex("a role that is missing", 403, google(403, "PERMISSION_DENIED", "aiplatform.endpoints.predict denied."), "upstream_credentials"),
  vertex("a model that is not there", 404, google(404, "NOT_FOUND", "No such publisher model."), "upstream_rejected"),
  vertex("no capacity", 429, google(429, "RESOURCE_EXHAUSTED", "Resource exhausted."), "upstream_rate_limited"),
  cloudflare("a model that is not there", 400, cloud(5007, "No such model."), "upstream_rejected"),
  cloudflare("a token that is not known", 401, cloud(10_000, "Authentication error"), "upstream_credentials"),
  cloudflare("a day's allocation that is used up", 429, cloud(3036, "The daily free allocation is used up."), "upstream_quota"),
  cloudflare("no capacity", 429, cloud(3040, "No more data centers."), "upstream_overloaded"),
  cloudflare("a deadline of theirs", 408, cloud(3007, "Took too long."), "upstream_timeout"),
  databricks("a token that is not known", 403, { error_code: "PERMISSION_DENIED", message: "Not allowed." }, "upstream_credentials"),
  databricks("a limit", 429, { error_code: "REQUEST_LIMIT_EXCEEDED", message: "Over the limit." }, "upstream_rate_limited"),
  databricks(
    "an endpoint that is not there",
    404,
    { error_code: "RESOURCE_DOES_NOT_EXIST", message: "No such endpoint." },
    "upstream_rejected",
    { nativeCode: "RESOURCE_DOES_NOT_EXIST" },
  ),
  volcengine("a bill that is overdue", 403, named("AccountOverdueError", "Overdue.", { type: "Forbidden" }), "upstream_quota"),
  volcengine("a refused prompt", 400, named("SensitiveContentDetected.Violence", "Violence.", { type: "BadRequest" }), "upstream_filtered"),
  volcengine(
    "a limit",
    429,
    named("RateLimitExceeded.EndpointTPMExceeded", "Over the limit.", { type: "TooManyRequests" }),
    "upstream_rate_limited",
  ),
  volcengine("overload", 429, named("ServerOverloaded", "Overloaded.", { type: "TooManyRequests" }), "upstream_overloaded"),
  alibaba("a bill that is overdue", 400, named("Arrearage", "Overdue.", { type: "Arrearage" }), "upstream_quota"),
  alibaba(
    "a refused prompt",
    400,
    named("data_inspection_failed", "Inappropriate.", { type: "data_inspection_failed" }),
    "upstream_filtered",
  ),
  alibaba("a key that is not known", 401, named("invalid_api_key", "Incorrect API key provided."), "upstream_credentials"),
  alibaba("a quota of the plan", 429, named("Throttling.AllocationQuota", "Over the quota."), "upstream_rate_limited"),
  nvidia("credits that have run out", 402, { status: 402, title: "Payment Required", detail: "Cloud credits expired." }, "upstream_quota"),
  nvidia("a key that is not known", 401, { status: 401, title: "Unauthorized", detail: "Authentication failed." }, "upstream_credentials"),
  github("a token that is not known", 401, named("unauthorized", "Bad credentials"), "upstream_credentials"),
  github("a limit of the day", 429, named("RateLimitReached", "Rate limit of 50 per 86400s exceeded."), "upstream_rate_limited", {
    headers: { "retry-after": "3600" },
    retryAfterMs: 3_600_000,
  }),
  github("too large for the plan", 413, named("tokens_limit_reached", "Request body too large."), "upstream_rejected", {
    nativeCode: "tokens_limit_reached",
  }),
  openrouter("a key that is not known", 401, named(401, "No auth credentials found"), "upstream_credentials"),
  openrouter("no credits", 402, named(402, "Insufficient credits"), "upstream_quota"),
  openrouter(
    "a refused prompt",
    403,
    named(403, "Flagged.", { metadata: { reasons: ["violence"], flagged_input: "…" } }),
    "upstream_filtered",
  ),
  openrouter("a provider that went wrong", 502, named(502, "Provider returned error"), "upstream_failed"),
  openrouter("no provider that fits", 503, named(503, "No allowed providers are available."), "upstream_overloaded"),
  openrouter(
    "a fault inside a stream",
    200,
    { id: "1", object: "chat.completion.chunk", error: { code: 429, message: "Over the limit." }, choices: [] },
    "upstream_rate_limited",
    { inside: true },
  ),
  groq(
    "a request over the tokens of a minute",
    413,
    named("rate_limit_exceeded", "Request too large: tokens per minute.", { type: "tokens" }),
    "upstream_rate_limited",
  ),
  groq("no room in the flexible tier", 498, named("capacity_exceeded", "No room."), "upstream_overloaded"),
  groq(
    "a call that did not fit its schema",
    400,
    named("tool_use_failed", "Wrong call.", { type: "invalid_request_error" }),
    "upstream_rejected",
    { nativeCode: "tool_use_failed" },
  ),
  together(
    "too many tokens, as forbidden",
    403,
    named(null, "`inputs` tokens + `max_new_tokens` must be <= 8.", { type: "invalid_request_error" }),
    "upstream_rejected",
    { nativeCode: "context_length_exceeded" },
  ),
  together("a spending limit", 402, named(null, "The limit is reached.", { type: "credit_limit" }), "upstream_quota"),
  together("overload", 503, named(null, "Overloaded.", { type: "service_unavailable" }), "upstream_overloaded"),
  fireworks("a suspended account", 412, named(null, "The account is suspended.", { object: "error", type: "error" }), "upstream_quota"),
  fireworks("a key that is not known", 401, named(null, "Unauthorized", { object: "error", type: "error" }), "upstream_credentials"),
  cerebras(
    "a model that is not there",
    404,
    { message: "No such model.", type: "not_found_error", param: "model", code: "model_not_found" },
    "upstream_rejected",
    { nativeCode: "model_not_found" },
  ),
  cerebras(
    "a limit",
    429,
    { message: "Over the limit.", type: "too_many_requests_error", param: "quota", code: "request_quota_exceeded" },
    "upstream_rate_limited",
  ),
  cerebras(
    "overload",
    429,
    { message: "Too much traffic.", type: "too_many_requests_error", param: "queue", code: "queue_exceeded" },
    "upstream_overloaded",
  ),
  huggingface("a month's credits", 402, { error: "The month's included credits are used up." }, "upstream_quota"),
  huggingface("a model that is still loading", 503, { error: "The model is loading", estimated_time: 20 }, "upstream_overloaded"),
  novita("no balance", 403, { code: 403, reason: "NOT_ENOUGH_BALANCE", message: "Not enough balance.", metadata: {} }, "upstream_quota"),
  novita(
    "a key that is not known",
    401,
    { code: 401, reason: "INVALID_API_KEY", message: "Not known.", metadata: {} },
    "upstream_credentials",
  ),
  siliconflow("no balance", 403, { code: 30_001, message: "The account balance is insufficient", data: null }, "upstream_quota"),
  siliconflow("a token that is not known, as a bare text", 401, "Invalid token", "upstream_credentials"),
  perplexity("a page in place of JSON", 401, "<html><head><title>401 Authorization Required</title></head></html>", "upstream_credentials"),
  vllm(
    "a model that is not there",
    404,
    named(404, "The model does not exist.", { type: "NotFoundError", param: "model" }),
    "upstream_rejected",
  ),
  vllm(
    "too long a conversation",
    400,
    { object: "error", message: "This model's maximum context length is 8 tokens.", type: "BadRequestError", param: null, code: 400 },
    "upstream_rejected",
    { nativeCode: "context_length_exceeded" },
  ),
  llamaCpp("a model that is still loading", 503, named(503, "Loading model", { type: "unavailable_error" }), "upstream_overloaded"),
  llamaCpp(
    "too long a conversation",
    400,
    named(400, "the request exceeds the available context size", { type: "exceed_context_size_error", n_ctx: 8 }),
    "upstream_rejected",
    { nativeCode: "context_length_exceeded" },
  ),
  tgi("overload", 429, { error: "Model is overloaded", error_type: "overloaded" }, "upstream_overloaded"),
  tgi("a wrong request", 422, { error: "`inputs` must have less than 8 tokens", error_type: "validation" }, "upstream_rejected"),
  ollama("a model that is not there", 404, { error: "model 'nowhere' not found" }, "upstream_rejected"),
  ollama("a full queue", 503, { error: "server busy, please try again. maximum pending requests exceeded" }, "upstream_overloaded"),
  ollama("a fault inside a stream", 200, { error: "an error was encountered while running the model" }, "upstream_failed", {
    inside: true,
  }),
];
