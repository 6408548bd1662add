import { type Bench, ownProvider, type Question, type Reply } from "./bench.ts";
import { simpleRequest } from "./canned.ts";
import {
  asksForStream,
  type Dialect,
  isConversation,
  isObject,
  type Json,
  objectsOf,
  parseJson,
  pathTells,
  type RecordedAnswer,
  type RecordedExchange,
  streamsUnasked,
  textOf,
  wrappedMessages,
} from "./exchange.ts";
import { besideInvoke, dialectHeaders, headerDifference } from "./own-headers.ts";
import { type Frame, framesOf } from "./readers/frames.ts";
import { filesDifference, filesOf, mediaMeterDifference } from "./readers/media.ts";
import { tell } from "./readers/tell.ts";
import type { Arrival, Slicing } from "./replay-upstream.ts";
import { failed, type Verdict } from "./tally.ts";

const decoder = new TextDecoder();

/** Sends the recorded request in its own dialect and compares what arrives on both sides, field by field. */
export async function checkOwnDialect(bench: Bench, exchange: RecordedExchange, slicing?: Slicing): Promise<Verdict> {
  const { answer, dialect } = exchange;
  if (answer === undefined || dialect === undefined) return { outcome: "left out", note: "no answer was recorded" };
  const files = filesOf(exchange, dialect);
  const asked = ownRequest(exchange, dialect, answer);
  const body = files === undefined ? asked : asFields(asked);
  const replay = { dialect, answer, ...(slicing === undefined ? {} : { slicing }) };
  const stream = asksForStream(exchange);
  const headers = dialectHeaders(exchange);
  const question = { caller: dialect, provider: ownProvider(exchange, dialect), body, stream, headers, ...(files && { files }) };
  const reply = await bench.ask(question, replay);
  const stored = (storedState[dialect] ?? []).filter((name) => body[name] !== undefined && body[name] !== null && body[name] !== false);
  if (stored.length === 0 || reply.arrivals.length > 0) return judge(exchange, dialect, question, reply, answer);
  if (reply.status !== 400 || !stored.some((name) => reply.text.includes(name))) return unsent(exchange, reply);
  // Stored state comes later: refused by name. The answer must pass all the same, for a request without it.
  const stateless = { ...question, body: Object.fromEntries(Object.entries(body).filter(([name]) => !stored.includes(name))) };
  const verdict = judge(exchange, dialect, stateless, await bench.ask(stateless, replay), answer);
  return verdict.outcome === "passed"
    ? { outcome: "passed", note: `stored state (${stored.join(", ")}) refused by name; the answer passes without it` }
    : verdict;
}

const storedState: Partial<Record<Dialect, readonly string[]>> = {
  "openai-responses": ["previous_response_id", "conversation", "background", "prompt"],
  "openai-compact": ["previous_response_id"],
  "gemini-interactions": ["previous_interaction_id", "continuation_token", "environment", "webhook_config", "store", "background"],
};

function judge(exchange: RecordedExchange, dialect: Dialect, question: Question, reply: Reply, answer: RecordedAnswer): Verdict {
  const arrival = reply.arrivals[0];
  if (arrival === undefined) return unsent(exchange, reply);
  if (reply.arrivals.length > 1) return failed(`asked the upstream ${reply.arrivals.length} times`);
  if (reply.records.length !== 1) return failed(`${reply.records.length} records were settled instead of one`);
  const changed =
    exchange.api === wrappedMessages
      ? (wrappedDifference(exchange, arrival) ?? headerDifference(question, arrival, besideInvoke))
      : (requestDifference(question.provider, keptNowhere(dialect, question.body), arrival.json) ??
        (question.files && filesDifference(question.files, arrival)) ??
        headerDifference(question, arrival));
  if (changed !== undefined) return failed(`the upstream's request differs: ${changed}`);
  if (exchange.mode === "error") return checkError(reply, answer);
  const early =
    exchange.mode === "stream" && reply.status >= 400 && isConversation(dialect) ? tell(dialect, "stream", answer.body) : undefined;
  const failedEarly = early !== undefined && (early.error !== undefined || early.ending === "failed");
  if (failedEarly && early.text === "" && early.calls.length === 0 && isObject(parseJson(reply.text))) {
    return { outcome: "passed", note: `an error inside the stream, before anything of the answer, became status ${reply.status}` };
  }
  const failedInside = isConversation(dialect) && exchange.mode === "whole" && tell(dialect, "whole", answer.body).ending === "failed";
  if (failedInside && reply.status === 502 && isObject(parseJson(reply.text))) {
    return { outcome: "passed", note: "an answer that ends with the model's failure became 502, so that another try can follow" };
  }
  if (reply.status !== answer.status) return failed(`status ${reply.status} instead of ${answer.status}: ${reply.text.slice(0, 300)}`);
  const verdict = exchange.mode === "stream" ? checkStream(dialect, question.body, reply, answer) : checkWhole(reply, answer);
  return verdict.outcome === "passed" ? (meterDifference(exchange, reply, answer) ?? verdict) : verdict;
}

