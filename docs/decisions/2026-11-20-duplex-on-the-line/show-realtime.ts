import { Fault } from "../../../src/exchange/index.ts";
import type { SettledRecord } from "../../../src/storage/index.ts";
import { Claims, of, outcomes, type Shown, settledOnce, until } from "./claims.ts";
import { type OpenedSpike, openSpike, type SpikeOptions } from "./gateway.ts";
import { isJson, usageFrom } from "./realtime-messages.ts";
import {
  type ReplayOptions,
  realtimeRoute,
  recordedSession,
  replayUpstream,
  type Said,
  serveRealtime,
  writtenSession,
} from "./realtime-parts.ts";
import { connect } from "./sockets.ts";

type Json = Readonly<Record<string, unknown>>;

interface Conversation {
  readonly spike: OpenedSpike;
  readonly received: readonly Json[];
  readonly closeCode: () => number | undefined;
  readonly socket: Bun.WebSocket;
  /** What the upstream was told, newest last. */
  readonly heard: readonly string[];
  readonly port: number;
  end(): Promise<void>;
}

interface ConverseOptions extends SpikeOptions, ReplayOptions {
  readonly deadFirst?: boolean;
}

/** A client, the gateway and an upstream, on real sockets. */
async function converse(script: readonly Said[], options: ConverseOptions = {}): Promise<Conversation> {
  const spike = await openSpike(options);
  const upstream = replayUpstream(script, options);
  const url = `ws://127.0.0.1:${upstream.server.port}/`;
  const server = serveRealtime(spike, realtimeRoute(options.deadFirst ? ["ws://127.0.0.1:1/", url] : [url]));
  const headers = { authorization: "Bearer sk-ann" };
  const socket = connect(`ws://127.0.0.1:${server.port}/v1/realtime?model=gpt-realtime`, headers);
  const received: Json[] = [];
  let closeCode: number | undefined;
  socket.addEventListener("message", ({ data }) => received.push(JSON.parse(String(data)) as Json));
  socket.addEventListener("close", ({ code }) => {
    closeCode = code;
  });
  return {
    spike,
    received,
    closeCode: () => closeCode,
    socket,
    heard: upstream.heard,
    port: server.port as number,
    async end() {
      socket.close(1000);
      await until(() => spike.engine.underway.size === 0);
      await server.stop(true);
      await upstream.server.stop(true);
      await spike.close();
    },
  };
}

const typesOf = (messages: readonly Json[]) => messages.map(({ type }) => String(type));
const saidTo = (messages: readonly Json[]) => messages.map(({ delta }) => (typeof delta === "string" ? delta : "")).join("");
const say = ({ socket }: Conversation, message: Json) => socket.send(JSON.stringify(message));
const heard = (talk: Conversation, type: string, count = 1) =>
  until(() => talk.received.filter((message) => message.type === type).length >= count);

/** A recorded session, message by message: nothing lost, each response one record with the usage that the provider told. */
async function replayed(claims: Claims, name: string): Promise<void> {
  const script = recordedSession(name);
  if (!script) return;
  const talk = await converse(script);
  for (const [at, { direction, data }] of script.entries()) {
    if (direction !== "sent") continue;
    const before = script.slice(0, at).filter((said) => said.direction === "received").length;
    await until(() => talk.received.length >= before);
    say(talk, data);
  }
  const told = script.filter((said) => said.direction === "received").map(({ data }) => data);
  await until(() => talk.received.length >= told.length);
  claims.holds(`${name}: all ${told.length} messages arrive as they were, in order`, Bun.deepEquals(talk.received, told));
  await talk.end();
  const bills = told.flatMap(({ type, response }) => (type === "response.done" && isJson(response) ? [usageFrom(response.usage)] : []));
  const responses = of(talk.spike, "realtime.response");
  claims.equal(
    `${name}: one record a response, with the provider's own count`,
    responses.map(({ usage }) => usage),
    bills,
  );
  claims.holds(
    `${name}: each is priced`,
    responses.every(({ costNanos }) => (costNanos ?? 0) > 0),
    responses.map(({ costNanos }) => costNanos),
  );
  claims.equal(`${name}: one record for the session, which bills nothing`, of(talk.spike, "realtime.session").map(billOf), [
    ["success", undefined],
  ]);
  const [session] = of(talk.spike, "realtime.session");
  claims.holds(
    `${name}: each response names the session`,
    responses.every(({ detail }) => detail.parent === session?.id),
  );
  claims.holds(`${name}: all settle exactly once`, settledOnce(talk.spike));
  const asked = script.filter(({ direction, data }) => direction === "sent" && data.type === "response.create").length;
  const askers = responses.map(({ detail }) => detail.asker);
  claims.equal(
    `${name}: voice detection's responses are the upstream's`,
    askers,
    bills.map(() => (asked > 0 ? "client" : "upstream")),
  );
}

