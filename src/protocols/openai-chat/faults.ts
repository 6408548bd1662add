import { type Fault, type FaultCode, parseJson } from "../../exchange/index.ts";
import type { UpstreamRefusal } from "../dialect.ts";
import { entryOf } from "../json-fields.ts";
import { faultOfNames, faultOfStatus, type NativeError } from "../refusal.ts";
import { isObject, type JsonObject, listOf, numberOf, objectOf, wordOf } from "./json-value.ts";

const decoder = new TextDecoder();
const encoder = new TextEncoder();

/** A provider's refusal, whichever of this dialect's providers it is. */
export function readFault(answer: UpstreamRefusal): Fault {
  const body = parsed(answer.body);
  const native = readError(body);
  return faultOfStatus({ status: answer.status, header: (name) => answer.header(name), body: readable(answer, body, native) }, native);
}

/** Clients of this dialect look for `error`: where a provider writes its words beside `object: "error"`, they stand there too. */
function readable(answer: UpstreamRefusal, body: unknown, { message, type, param, code }: NativeError): Uint8Array {
  if (!isObject(body) || body.object !== "error" || body.error !== undefined || message === undefined) return answer.body;
  // Applications look for this code on a 404; the provider's own stays where it stands.
  const named = answer.status === 404 ? "model_not_found" : (code ?? null);
  const error = { message, type: type ?? "invalid_request_error", param: param ?? null, code: named };
  return encoder.encode(JSON.stringify({ ...body, error }));
}

function parsed(body: Uint8Array): unknown {
  const text = decoder.decode(body);
  try {
    return parseJson(text);
  } catch {
    // A page of a proxy on the way: its words are for the log only.
    return undefined;
  }
}

/**
 * `{error: {…}}` of OpenAI; the words right in the body (Mistral, Cerebras); a string as error (Hugging Face, xAI);
 * a list around it (Google); `detail` of a validator (FastAPI); a list of errors (Cloudflare, Writer, watsonx.ai); `reason` (Novita) or
 * `error_code` (Databricks) for the name, `error_type` for the type (TGI).
 */
function readError(body: unknown): NativeError {
  const outer = objectOf(Array.isArray(body) ? body[0] : body);
  const error = isObject(outer.error) ? outer.error : outer;
  const inner = objectOf(error.innererror);
  const metadata = objectOf(error.metadata);
  const listed = objectOf(listOf(outer.errors)[0]).code;
  const told = entryOf(cloudflareNames, String(listed ?? "")) ?? wordOf(listed);
  const moderated = Array.isArray(metadata.reasons) || metadata.flagged_input !== undefined;
  const named = told ?? wordOf(outer.reason) ?? wordOf(outer.error_code) ?? codeWord(error.code);
  const filtered = codeWord(inner.code) === "ResponsibleAIPolicyViolation" ? "content_filter" : undefined;
  return {
    type: wordOf(error.type) ?? wordOf(outer.error_type),
    code: moderated ? "moderation" : (filtered ?? named),
    message: wordOf(error.message) ?? wordOf(outer.error) ?? detailOf(outer.detail) ?? listedWords(outer.errors),
    param: wordOf(error.param),
  };
}

/** Cloudflare's numbers, those that say more than the status beside them. */
const cloudflareNames: Readonly<Record<string, string>> = {
  "3036": "insufficient_quota",
  "3040": "overloaded",
  "3042": "model_not_found",
  "5007": "model_not_found",
};

function listedWords(errors: unknown): string | undefined {
  const first = objectOf(listOf(errors)[0]);
  return wordOf(first.message) ?? wordOf(first.description);
}

/** Some repeat the HTTP status as code; that names nothing. */
function codeWord(code: unknown): string | undefined {
  const word = typeof code === "number" ? String(code) : wordOf(code);
  return word !== undefined && /^[1-5]\d\d$/.test(word) ? undefined : word;
}

function detailOf(detail: unknown): string | undefined {
  if (typeof detail === "string") return detail;
  const first = objectOf(listOf(detail)[0]);
  const place = listOf(first.loc).join(".");
  const words = wordOf(first.msg);
  return words && (place ? `${place}: ${words}` : words);
}

/** The error that stands in an answer, a choice or a chunk of a 200. */
export function faultIn(object: JsonObject): Fault | undefined {
  const { error } = object;
  const told = object.base_resp === undefined ? undefined : miniMaxFault(objectOf(object.base_resp));
  if (told) return told;
  if (error === undefined || error === null || error === false || error === "") return undefined;
  const status = statusIn(object);
  const native = readError(isObject(error) || typeof error === "string" ? object : { error: {} });
  return faultOfNames({ ...native, status });
}

/** MiniMax tells of an error in a 200: the numbers of its page, and the status that each stands for. */
const miniMaxStatuses: Readonly<Record<string, number>> = {
  ...{ "1001": 504, "1002": 429, "1004": 401, "1008": 402, "1039": 429, "1041": 429, "2013": 400, "2049": 401, "2056": 402 },
};
const miniMaxFilters = ["1026", "1027"];

function miniMaxFault({ status_code: number, status_msg: words }: JsonObject): Fault | undefined {
  if (number === undefined || number === 0) return undefined;
  const told = String(number);
  const code = miniMaxFilters.includes(told) ? "content_filter" : undefined;
  return faultOfNames({ code, message: wordOf(words), status: code ? 400 : (entryOf(miniMaxStatuses, told) ?? 500) });
}

function statusIn(object: JsonObject): number | undefined {
  const error = objectOf(object.error);
  const told = [error.status_code, error.code, error.status, object.status_code].map((value) => numberOf(value) ?? Number(value));
  return told.find((status) => Number.isInteger(status) && status >= 400 && status < 600);
}

interface Form {
  readonly type: string;
  readonly code?: string;
  /** Said before our own words, where clients tell OpenAI's errors apart by them. */
  readonly words?: string;
}

const wrongKey: Form = { type: "invalid_request_error", code: "invalid_api_key", words: "Incorrect API key provided: " };

/** Where OpenAI has its own name for it, clients act on that name. */
const forms: Partial<Readonly<Record<FaultCode, Form>>> = {
  credentials_missing: { type: "invalid_request_error", code: "invalid_api_key" },
  credentials_unknown: wrongKey,
  credentials_expired: wrongKey,
  credentials_forbidden: { type: "permission_error" },
  policy_model_denied: { type: "permission_error" },
  policy_denied: { type: "permission_error" },
  model_unknown: { type: "invalid_request_error", code: "model_not_found" },
  rate_limited: { type: "rate_limit_error", code: "rate_limit_exceeded" },
  budget_exhausted: { type: "insufficient_quota", code: "insufficient_quota" },
  upstream_rate_limited: { type: "rate_limit_error", code: "rate_limit_exceeded" },
  upstream_filtered: { type: "invalid_request_error", code: "content_filter" },
};

/** OpenAI's error body. */
export function errorBody(fault: Fault): { readonly error: JsonObject } {
  const form = forms[fault.code];
  // Applications look for this code on a 404; other dialects have none of their own.
  const rejected = fault.status === 404 ? (fault.nativeCode ?? "model_not_found") : fault.nativeCode;
  const native = fault.code === "upstream_rejected" ? rejected : undefined;
  return {
    error: {
      message: (form?.words ?? "") + fault.message,
      type: form?.type ?? (fault.status < 500 ? "invalid_request_error" : "server_error"),
      param: fault.param ?? null,
      code: native ?? form?.code ?? fault.code,
    },
  };
}
