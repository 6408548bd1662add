import { type AnswerEvent, Fault, type Piece, parseJson, parseMessage, type Usage } from "../exchange/index.ts";
import { type AnyDialect, type Codec, play } from "../protocols/index.ts";
import type { UpstreamAnswer } from "./transport/transport.ts";
import { tooLarge } from "./transport/transport-fault.ts";
import type { Target } from "./upstream.ts";

const maxAnswerBytes = 64 * 1024 * 1024;
const maxRefusalBytes = 64 * 1024;
const decoder = new TextDecoder("utf-8", { fatal: true });

export async function wholeJson(answer: UpstreamAnswer): Promise<Record<string, unknown>> {
  return readJsonObject(await wholeBody(answer, maxAnswerBytes));
}

/** @param native the caller speaks the upstream's dialect */
export async function wholePiece(answer: UpstreamAnswer, codec: Codec, dialect: AnyDialect | undefined, native: boolean): Promise<Piece> {
  const raw = await wholeBody(answer, maxAnswerBytes);
  // Data of tools has to be exact only where it is written anew.
  const json = readJsonObject(raw, dialect ? parseMessage : parseJson);
  const beside = codec.usageBeside?.read((name) => answer.header(name));
  const skimmed = withUsage(codec.skimAnswer(json), beside);
  const failed = skimmed.some((event) => event.type === "answer-error");
  const events = dialect && !failed ? [...play(dialect.readAnswer(json))] : native ? skimmed : skimmed.map(withoutErrorBody);
  // A translation would have to make up a reason to finish, and with it a success that nobody told of.
  if (dialect && !native && !failed && !events.some((event) => event.type === "choice-finish")) throw new Fault("upstream_incomplete");
  return { raw, events, visible: !failed, last: true };
}

/** An error inside an answer, told to callers of another dialect. */
export function withoutErrorBody(event: AnswerEvent): AnswerEvent {
  return event.type === "answer-error" ? { ...event, fault: withoutBody(event.fault) } : event;
}

/** What the answer itself tells goes first. */
function withUsage(events: readonly AnswerEvent[], usage: Usage | undefined): readonly AnswerEvent[] {
  return usage === undefined || events.some(({ type }) => type === "usage-report") ? events : [{ type: "usage-report", usage }, ...events];
}

/** @throws Fault `upstream_malformed` where the answer is not JSON, not an object, or beyond the measure of `parseJson` */
export function readJsonObject(raw: Uint8Array, parse = parseMessage): Record<string, unknown> {
  try {
    const json = parse(decoder.decode(raw));
    if (typeof json === "object" && json !== null && !Array.isArray(json)) return json as Record<string, unknown>;
  } catch (cause) {
    throw new Fault("upstream_malformed", { message: "The provider's answer is not JSON.", cause });
  }
  throw new Fault("upstream_malformed", { message: "The provider's answer is not a JSON object." });
}

export function wholeBody(answer: UpstreamAnswer, limit: number): Promise<Uint8Array> {
  return answer.whole ? answer.whole(limit) : gathered(answer, limit);
}

async function gathered(answer: UpstreamAnswer, limit: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of answer.body) {
    length += chunk.length;
    if (length > limit) throw tooLarge(limit);
    chunks.push(chunk);
  }
  return chunks.length === 1 ? (chunks[0] as Uint8Array) : Buffer.concat(chunks);
}

/** What an error answer means. Its own words go on only to a caller of the same dialect, and only where they hold no secret. */
export async function refusal(answer: UpstreamAnswer, codec: Codec, target: Target, sameDialect: boolean): Promise<Fault> {
  const body = await firstBytes(answer.body, maxRefusalBytes);
  const fault = codec.readFault({ status: answer.status, header: (name) => answer.header(name), body });
  const leaking = target.upstream.leaks(new TextDecoder().decode(body)) || target.upstream.leaks(fault.message);
  return leaking || !sameDialect ? withoutBody(fault, leaking) : fault;
}

/** The fault without the upstream's own body, for callers who could not read it; and without its words, where they hold a secret. */
export function withoutBody(fault: Fault, leaking = false): Fault {
  if (!leaking && fault.nativeBody === undefined) return fault;
  return new Fault(fault.code, {
    ...(leaking ? {} : { message: fault.message, nativeCode: fault.nativeCode, nativeType: fault.nativeType }),
    status: fault.status,
    ...(!leaking && fault.param !== undefined && { param: fault.param }),
    ...(fault.retryAfterMs !== undefined && { retryAfterMs: fault.retryAfterMs }),
    ...(fault.toldStatus !== undefined && { toldStatus: fault.toldStatus }),
    cause: fault,
  });
}

async function firstBytes(body: AsyncIterable<Uint8Array>, limit: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const chunk of body) {
      chunks.push(chunk);
      length += chunk.length;
      if (length >= limit) break;
    }
  } catch (error) {
    if (error instanceof Fault && error.code === "client_gone") throw error;
  }
  return Buffer.concat(chunks).subarray(0, limit);
}
