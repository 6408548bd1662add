import { type Fault, type FaultCode, parseJson } from "../../exchange/index.ts";
import type { UpstreamRefusal } from "../dialect.ts";
import { faultOfNames, faultOfStatus, type NativeError } from "../refusal.ts";
import { isObject, type JsonObject, listOf, numberOf, objectOf, wordOf } from "./json-value.ts";

const decoder = new TextDecoder();

/** A provider's refusal, whichever of this dialect's providers it is. */
export function readFault(answer: UpstreamRefusal): Fault {
  return faultOfStatus(answer, readError(parsed(answer.body)));
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
 * a list around it (Google); `detail` of a validator (FastAPI).
 */
function readError(body: unknown): NativeError {
  const outer = objectOf(Array.isArray(body) ? body[0] : body);
  const error = isObject(outer.error) ? outer.error : outer;
  const inner = objectOf(error.innererror);
  const metadata = objectOf(error.metadata);
  const moderated = Array.isArray(metadata.reasons) || metadata.flagged_input !== undefined;
  const named = codeWord(error.code);
  const filtered = codeWord(inner.code) === "ResponsibleAIPolicyViolation" ? "content_filter" : undefined;
  return {
    type: wordOf(error.type),
    code: moderated ? "moderation" : (filtered ?? named),
    message: wordOf(error.message) ?? wordOf(outer.error) ?? detailOf(outer.detail),
    param: wordOf(error.param),
  };
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
  if (error === undefined || error === null || error === false || error === "") return undefined;
  const status = statusIn(object);
  const native = readError(isObject(error) || typeof error === "string" ? object : { error: {} });
  return faultOfNames({ ...native, status });
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
