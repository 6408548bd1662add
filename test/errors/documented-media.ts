import type { FaultCode } from "../../src/exchange/index.ts";
import type { ToldError } from "./told-error.ts";

/** Forms and names are those of the page that is named; the sentences are ours. */
function documented(provider: string, dialect: ToldError["dialect"], source: string) {
  return (about: string, status: number, body: unknown, means: FaultCode, nativeCode?: string): ToldError => ({
    ...{ provider, dialect, about, status, body, means, source },
    ...(nativeCode !== undefined && { nativeCode }),
  });
}

const assemblyai = documented("assemblyai", "assemblyai-transcripts", "https://www.assemblyai.com/docs/api-reference/overview");
const bfl = documented("black-forest-labs", "bfl-images", "https://docs.bfl.ai/api_integration/errors");
const deepgram = documented("deepgram", "deepgram-listen", "https://developers.deepgram.com/docs/errors");
const elevenlabs = documented("elevenlabs", "elevenlabs-speech", "https://elevenlabs.io/docs/developers/resources/error-messages");
const replicate = documented("replicate", "replicate-images", "https://replicate.com/docs/reference/http");
const stability = documented("stability", "stability-images", "https://platform.stability.ai/docs/api-reference");

const eleven = (status: string, message: string) => ({ detail: { status, message } });
const stable = (name: string, error: string) => ({ id: "e1", name, errors: [error] });
const titled = (title: string, detail: string, status: number) => ({ title, detail, status });

/** Those who hear, speak and draw. */
export const documentedOfMedia: readonly ToldError[] = [
  assemblyai("a wrong request", 400, { error: "Invalid endpoint schema, please refer to documentation" }, "upstream_rejected"),
  assemblyai("a key that is not known", 401, { error: "Authentication error, API token missing/invalid" }, "upstream_credentials"),
  assemblyai("a limit", 429, { error: "Too many requests were sent" }, "upstream_rate_limited"),
  assemblyai("a fault of the server", 500, { error: "Something went wrong here" }, "upstream_failed"),
  bfl(
    "a wrong request",
    422,
    { detail: [{ loc: ["body", "width"], msg: "must be a multiple of 32", type: "value_error" }] },
    "upstream_rejected",
  ),
  bfl("no credit left", 402, { detail: "The account has too few credits" }, "upstream_quota"),
  bfl("a key without the right", 403, { detail: "This key may not do that" }, "upstream_credentials"),
  bfl("too many jobs", 429, { detail: "Too many tasks are active" }, "upstream_rate_limited"),
  bfl("overload", 503, { detail: "The service is not available" }, "upstream_overloaded"),
  deepgram(
    "sound that cannot be read",
    400,
    { err_code: "Bad Request", err_msg: "The data is corrupt or not supported", request_id: "r" },
    "upstream_rejected",
    "Bad Request",
  ),
  deepgram(
    "a key that is not known",
    401,
    { err_code: "INVALID_AUTH", err_msg: "These credentials are wrong", request_id: "r" },
    "upstream_credentials",
  ),
  deepgram(
    "no credit left",
    402,
    { err_code: "ASR_PAYMENT_REQUIRED", err_msg: "The project has too few credits", request_id: "r" },
    "upstream_quota",
  ),
  deepgram(
    "a key without the right",
    403,
    { err_code: "INSUFFICIENT_PERMISSIONS", err_msg: "The project may not use this model", request_id: "r" },
    "upstream_credentials",
  ),
  deepgram(
    "a limit",
    429,
    { err_code: "TOO_MANY_REQUESTS", err_msg: "Too many requests at a time", request_id: "r" },
    "upstream_rate_limited",
  ),
  deepgram(
    "a wrong member",
    400,
    { category: "INVALID_JSON", message: "The body cannot be read", details: "x", request_id: "r" },
    "upstream_rejected",
    "INVALID_JSON",
  ),
  elevenlabs("a voice that is not there", 404, eleven("voice_not_found", "There is no such voice"), "upstream_rejected", "voice_not_found"),
  elevenlabs("a key that is not known", 401, eleven("invalid_api_key", "This key is wrong"), "upstream_credentials"),
  elevenlabs("no credit left", 401, eleven("quota_exceeded", "The quota is used up"), "upstream_quota"),
  elevenlabs("too many at a time", 429, eleven("too_many_concurrent_requests", "Too many requests at a time"), "upstream_rate_limited"),
  elevenlabs("overload", 429, eleven("system_busy", "The system is busy just now"), "upstream_rate_limited"),
  elevenlabs("a wrong member", 422, { detail: [{ loc: ["body", "text"], msg: "is required", type: "missing" }] }, "upstream_rejected"),
  replicate("a wrong input", 422, titled("Input validation failed", "- input: prompt is required", 422), "upstream_rejected"),
  replicate("a key that is not known", 401, titled("Unauthenticated", "No valid token was given", 401), "upstream_credentials"),
  replicate("no credit left", 402, titled("Insufficient credit", "There is too little credit for this", 402), "upstream_quota"),
  replicate("a model that is not there", 404, titled("Not found", "There is no such model", 404), "upstream_rejected"),
  replicate("a limit", 429, { detail: "The request was throttled" }, "upstream_rate_limited"),
  stability("a wrong request", 400, stable("bad_request", "prompt: is too long for this"), "upstream_rejected", "bad_request"),
  stability("a key that is not known", 401, stable("unauthorized", "The key is missing or wrong"), "upstream_credentials"),
  stability("no credit left", 402, stable("payment_required", "There are too few credits"), "upstream_quota"),
  stability("a filtered prompt", 403, stable("content_moderation", "The moderation flagged this"), "upstream_filtered"),
  stability("too large", 413, stable("payload_too_large", "The body is larger than 10 MiB"), "upstream_rejected"),
  stability("a limit", 429, stable("rate_limit_exceeded", "More than 150 requests in 10 seconds"), "upstream_rate_limited"),
  stability("a fault of the server", 500, stable("internal_error", "Something went wrong there"), "upstream_failed"),
];