/** The fields of forms are text. */
function asFields(body: Json): Json {
  return Object.fromEntries(Object.entries(body).map(([name, value]) => [name, Array.isArray(value) ? value : String(value)]));
}

/** What the ledger says was used is what the upstream reported. */
function meterDifference(exchange: RecordedExchange, { records }: Reply, answer: RecordedAnswer): Verdict | undefined {
  if (exchange.dialect === undefined) return undefined;
  if (!isConversation(exchange.dialect)) {
    const different = exchange.mode === "whole" ? mediaMeterDifference(exchange.dialect, records[0]?.usage, answer) : undefined;
    return different === undefined ? undefined : failed(different);
  }
  const told = tell(exchange.dialect, modeOf(exchange), answer.body);
  const record = records[0];
  const whole = told.whole && told.error === undefined && told.ending !== "failed";
  if ((record?.outcome === "success") !== whole && exchange.mode === "stream")
    return failed(`settled as ${record?.outcome}, the answer was ${whole ? "whole" : "not whole"}`);
  const { usage } = told;
  if (usage === undefined || !whole || (usage.input === 0 && usage.output === 0)) return undefined;
  const metered = record?.usage;
  if (metered?.source !== "reported") return failed("usage was reported, but not metered as such");
  const input =
    metered.inputUncached +
    metered.cacheRead +
    metered.cacheWrite +
    metered.cacheWrite5m +
    metered.cacheWrite30m +
    metered.cacheWrite1h +
    metered.cacheWrite12h;
  const same = input === usage.input && metered.cacheRead === usage.cacheRead && metered.output === usage.output;
  return same
    ? undefined
    : failed(`metered ${input}/${metered.cacheRead}/${metered.output} instead of ${usage.input}/${usage.cacheRead}/${usage.output}`);
}

/** What reaches Bedrock is what its own SDK sent there: version and betas in the body, neither model nor stream; the path names both. */
function wrappedDifference({ requestJson = {}, path }: RecordedExchange, { json = {}, path: taken }: Arrival): string | undefined {
  const [left, right] = [requestJson, json].map((body) =>
    JSON.stringify(Object.fromEntries(Object.entries(body).sort(([one], [other]) => (one < other ? -1 : 1)))),
  );
  if (left !== right) return firstDifference(left ?? "", right ?? "");
  const plain = (text: string) => decodeURIComponent(text.slice(text.indexOf("/model/"))).replace(/@case-\d+/, "");
  return plain(path) === plain(taken) ? undefined : `${path} became ${taken}`;
}

/** The recorded request, or the least one that fits the answer. */
export function ownRequest(exchange: RecordedExchange, dialect: Dialect, answer: RecordedAnswer): Json {
  if (exchange.requestJson !== undefined) {
    if (pathTells(dialect)) return { ...exchange.requestJson, model: modelInPath(exchange.path) ?? unnamedModel(exchange) };
    if (exchange.api === wrappedMessages) return unwrappedRequest(exchange, exchange.requestJson);
    if (streamsUnasked(dialect)) return { ...exchange.requestJson, stream: exchange.mode === "stream" };
    const stream = exchange.mode === "stream" && exchange.requestJson.stream !== true ? { stream: true } : {};
    const whole = exchange.mode === "whole" && exchange.requestJson.stream === true ? { stream: false } : {};
    return { ...exchange.requestJson, ...stream, ...whole, model: exchange.requestJson.model ?? "deployment" };
  }
  const told = !isConversation(dialect) || exchange.mode === "error" ? undefined : tell(dialect, modeOf(exchange), answer.body);
  return simpleRequest(dialect, unnamedModel(exchange), exchange.mode === "stream", told);
}

/** As a caller of Anthropic's asks for what InvokeModel was asked for. */
export function unwrappedRequest({ path, mode }: RecordedExchange, requestJson: Json): Json {
  const { anthropic_version: _version, anthropic_beta: _betas, ...body } = requestJson;
  return { ...body, model: modelInPath(path) ?? "recorded-model", stream: mode === "stream" };
}