function billOf({ outcome, usage }: SettledRecord): [string, unknown] {
  return [outcome, usage];
}

async function wordsDown(claims: Claims): Promise<void> {
  const talk = await converse(writtenSession(), { denyWords: ["foggy"], deadFirst: true });
  await heard(talk, "session.created");
  say(talk, { type: "response.create", event_id: "ask_1" });
  await heard(talk, "response.done");
  claims.holds(
    "down: no letter of a word split over two messages is delivered",
    !saidTo(talk.received).includes("fog"),
    saidTo(talk.received),
  );
  const done = talk.received.find(({ type }) => type === "response.done");
  const status = isJson(done?.response) ? [done.response.status, (done.response.status_details as Json).error] : undefined;
  claims.holds("down: the fault is a response.done that failed", Array.isArray(status) && status[0] === "failed", status ?? "nothing");
  claims.holds("down: the upstream was told to stop", await until(() => talk.heard.includes("response.cancel")));
  say(talk, {
    type: "conversation.item.create",
    item: { type: "message", role: "user", content: [{ type: "input_text", text: "Hello." }] },
  });
  await heard(talk, "response.created", 2);
  await talk.end();
  const [cut] = of(talk.spike, "realtime.response");
  claims.equal(
    "down: the cut response is refused, and billed by the upstream's last word",
    [cut?.outcome, cut?.usage?.source],
    ["refused", "reported"],
  );
  const [session] = of(talk.spike, "realtime.session");
  const tries = (session?.detail.attempts ?? []) as { outcome: string }[];
  claims.equal(
    "choose: a session falls back before its first message",
    tries.map(({ outcome }) => outcome),
    ["upstream_unreachable", "answered"],
  );
  claims.holds("down: all settle exactly once", settledOnce(talk.spike));
}

async function wordsUp(claims: Claims): Promise<void> {
  const talk = await converse(writtenSession(), { denyWords: ["xylophone"], mostInner: 1 });
  await heard(talk, "session.created");
  const item = { type: "message", role: "user", content: [{ type: "input_text", text: "Buy a xylophone." }] };
  say(talk, { type: "conversation.item.create", event_id: "item_1", item });
  await heard(talk, "error");
  const [error] = talk.received.filter(({ type }) => type === "error").map((message) => message.error as Json);
  claims.equal(
    "up: a listed word is answered with an error that names the event",
    [error?.code, error?.event_id],
    ["policy_denied", "item_1"],
  );
  claims.equal("up: and never reaches the upstream", talk.heard, []);
  say(talk, { type: "response.create" });
  await heard(talk, "response.done");
  say(talk, { type: "response.create", event_id: "ask_2" });
  await heard(talk, "error", 2);
  const last = talk.received.at(-1)?.error as Json | undefined;
  claims.equal("admit: a second response is over the limit of the session", [last?.code, last?.event_id], ["insufficient_quota", "ask_2"]);
  await talk.end();
  claims.equal("up: the refusal is recorded", outcomes(of(talk.spike, "realtime.message")), ["refused: policy_denied"]);
  claims.equal("admit: so is the refused response, with nothing billed", of(talk.spike, "realtime.response").map(billOf)[1], [
    "refused",
    undefined,
  ]);
  claims.equal("up: the session goes on, and ends well", outcomes(of(talk.spike, "realtime.session")), ["success"]);
  claims.holds("up: all settle exactly once", settledOnce(talk.spike));
}

