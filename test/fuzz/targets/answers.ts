import { Fault, Losses, type ModelRequest, type TaskName, type TaskShapes } from "../../../src/exchange/index.ts";
import { codecs, dialects } from "../../../src/protocols/every-codec.ts";
import { Collector, isTaskCodec, play, type TaskCodec } from "../../../src/protocols/index.ts";
import { readJsonObject } from "../../../src/providers/whole-answer.ts";
import { conversations, seedsOf } from "../corpus.ts";
import { mutatedBytes } from "../mutate-bytes.ts";
import { mutatedJson } from "../mutate-json.ts";
import type { Random } from "../random.ts";
import { assertWholesome, attempt, Broken, type Target, type TargetMaker } from "../target.ts";
import { readRequests } from "./requests.ts";

const encoder = new TextEncoder();

/** Whole answers of every codec: skimmed, and where they are a conversation's read and written in every dialect. */
export const answerTargets: TargetMaker = (corpus) => {
  const requests = new Map(conversations.map((dialect) => [dialect.id, readRequests(corpus, dialect)]));
  return Object.values(codecs).map((codec): Target => {
    const { answers } = seedsOf(corpus, codec.id);
    const dialect = dialects[codec.id];
    return {
      name: `${codec.id}-answer`,
      input(random) {
        const text = mutatedJson(random.pick(answers), answers, random);
        return random.oneIn(15) ? mutatedBytes(Buffer.from(text), encoder.encode(random.pick(answers).text), random) : encoder.encode(text);
      },
      check(input, random) {
        const json = attempt("upstream", () => readJsonObject(input));
        if (json instanceof Fault) return;
        const failed = codec.skimAnswer(json).some((event) => event.type === "answer-error");
        if (!failed && isTaskCodec(codec)) checkTask(codec, json, random);
        if (!dialect || failed) return;
        const answer = attempt("upstream", () => dialect.readAnswer(json));
        if (answer instanceof Fault) return;
        assertWholesome(answer, "an answer that was read");
        const collector = new Collector();
        let finished = false;
        for (const event of play(answer)) {
          collector.add(event);
          finished ||= event.type === "choice-finish";
        }
        // The line tells of it as of an answer that broke off.
        if (finished) write(collector, requests, random);
      },
    };
  });
};

const taskRequests: { readonly [Name in TaskName]: TaskShapes[Name]["request"] } = {
  embed: {
    model: "m",
    inputs: [
      { type: "text", text: "a" },
      { type: "text", text: "b" },
    ],
  },
  rerank: { model: "m", query: "q", documents: ["a", "b"], echo: true },
  moderate: { model: "m", inputs: [{ type: "text", text: "a" }], together: false },
};

function checkTask(codec: TaskCodec<TaskName>, json: Record<string, unknown>, random: Random): void {
  const request = taskRequests[codec.task];
  const answer = attempt("upstream", () => codec.readAnswer(json, request));
  if (answer instanceof Fault) return;
  assertWholesome(answer, "an answer that was read");
  const other = random.pick(
    Object.values(codecs)
      .filter(isTaskCodec)
      .filter(({ task }) => task === codec.task),
  );
  // Some are spoken by upstreams only.
  const written = attempt("request", () => other.writeAnswer(answer, request, new Losses()));
  if (!(written instanceof Fault)) readJsonObject(encoder.encode(JSON.stringify(written)));
}

function write(collector: Collector, requests: ReadonlyMap<string, readonly ModelRequest[]>, random: Random): void {
  const other = random.pick(conversations);
  const context = { request: random.pick(requests.get(other.id) ?? []), requestId: "req_1", createdAt: 1_700_000_000 };
  const answer = collector.answer();
  // Cohere has no word for it but one that tells of a failure.
  if (other.id === "cohere-chat" && answer.choices.some(({ finish }) => finish?.reason === "filtered")) return;
  // Some take a call without a name or an id, which no model makes, for no call at all.
  const nameless = answer.choices
    .flatMap(({ items }) => items)
    .some((item) => item.type === "call" && (item.name === "" || item.callId === ""));
  if (nameless) return;
  const text = JSON.stringify(other.writeAnswer(answer, context));
  try {
    const json = readJsonObject(encoder.encode(text));
    if (other.skimAnswer(json).some((event) => event.type === "answer-error"))
      throw new Broken(`${other.id} reads an error in what it wrote`, text);
    other.readAnswer(json);
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    throw new Broken(`${other.id} does not read what it wrote: ${error.message.replace(/\d+/g, "#").slice(0, 90)}`, text.slice(0, 600));
  }
}