/** Where the recording names no model; a cloud knows by the name whose dialect the model speaks. */
function unnamedModel({ provider, dialect }: RecordedExchange): string {
  return provider === "vertex" && dialect === "gemini-generate" ? "gemini-recorded" : "recorded-model";
}

function modelInPath(path: string): string | undefined {
  const name = /\/models?\/([^/:]+(?::[\d.]+[^/:]*)?)[/:]/.exec(decodeURIComponent(path))?.[1];
  return name;
}

function modeOf(exchange: RecordedExchange): "whole" | "stream" {
  return exchange.mode === "stream" ? "stream" : "whole";
}

function unsent(exchange: RecordedExchange, reply: Reply): Verdict {
  if (reply.status >= 400 && reply.status < 500) {
    // The provider refused the request then; the gateway refuses it now.
    if (exchange.mode === "error") return { outcome: "passed", note: `refused by the gateway itself (${reply.status})` };
    return failed(`refused before it was sent: ${reply.status} ${reply.text.slice(0, 300)}`);
  }
  return failed(`nothing was sent: ${reply.status} ${reply.text.slice(0, 300)}`);
}

/** Quirks of a provider that its declaration mends in every body, so that a request in the common dialect works there. */
const mended: Readonly<Record<string, readonly string[]>> = {
  mistral: ["stream_options", "user", "store", "seed", "random_seed", "max_tokens", "max_completion_tokens"],
};

/** Google keeps what nobody says a word about; the gateway says it. */
function keptNowhere(dialect: Dialect, sent: Json): Json {
  return dialect === "gemini-interactions" ? { ...sent, store: false } : sent;
}

function requestDifference(provider: string, sent: Json, arrived: Json | undefined): string | undefined {
  if (arrived === undefined) return "not JSON";
  const ignored = mended[provider] ?? [];
  const [left, right] = [sent, arrived].map((json) => JSON.stringify(comparable(json, ignored)).replace(/@case-\d+/g, ""));
  return left === right ? undefined : firstDifference(left ?? "", right ?? "");
}

/** Without the model's name, which names the case too, and the usage that the gateway may ask for. Member order stays. */
function comparable(json: Json, ignored: readonly string[]): Json {
  const { model: _model, stream_options: options, ...rest } = json;
  const kept = Object.fromEntries(Object.entries(rest).filter(([name]) => !ignored.includes(name)));
  const { include_usage: _usage, ...others } = isObject(options) && !ignored.includes("stream_options") ? options : {};
  return Object.keys(others).length === 0 ? kept : { ...kept, stream_options: others };
}

export function firstDifference(left: string, right: string): string {
  let at = 0;
  while (at < left.length && left[at] === right[at]) at++;
  return `at ${at}: …${left.slice(Math.max(0, at - 40), at + 80)}… became …${right.slice(Math.max(0, at - 40), at + 80)}…`;
}

function checkWhole(reply: Reply, answer: RecordedAnswer): Verdict {
  const recorded = decoder.decode(answer.body);
  if (reply.text === recorded || Buffer.from(reply.bytes).equals(answer.body)) return { outcome: "passed" };
  const [left, right] = [recorded, reply.text].map((text) => JSON.stringify(parseJson(text)));
  if (left !== undefined && left === right) return { outcome: "passed", note: "equal as JSON, not byte for byte" };
  return failed(`the answer differs: ${firstDifference(recorded, reply.text)}`);
}

