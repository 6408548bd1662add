import { type Fault, parseJson } from "../../exchange/index.ts";
import type { UpstreamRefusal } from "../dialect.ts";
import { entryOf } from "../json-fields.ts";
import { faultOfStatus, type NativeError } from "../refusal.ts";
import { type Fields, fieldsOf, isFields, numberOf, optional, textOf } from "./fields.ts";

/** The status that each of AWS's exceptions stands for; those about our own credential come with 400 or 403. */
const statuses: Readonly<Record<string, number>> = {
  ValidationException: 400,
  SerializationException: 400,
  ServiceQuotaExceededException: 402,
  AccessDeniedException: 403,
  UnrecognizedClientException: 401,
  InvalidClientTokenId: 401,
  InvalidSignatureException: 401,
  SignatureDoesNotMatch: 401,
  IncompleteSignatureException: 401,
  MissingAuthenticationTokenException: 401,
  ExpiredTokenException: 401,
  ResourceNotFoundException: 404,
  ModelTimeoutException: 408,
  ConflictException: 409,
  ThrottlingException: 429,
  TooManyRequestsException: 429,
  // Not loaded yet: the model, not a limit of ours.
  ModelNotReadyException: 503,
  InternalServerException: 500,
  ServiceUnavailableException: 503,
};

const contextWords = /input is too long|too many input tokens|input tokens exceed|exceeds? maximum length|number of input tokens/i;

/** An error answer of Bedrock: its exception stands in a header or in the body; a body in another form leaves the status to speak. */
export function readFault(answer: UpstreamRefusal): Fault {
  const body = fieldsOf(parsed(answer.body));
  const name = exceptionName(answer.header("x-amzn-errortype") ?? textOf(body.__type) ?? textOf(body.code));
  return faultOfException(name, body, answer);
}

/** An exception inside a stream. `name` begins with a small letter there; errors without a payload have their words in a header. */
export function readException(name: string | undefined, payload: Uint8Array, words: string | undefined): Fault {
  const answer = { status: 500, header: () => undefined, body: payload };
  return faultOfException(exceptionName(name), { ...optional("message", words), ...fieldsOf(parsed(payload)) }, answer);
}

function faultOfException(name: string | undefined, body: Fields, answer: UpstreamRefusal): Fault {
  const message = textOf(body.message) ?? textOf(body.Message) ?? textOf(body.originalMessage);
  const failed = name === "ModelErrorException" || name === "ModelStreamErrorException" || (name === undefined && answer.status === 424);
  const status = failed ? modelStatus(body) : (entryOf(statuses, name ?? "") ?? answer.status);
  const tooLong = status === 400 && contextWords.test(message ?? "");
  const native: NativeError = { type: name, message, ...(tooLong && { code: "context_length_exceeded" }) };
  return faultOfStatus({ status, header: (header) => answer.header(header), body: answer.body }, native);
}

/** What the model's own server said: only what it found wrong in the request, or too much, is more than a failure. */
function modelStatus(body: Fields): number {
  const status = numberOf(body.originalStatusCode) ?? 500;
  return [400, 413, 422, 429, 503].includes(status) ? status : 500;
}

/** `ValidationException:http://…`, `com.amazon.coral.service#ValidationException` and `validationException` are one. */
function exceptionName(told: string | undefined): string | undefined {
  const name = told?.split(":")[0]?.split("#").at(-1)?.trim();
  return name ? name.charAt(0).toUpperCase() + name.slice(1) : undefined;
}

function parsed(body: Uint8Array): unknown {
  try {
    const value: unknown = parseJson(new TextDecoder().decode(body));
    return isFields(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

export interface WrittenError {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: { readonly __type: string; readonly message: string };
}

/** The fault as AWS's SDKs know it. They look for its name in the header first, then in the body, and count the wait in milliseconds. */
export function writeFault(fault: Fault): WrittenError {
  const name = exceptionFor(fault);
  const wait = fault.retryAfterMs;
  const headers = { "x-amzn-errortype": name, ...(wait !== undefined && { "x-amz-retry-after": String(Math.ceil(wait)) }) };
  return { status: fault.status, headers, body: { __type: name, message: messageOf(fault) } };
}

/** Clients that shorten their history by themselves look for these words. */
export function messageOf(fault: Fault): string {
  const words = "Input is too long for requested model.";
  return fault.nativeCode === "context_length_exceeded" && !contextWords.test(fault.message) ? `${words} ${fault.message}` : fault.message;
}

function exceptionFor(fault: Fault): string {
  switch (fault.status) {
    case 401:
      return "UnrecognizedClientException";
    case 403:
      return "AccessDeniedException";
    case 404:
      return "ResourceNotFoundException";
    case 408:
    case 504:
      return "ModelTimeoutException";
    case 409:
      return "ConflictException";
    case 429:
      return "ThrottlingException";
    case 503:
      return "ServiceUnavailableException";
    default:
      return fault.status >= 400 && fault.status < 500 ? "ValidationException" : "InternalServerException";
  }
}

/** The members of a stream that are errors are fewer. */
export function streamExceptionFor(fault: Fault): string {
  if (fault.status === 429) return "throttlingException";
  if (fault.status === 503) return "serviceUnavailableException";
  if (fault.status >= 400 && fault.status < 500) return "validationException";
  return fault.blame === "upstream" ? "modelStreamErrorException" : "internalServerException";
}
