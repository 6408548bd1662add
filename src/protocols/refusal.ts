import { Fault, type FaultCode } from "../exchange/index.ts";
import type { UpstreamRefusal } from "./dialect.ts";

/** What a dialect found in an error body; all of it may be missing. */
export interface NativeError {
  readonly type?: string | undefined;
  readonly code?: string | undefined;
  readonly message?: string | undefined;
  readonly param?: string | undefined;
}

type HeaderReader = (name: string) => string | undefined;

const passedStatuses = [400, 404, 413, 422];
const maxWords = 1000;

const quotaNames =
  /^(insufficient_quota|insufficient_balance|insufficient_credits|not_enough_balance|credit_balance_exhausted|credit_limit|billing_error|billing_not_active|billing_hard_limit_reached|exceeded_current_quota_error|payment_required|arrearage|accountoverdueerror|operationdenied\.serviceoverdue|1113|1304|1308|1309|1310)$/i;
const filterNames =
  /^(content_filter|content_filtered|content_policy_violation|responsibleaipolicyviolation|moderation|moderation_blocked|data_inspection_failed|datainspectionfailed|safety|cyber_policy|bio_policy|1301|(input|output)?(text|image|video|audio)?sensitivecontentdetected(\..+)?)$/i;
const credentialNames =
  /^(invalid_api_key|incorrect_api_key|invalid_authentication_error|authentication_error|api_key_invalid|invalidapikey|1110|1111|1112|1121)$/i;
const overloadedNames =
  /^(overloaded_error|server_is_overloaded|overloaded|capacity_exceeded|engine_overloaded_error|queue_exceeded|serveroverloaded|1305|1312)$/i;
const limitNames = /^(rate_limit_exceeded|rate_limit_error)$/i;
const contextNames = /^(exceed_context_size_error)$/i;

// Only where providers answer with a status that says something else than they mean.
const quotaWords =
  /credit balance is too low|used all available credits|insufficient balance|balance is insufficient|purchase more credits|(doesn't|does not) have any credits|account is suspended/i;
const credentialWords = /(incorrect|invalid) api[ _-]?key/i;
const filterWords = /violates usage guidelines|usage guideline violation|input was flagged|content management policy/i;
const contextWords =
  /maximum context length|context[ _]length[ _]exceeded|prompt is too long|exceeds? the (model's |available )?(maximum )?context|context window|exceeded model token limit|input token length too long|max_new_tokens`? must be/i;

/**
 * The table of refusals by HTTP status, one for all dialects; the dialect reads its own error body first.
 *
 * Words of the provider reach the caller only where the caller's own request was wrong or was filtered: limits,
 * credentials and server errors name the gateway's account, so they go to `cause`.
 */
export function faultOfStatus(answer: UpstreamRefusal, native: NativeError = {}): Fault {
  const code = codeOf(answer.status, native);
  const words = native.message?.slice(0, maxWords);
  const cause = new Error(`status ${answer.status}${native.code ? ` ${native.code}` : ""}${words ? `: ${words}` : ""}`);
  const named = {
    ...(native.type !== undefined && { nativeType: native.type }),
    ...(nativeCodeOf(native) !== undefined && { nativeCode: nativeCodeOf(native) as string }),
  };
  if (code === "upstream_rejected" || code === "upstream_filtered" || code === "upstream_conflict") {
    return new Fault(code, {
      ...named,
      message: words || `The provider refused the request with status ${answer.status} and gave no words that the gateway can read.`,
      ...(native.param !== undefined && { param: native.param }),
      ...(code === "upstream_rejected" && { status: passedStatuses.includes(answer.status) ? answer.status : 400 }),
      ...(answer.body.length > 0 && { nativeBody: answer.body }),
      cause,
    });
  }
  const retryAfterMs = parseRetryAfter((name) => answer.header(name));
  return new Fault(code, { ...named, ...(retryAfterMs !== undefined && { retryAfterMs }), toldStatus: answer.status, cause });
}

/** A fault for an error that came inside a 200, where only the provider's names tell what it is. */
export function faultOfNames(native: NativeError & { readonly status?: number | undefined; readonly body?: Uint8Array }): Fault {
  const { status = statusOfNames(native), body = nothing } = native;
  return faultOfStatus({ status, header: () => undefined, body }, native);
}

const nothing = new Uint8Array(0);

function statusOfNames(native: NativeError): number {
  const names = `${native.type ?? ""} ${native.code ?? ""}`;
  if (/rate_limit|too_many_requests|slow_down/i.test(names)) return 429;
  if (/invalid_request|context_length_exceeded|invalid_prompt|unsupported_/i.test(names)) return 400;
  if (/not_found/i.test(names)) return 404;
  if (/permission|forbidden/i.test(names)) return 403;
  if (/overloaded|unavailable/i.test(names)) return 503;
  return 500;
}

function codeOf(status: number, native: NativeError): FaultCode {
  const isNamed = (names: RegExp) => names.test(native.code ?? "") || names.test(native.type ?? "");
  const says = (words: RegExp) => words.test(native.message ?? "");
  if (status === 402 || isNamed(quotaNames)) return "upstream_quota";
  if (isNamed(filterNames)) return "upstream_filtered";
  if (status === 401 || isNamed(credentialNames)) return "upstream_credentials";
  if (status === 403 && says(contextWords)) return "upstream_rejected";
  if (status === 403) return says(quotaWords) ? "upstream_quota" : says(filterWords) ? "upstream_filtered" : "upstream_credentials";
  if (status === 503 || status === 529 || status === 498 || isNamed(overloadedNames)) return "upstream_overloaded";
  if ((status === 429 || status === 412) && says(quotaWords)) return "upstream_quota";
  // Larger than the tokens of a minute: a limit of the account, whatever the status.
  if (status === 429 || (status === 413 && isNamed(limitNames))) return "upstream_rate_limited";
  if (status === 408 || status === 504) return "upstream_timeout";
  if (status === 409) return "upstream_conflict";
  if (status === 400 && says(quotaWords)) return "upstream_quota";
  if (status === 400 && says(credentialWords)) return "upstream_credentials";
  if (status === 400 && says(filterWords)) return "upstream_filtered";
  return status >= 400 && status < 500 ? "upstream_rejected" : "upstream_failed";
}

function nativeCodeOf(native: NativeError): string | undefined {
  const isTooLong = contextWords.test(native.message ?? "") || contextNames.test(native.type ?? "");
  return isTooLong ? "context_length_exceeded" : native.code;
}

/**
 * How long the upstream asks to wait, in milliseconds: `retry-after-ms`, then `retry-after` in seconds or as an HTTP
 * date, which is measured against the answer's own `date` where there is one.
 */
export function parseRetryAfter(header: HeaderReader): number | undefined {
  const milliseconds = numberOf(header("retry-after-ms"));
  if (milliseconds !== undefined) return Math.ceil(milliseconds);
  const text = header("retry-after")?.trim();
  if (!text) return undefined;
  const seconds = numberOf(text);
  if (seconds !== undefined) return Math.ceil(seconds * 1000);
  const until = /[a-z]{3}/i.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(until)) return undefined;
  const answeredAt = Date.parse(header("date") ?? "");
  return Math.max(0, until - (Number.isNaN(answeredAt) ? Date.now() : answeredAt));
}

function numberOf(text: string | undefined): number | undefined {
  return text !== undefined && /^\s*\d+(\.\d+)?\s*$/.test(text) ? Number(text) : undefined;
}
