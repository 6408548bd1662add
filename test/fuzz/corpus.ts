import type { SurfaceId } from "../../src/exchange/index.ts";
import { codecs, dialects } from "../../src/protocols/every-codec.ts";
import { cannedAnswer, simpleRequest } from "../transcripts/canned.ts";
import { conversationDialects, isObject, parseJson, type Dialect as Recorded, type RecordedExchange } from "../transcripts/exchange.ts";
import { loadFixtures, loadTranscripts, transcriptsFolder } from "../transcripts/load.ts";
import { framesOf } from "../transcripts/readers/frames.ts";
import { type JsonSeed, jsonSeed } from "./json-seed.ts";
import { type StreamSeed, streamSeed } from "./mutate-stream.ts";
import { ownAnswers, ownRequests, writtenSeeds } from "./own-seeds.ts";

export interface RefusalSeed {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: JsonSeed;
}

/** What inputs of one surface are made from. */
export interface Seeds {
  readonly requests: JsonSeed[];
  readonly answers: JsonSeed[];
  readonly streams: StreamSeed[];
  readonly refusals: RefusalSeed[];
}

export interface Corpus {
  readonly of: Readonly<Record<string, Seeds>>;
  /** Of all surfaces, and of APIs that none speaks. */
  readonly all: Seeds;
  readonly exchanges: readonly RecordedExchange[];
  readonly source: string;
}

/** Longer ones take most of the time and say nothing new. */
const longestSeed = 6_000;
const mostSeeds = 400;

/** The recorded transcripts where they are, the repository's fixtures always, and a small one of each dialect. */
export function loadCorpus(): Corpus {
  const folder = transcriptsFolder();
  const exchanges = [...loadFixtures().exchanges, ...(folder === undefined ? [] : loadTranscripts(folder).exchanges)];
  const of: Record<string, Seeds> = {};
  for (const id of Object.keys(codecs)) of[id] = emptySeeds();
  const all = emptySeeds();
  for (const dialect of conversationDialects) addCanned(of[dialect], dialect);
  for (const [id, seeds] of Object.entries(of)) {
    seeds.requests.push(...ownRequests(id));
    seeds.answers.push(...ownAnswers(id));
  }
  for (const dialect of conversations) {
    const { answers, streams } = writtenSeeds(dialect);
    of[dialect.id]?.answers.push(...answers);
    of[dialect.id]?.streams.push(...streams);
  }
  for (const exchange of exchanges) {
    const own = exchange.dialect === undefined ? undefined : of[exchange.dialect];
    if (exchange.leftOut === undefined && own) add(own, exchange);
    add(all, exchange);
  }
  const source = folder === undefined ? "fixtures of the repository" : "recorded transcripts and fixtures";
  return { of: Object.fromEntries(Object.entries(of).map(([id, seeds]) => [id, thinned(seeds)])), all: thinned(all), exchanges, source };
}

function emptySeeds(): Seeds {
  return { requests: [], answers: [], streams: [], refusals: [] };
}

function addCanned(seeds: Seeds | undefined, dialect: Recorded): void {
  if (!seeds) return;
  seeds.requests.push(jsonSeed(simpleRequest(dialect, "canned", false)));
  seeds.answers.push(jsonSeed(parseJson(new TextDecoder().decode(cannedAnswer(dialect, false).body))));
  seeds.streams.push(streamSeed(framesOf(dialect, cannedAnswer(dialect, true).body)));
  seeds.refusals.push({ status: 400, headers: {}, body: jsonSeed({ error: { type: "invalid_request_error", code: "x", message: "m" } }) });
}

function add(seeds: Seeds, { dialect, requestJson, answer, mode }: RecordedExchange): void {
  if (requestJson) seeds.requests.push(jsonSeed(requestJson));
  if (!answer) return;
  if (mode === "stream") {
    if (dialect) seeds.streams.push(streamSeed(framesOf(dialect, answer.body)));
    return;
  }
  const json = parseJson(new TextDecoder().decode(answer.body));
  if (!isObject(json)) return;
  if (mode === "error") seeds.refusals.push({ status: answer.status, headers: answer.headers, body: jsonSeed(json) });
  else seeds.answers.push(jsonSeed(json));
}

/** Every so many of what is not too long, the same in every run. */
function thinned({ requests, answers, streams, refusals }: Seeds): Seeds {
  const few = <Value>(values: readonly Value[], lengthOf: (value: Value) => number): Value[] => {
    const short = values.filter((value) => lengthOf(value) <= longestSeed && lengthOf(value) > 0);
    const step = Math.max(1, short.length / mostSeeds);
    return Array.from({ length: Math.floor(short.length / step) }, (_, index) => short[Math.floor(index * step)] as Value);
  };
  return {
    requests: few(requests, ({ text }) => text.length),
    answers: few(answers, ({ text }) => text.length),
    streams: few(streams, (frames) => frames.reduce((sum, { data }) => sum + data.length, 0)),
    refusals: few(refusals, ({ body }) => body.text.length),
  };
}

/** Seeds of a surface; those of all where it has none of its own. */
export function seedsOf(corpus: Corpus, id: SurfaceId): Seeds {
  const own = corpus.of[id] ?? emptySeeds();
  const or = <Value>(values: Value[], others: Value[]): Value[] => (values.length > 0 ? values : others);
  return {
    requests: or(own.requests, corpus.all.requests),
    answers: or(own.answers, corpus.all.answers),
    streams: or(own.streams, corpus.all.streams),
    refusals: or(own.refusals, corpus.all.refusals),
  };
}

export const conversations = Object.values(dialects);