async function leaving(claims: Claims): Promise<void> {
  const gone = await converse(writtenSession().slice(0, 4));
  await heard(gone, "session.created");
  say(gone, { type: "response.create" });
  await heard(gone, "response.output_text.delta");
  gone.socket.terminate();
  await gone.end();
  claims.equal("client gone: the upstream was told to stop", gone.heard, ["response.create", "response.cancel"]);
  const [response] = of(gone.spike, "realtime.response");
  claims.equal(
    "client gone: its bill was read all the same",
    [response?.fault, response?.usage?.source, response?.usage?.output],
    ["client_gone", "reported", 3],
  );
  claims.equal("client gone: the session is cancelled", outcomes(of(gone.spike, "realtime.session")), ["cancelled: client_gone"]);

  const broken = await converse(writtenSession(), { breakAfter: 3 });
  await heard(broken, "session.created");
  say(broken, { type: "response.create" });
  await until(() => broken.closeCode() !== undefined);
  claims.equal(
    "upstream gone: response.done failed, then error, then 1011",
    [...typesOf(broken.received).slice(-2), broken.closeCode()],
    ["response.done", "error", 1011],
  );
  await broken.end();
  claims.equal("upstream gone: both are told so", outcomes(broken.spike.records), [
    "failed: upstream_incomplete",
    "failed: upstream_incomplete",
  ]);
  claims.holds("leaving: all settle exactly once", settledOnce(gone.spike) && settledOnce(broken.spike));
}

/** As `Gateway.cut` does it: everything under way is cancelled with one fault. */
async function draining(claims: Claims): Promise<void> {
  const talk = await converse(writtenSession().slice(0, 4));
  await heard(talk, "session.created");
  say(talk, { type: "response.create" });
  await heard(talk, "response.output_text.delta");
  for (const { http } of talk.spike.engine.underway) http.cancel(new Fault("gateway_draining"));
  await until(() => talk.closeCode() !== undefined);
  claims.equal(
    "drain: the response fails in-band, then the session",
    [...typesOf(talk.received).slice(-2), talk.closeCode()],
    ["response.done", "error", 1011],
  );
  await talk.end();
  const [response] = of(talk.spike, "realtime.response");
  claims.equal("drain: the bill was read before", [response?.fault, response?.usage?.source], ["gateway_draining", "reported"]);
  claims.holds("drain: all settle exactly once", settledOnce(talk.spike) && talk.spike.records.length === 2, outcomes(talk.spike.records));
}

async function refusals(claims: Claims): Promise<void> {
  const talk = await converse(writtenSession());
  const ask = async (key: string) => {
    const answer = await fetch(`http://127.0.0.1:${talk.port}/v1/realtime?model=gpt-realtime`, {
      headers: { authorization: `Bearer ${key}` },
    });
    return [answer.status, ((await answer.json()) as { error: { code: string } }).error.code];
  };
  claims.equal(
    "before the upgrade a fault has its status",
    [await ask("sk-bob"), await ask("sk-eve")],
    [
      [403, "policy_model_denied"],
      [401, "invalid_api_key"],
    ],
  );
  await heard(talk, "session.created");
  await talk.end();
  claims.holds(
    "refusals: all settle exactly once",
    settledOnce(talk.spike) && talk.spike.records.length === 3,
    outcomes(talk.spike.records),
  );
}

const recordings = [
  "test_openai_ws__test_tool_call_round",
  "test_openai_ws__test_input_audio_retention_segments_three_server_vad_turns",
  "test_openai_ws__test_audio_in_server_vad_turn",
  "test_gateway_ws__test_gateway_openai_text_in_audio_out",
  "test_parity_ws__test_text_tool_round_parity_openai-current_",
];

export async function showRealtime(): Promise<Shown> {
  const claims = new Claims();
  for (const name of recordings) await replayed(claims, name);
  await wordsDown(claims);
  await wordsUp(claims);
  await leaving(claims);
  await draining(claims);
  await refusals(claims);
  return { title: "OpenAI Realtime over WebSocket", claims: claims.list };
}
