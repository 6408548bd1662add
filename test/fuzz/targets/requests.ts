import { dialectIds, Fault, JsonBody, Losses, type ModelRequest, type TaskName } from "../../../src/exchange/index.ts";
import { codecs, dialects } from "../../../src/protocols/every-codec.ts";
import {
  type AnyDialect,
  isMediaCodec,
  isTaskCodec,
  type MediaCodec,
  type TargetTraits,
  type TaskCodec,
} from "../../../src/protocols/index.ts";
import { type Corpus, seedsOf } from "../corpus.ts";
import { mutatedBytes } from "../mutate-bytes.ts";
import { mutatedJson } from "../mutate-json.ts";
import type { Random } from "../random.ts";
import { assertSame, assertWholesome, attempt, Broken, type Target, type TargetMaker } from "../target.ts";

const encoder = new TextEncoder();

/**
 * Every codec's requests: checked, edited, and where they are a conversation read and written in every dialect. What is written is
 * JSON that the dialect's own reader takes, up to values that nobody here judges.
 */
export const requestTargets: TargetMaker = (corpus) =>
  Object.values(codecs).map((codec): Target => {
    const { requests } = seedsOf(corpus, codec.id);
    const dialect = dialects[codec.id];
    return {
      name: `${codec.id}-request`,
      input(random) {
        const text = mutatedJson(random.pick(requests), requests, random);
        return random.oneIn(15)
          ? mutatedBytes(Buffer.from(text), encoder.encode(random.pick(requests).text), random)
          : encoder.encode(text);
      },
      check(input, random) {
        const body = attempt("request", () => JsonBody.scan(input));
        if (body instanceof Fault || attempt("request", () => codec.checkRequest(body)) instanceof Fault) return;
        codec.streams?.(body);
        const traits = traitsOf(random);
        const edits = attempt("request", () => codec.editRequest(body, traits, new Losses()));
        if (!(edits instanceof Fault)) JsonBody.scan(body.splice(edits));
        const answer = attempt("request", () => codec.answer?.(body, new Losses()));
        if (answer !== undefined && !(answer instanceof Fault)) JSON.parse(JSON.stringify(answer));
        if (dialect) translate(dialect, body, traits, random);
        if (isTaskCodec(codec)) translateTask(codec, body, traits, random);
        if (isMediaCodec(codec)) readMedia(codec, body);
      },
    };
  });

function translate(dialect: AnyDialect, body: JsonBody, traits: TargetTraits, random: Random): void {
  const stream = dialect.streams?.(body) ?? random.oneIn(2);
  const request = attempt("request", () => dialect.readRequest(body, { model: "m", stream, header: () => undefined }));
  if (request instanceof Fault) return;
  assertWholesome(request, "a request that was read");
  const other = dialects[random.pick(dialectIds)];
  const write = () => attempt("request", () => other.writeRequest(request, traits, new Losses()));
  const written = write();
  if (written instanceof Fault) return;
  // Nothing was said: the provider refuses it in its own words.
  if (Object.values(written).some((value) => Array.isArray(value) && value.length === 0)) return;
  const text = JSON.stringify(written);
  if (random.oneIn(4)) assertSame(JSON.stringify(write()), text, "the same request is written in two ways");
  try {
    const theirs = JsonBody.scan(encoder.encode(text));
    other.checkRequest(theirs);
    other.readRequest(theirs, { model: "m", stream, header: () => undefined });
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    // Values that passed as they came are the provider's to refuse.
    if (/number|JSON Schema|function\.name|must be a name|must be the (call's )?id|nested deeper/.test(error.message)) return;
    throw new Broken(`${other.id} does not read what it wrote: ${error.message.replace(/\d+/g, "#").slice(0, 90)}`, text.slice(0, 600));
  }
}

/** Surfaces of one task reach each other through its vocabulary. */
function translateTask(codec: TaskCodec<TaskName>, body: JsonBody, traits: TargetTraits, random: Random): void {
  const request = attempt("request", () => codec.readRequest(body, { model: "m", header: () => undefined }));
  if (request instanceof Fault) return;
  assertWholesome(request, "a request that was read");
  const other = random.pick(
    Object.values(codecs)
      .filter(isTaskCodec)
      .filter(({ task }) => task === codec.task),
  );
  const written = attempt("request", () => other.writeRequest(request, traits, new Losses()));
  if (!(written instanceof Fault)) JsonBody.scan(encoder.encode(JSON.stringify(written)));
}

function readMedia({ facing }: MediaCodec, body: JsonBody): void {
  const request = attempt("request", () => facing?.readRequest(body, [], { model: "m", header: () => undefined }, new Losses()));
  if (!(request instanceof Fault)) assertWholesome(request, "a request that was read");
}

function traitsOf(random: Random): TargetTraits {
  return {
    provider: "fuzz",
    model: "target-model",
    ...(random.oneIn(3) && { maxOutputTokens: 4096 }),
    ...(random.oneIn(3) && { outputLimitField: random.pick(["max_tokens", "max_completion_tokens"] as const) }),
    ...(random.oneIn(3) && { developerRole: random.oneIn(2) }),
    ...(random.oneIn(3) && { streamUsage: random.pick(["asked", "always", "never"] as const) }),
    ...(random.oneIn(3) && { reasoningField: random.pick(["reasoning_content", "reasoning", "none"] as const) }),
    ...(random.oneIn(3) && { reasoningEffort: random.oneIn(2) }),
    ...(random.oneIn(3) && { jsonSchema: random.oneIn(2) }),
    ...(random.oneIn(3) && { sampling: random.oneIn(2) }),
    ...(random.oneIn(3) && { thinking: random.pick(["budget", "adaptive", "none"] as const) }),
    ...(random.oneIn(3) && { midSystem: random.oneIn(2) }),
    ...(random.oneIn(3) && { prefill: random.oneIn(2) }),
  };
}

/** Requests that writers of answers have before them, unchanged. */
export function readRequests(corpus: Corpus, dialect: AnyDialect): ModelRequest[] {
  const out: ModelRequest[] = [];
  for (const { text } of seedsOf(corpus, dialect.id).requests) {
    if (out.length === 30) break;
    const read = attempt("request", () => {
      const body = JsonBody.scan(encoder.encode(text));
      dialect.checkRequest(body);
      return dialect.readRequest(body, { model: "m", stream: dialect.streams?.(body) ?? true, header: () => undefined });
    });
    if (!(read instanceof Fault)) out.push(read);
  }
  return out;
}
