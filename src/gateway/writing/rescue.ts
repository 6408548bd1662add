import { type Attempt, Explanation, Fault, faultTable, type Head } from "../../exchange/index.ts";
import { limitHeaders } from "../limits/limit-headers.ts";
import type { Engine } from "../line.ts";
import { requestIdHeader } from "./answer-headers.ts";
import { browserHeaders } from "./browser-headers.ts";
import { contextOf, dialectOf, type Speech } from "./write.ts";

const encoder = new TextEncoder();

/**
 * The one place where a fault becomes an answer: the caller's own error form, with a status where nothing was sent yet,
 * in-band where the stream has begun. Then the connection breaks off, so that nobody takes the answer for whole; not where the provider
 * itself ended its stream with what went wrong, which its clients read as the end.
 */
export async function* rescue(fault: Fault, speech: Speech): AsyncGenerator<Head | Uint8Array> {
  const { meter, http, codec } = speech;
  // Ended from our side: the upstream's call was cancelled, but the client is still there.
  const faced = await settled(http.signal.reason instanceof Fault ? http.signal.reason : fault, speech);
  report(faced, speech);
  if (!speech.headSent) {
    speech.headSent = true;
    const { status, body, headers } = errorBody(faced, speech);
    yield {
      status,
      headers: {
        ...browserHeaders,
        "content-type": "application/json",
        "x-sluice-request-id": meter.id,
        [requestIdHeader(codec.id)]: meter.id,
        ...headers,
        ...(speech.counters && limitHeaders(speech.counters, speech.engine)),
        ...hintsOf(faced),
      },
      body,
    };
    return;
  }
  const last = faced.code === "client_gone" ? undefined : speech.errorTold ? speech.array?.close() : inBand(faced, speech);
  if (last !== undefined) yield typeof last === "string" ? encoder.encode(last) : last;
  if (speech.errorTold === "ending" && faced === fault) return;
  throw faced;
}

/** Records the fault before it is told; where even that fails, the failed journal is the news. */
async function settled(fault: Fault, { meter, headSent, codec }: Speech): Promise<Fault> {
  meter.failed(fault);
  if (fault.policy !== undefined) meter.detail.policies = [{ policy: fault.policy, verdict: fault.code }];
  if (!headSent) meter.status = codec.writeFault(fault, meter.id).status;
  try {
    await meter.settle();
    return fault;
  } catch (error) {
    return Fault.from(error, "journal_failed");
  }
}

/** The error form of the stream that has begun; undefined where the answer is no stream. */
function inBand(fault: Fault, speech: Speech): string | Uint8Array | undefined {
  const { exchange } = speech;
  if (!exchange?.stream) return undefined;
  if (!speech.writer && !speech.dialect) return speech.events ? speech.codec.streamedFault?.(fault) : undefined;
  const writer = speech.writer ?? dialectOf(speech).writeStream(contextOf(exchange));
  const written = writer.fault(fault);
  return speech.array ? speech.array.fault(written) : written;
}

/** The provider's own words, where the caller speaks its dialect and they were found harmless; else ours. */
function errorBody(
  fault: Fault,
  { codec, meter, array }: Speech,
): { status: number; body: Uint8Array; headers: Readonly<Record<string, string>> | undefined } {
  const { status, body, headers } = codec.writeFault(fault, meter.id);
  const told = fault.nativeBody ?? encoder.encode(JSON.stringify(body));
  return { status: fault.nativeBody ? fault.status : status, body: array ? array.whole(told) : told, headers };
}

export function hintsOf(fault: Fault): Record<string, string> {
  return {
    ...(fault.retryAfterMs !== undefined && { "retry-after": String(Math.max(1, Math.ceil(fault.retryAfterMs / 1000))) }),
    ...(fault.allow && { allow: fault.allow.join(", ") }),
    // The retries are used up here; an SDK that starts its own would only multiply them.
    ...(((fault.blame === "upstream" && fault.retryAfterMs === undefined) || fault.code === "repetition_unknown") && {
      "x-should-retry": "false",
    }),
    ...(fault.policy !== undefined && { "x-sluice-policy": fault.policy }),
  };
}

/** Into the log, under the request's id. */
export function report(
  fault: Fault,
  {
    engine,
    meter,
  }: { readonly engine: Pick<Engine, "log">; readonly meter: { readonly id: string; readonly attempts?: readonly Attempt[] } },
): void {
  const { log, doc } = faultTable[fault.code];
  const tried = fault.blame === "upstream" ? meter.attempts?.at(-1) : undefined;
  engine.log(log, doc, {
    requestId: meter.id,
    fault: fault.code,
    // What stands behind the provider is the caller's own word.
    ...(tried && { provider: tried.target.split("/", 1)[0], ...systemCodeOf(fault) }),
    ...(log === "error" && { cause: loggedCause(fault) }),
  });
}

/** What the system says of a connection: `ECONNREFUSED`. */
function systemCodeOf({ cause }: Fault): { readonly code?: string } {
  if (!(cause instanceof Error && "code" in cause && typeof cause.code === "string")) return {};
  return /^[A-Z][A-Z0-9_]{2,60}$/.test(cause.code) ? { code: cause.code } : {};
}

/** The stack of a defect, which store is away, and what we have to explain; nothing of what a provider or a caller said. */
export function loggedCause(fault: Fault): string | undefined {
  const { cause } = fault;
  if (cause instanceof Explanation) return cause.message;
  if (fault.code === "store_unavailable") return fault.message;
  return fault.code === "gateway_failed" && cause instanceof Error ? cause.stack : cause instanceof Error ? cause.name : undefined;
}