function checkStream(dialect: Dialect, body: Json, reply: Reply, answer: RecordedAnswer): Verdict {
  const recorded = framesOf(dialect, answer.body);
  const got = framesOf(dialect, reply.bytes);
  const asked = isObject(body.stream_options) && body.stream_options.include_usage === true;
  const taken = (frame: Frame): boolean =>
    (dialect === "openai-chat" || dialect === "openai-completions") &&
    !asked &&
    isUsageChunk(frame) &&
    !got.some((other) => other.data === frame.data);
  const expected = recorded.filter((frame) => !taken(frame));
  for (const [index, frame] of expected.entries()) {
    const other = got[index];
    if (
      isErrorFrame(frame) &&
      other !== undefined &&
      isErrorFrame(other) &&
      other.data !== frame.data &&
      (errorWords(other) === errorWords(frame) || (isException(frame) && !isException(other)))
    ) {
      return index === got.length - 1
        ? { outcome: "passed", note: "an error inside the stream keeps its words, not its form, and ends the stream" }
        : failed("events behind an error");
    }
    if (other === undefined) return failed(`the stream ends at event ${index} of ${expected.length}: …${reply.text.slice(-300)}`);
    if (other.event !== frame.event || JSON.stringify(other.json ?? other.data) !== JSON.stringify(frame.json ?? frame.data)) {
      return failed(
        `event ${index} of ${expected.length} differs: ${firstDifference(`${frame.event}|${frame.data}`, `${other.event}|${other.data}`)}`,
      );
    }
  }
  const surplus = got.slice(expected.length);
  if (!isConversation(dialect) || tell(dialect, "stream", answer.body).whole) {
    if (surplus.length > 0)
      return failed(`${surplus.length} events too many, first ${surplus[0]?.event} ${surplus[0]?.data.slice(0, 200)}`);
    if (reply.brokeOff && !recorded.some(isErrorFrame)) return failed("the connection broke off behind a whole stream");
    return expected.length === recorded.length
      ? { outcome: "passed" }
      : { outcome: "passed", note: "usage chunk taken out, the caller had not asked for it" };
  }
  if (surplus.length > 1) return failed("more than one event after a stream that broke off");
  if (!got.some(isErrorFrame)) return failed("a stream without an end of its own was passed on as if it were whole");
  return {
    outcome: "passed",
    note: surplus[0] === undefined ? "an error inside the stream was passed on" : "the recording breaks off: an error event was added",
  };
}

export function isUsageChunk(frame: Frame): boolean {
  return (
    isObject(frame.json) && Array.isArray(frame.json.choices) && objectsOf(frame.json.choices).length === 0 && isObject(frame.json.usage)
  );
}

/** Around Anthropic's events Bedrock has errors of its own; callers of Anthropic's get Anthropic's. */
function isException(frame: Frame): boolean {
  return frame.event.startsWith("exception:");
}

function isErrorFrame(frame: Frame): boolean {
  if (isException(frame)) return true;
  return isObject(frame.json) && (frame.json.error !== undefined || frame.json.type === "error" || frame.json.type === "response.failed");
}

function errorWords(frame: Frame): string {
  if (!isObject(frame.json)) return "";
  const error = isObject(frame.json.error) ? frame.json.error : frame.json;
  return textOf(error.message) || textOf(error.error);
}

/** What the caller did wrong comes back as it was said; what the operator or the provider did wrong is typed and does not show their words. */
function checkError(reply: Reply, answer: RecordedAnswer): Verdict {
  const recorded = decoder.decode(answer.body);
  if (answer.status === 401 || answer.status === 403) {
    const ours = reply.status === 502 || reply.status === 503;
    return ours && parseJson(reply.text) !== undefined
      ? { outcome: "passed", note: `${answer.status} of the upstream's credential became ${reply.status}` }
      : failed(`${answer.status} became ${reply.status}`);
  }
  if (answer.status >= 500) {
    return reply.status >= 500 && parseJson(reply.text) !== undefined
      ? { outcome: "passed" }
      : failed(`${answer.status} became ${reply.status}`);
  }
  const quota = (answer.status === 429 || answer.status === 402) && reply.status === 503;
  if (reply.status !== answer.status && !quota) return failed(`${answer.status} became ${reply.status}: ${reply.text.slice(0, 200)}`);
  const retryAfter = answer.headers["retry-after"];
  if (retryAfter !== undefined && reply.headers.get("retry-after") === null) return failed("Retry-After was lost");
  if (answer.status === 429 || quota)
    return isObject(parseJson(reply.text))
      ? { outcome: "passed", note: `${answer.status} became ${reply.status}, typed` }
      : failed(`${answer.status} without a body`);
  const named = "x-amzn-errortype";
  if (answer.headers[named] !== undefined && reply.headers.get(named) === null) return failed("the error's name in its header was lost");
  const [left, right] = [recorded, reply.text].map((text) => parseJson(text));
  if (JSON.stringify(left) === JSON.stringify(right)) return { outcome: "passed" };
  if (isObject(left) && isObject(right) && left.error === undefined && isObject(right.error)) {
    const { error, ...kept } = right;
    if (JSON.stringify(kept) === JSON.stringify(left) && textOf(error.message) !== "")
      return { outcome: "passed", note: "the provider's words without `error` came with one beside them, which clients look for" };
  }
  return failed(`the error body differs: ${firstDifference(recorded, reply.text)}`);
}
