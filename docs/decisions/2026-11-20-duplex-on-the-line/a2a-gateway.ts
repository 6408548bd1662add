import type { Meter } from "../../../src/accounting/index.ts";
import { Fault, type GatewayRequest, JsonBody, type LeaveSignal, type Piece, type Principal } from "../../../src/exchange/index.ts";
import { respond, WebRequest } from "../../../src/gateway/index.ts";
import { FrameCutter, sseEvents } from "../../../src/protocols/index.ts";
import type { UpstreamAnswer } from "../../../src/providers/index.ts";
import type { Choice } from "../../../src/routing/index.ts";
import type { DuplexExchange } from "./additions.ts";
import { eventsOfTexts, type RpcMessage, readRpc, requestOfTexts, rpcCodec, rpcWriter, scanned } from "./json-rpc.ts";
import { isJson } from "./realtime-messages.ts";
import { type Passage, type Place, type SpikeGateway, walk } from "./walk.ts";

/** Where an agent's news of one task go, and who owns the task. Kept by the gateway under a path that nobody can guess. */
interface PushConfig {
  readonly parent: string;
  readonly principal: Principal;
  readonly url: string;
  readonly credentials: string;
}

export interface A2aOptions {
  readonly gateway: SpikeGateway;
  readonly agentUrl: string;
  /** The config names the receiver's private address on purpose. Without it the transport's guard refuses loopback. */
  readonly privateReceivers: boolean;
}

const deadlines = { connectMs: 2_000, firstEventMs: 10_000, idleMs: 10_000, totalMs: 30_000 };
const maxBodyBytes = 4 * 1024 * 1024;
const terminal = new Set(["TASK_STATE_COMPLETED", "TASK_STATE_FAILED", "TASK_STATE_CANCELED", "TASK_STATE_REJECTED"]);
const encoder = new TextEncoder();

/** Stands before one agent. A task outlives the exchange that began it; what the agent pushes later are exchanges of their own. */
export class A2aGateway {
  readonly options: A2aOptions;
  readonly pushes = new Map<string, PushConfig>();
  /** Set once the listener has its port. */
  baseUrl = "";

  constructor(options: A2aOptions) {
    this.options = options;
  }

  fetch(request: Request): Promise<Response> {
    const http = new WebRequest(request);
    const passage = http.path.startsWith("/a2a/push/") ? new PushPassage(this, http) : new SendPassage(this, http);
    return respond(http, walk(this.options.gateway, passage));
  }

  send(
    url: string,
    headers: Record<string, string>,
    body: Uint8Array,
    signal: LeaveSignal,
    privateAllowed: boolean,
  ): Promise<UpstreamAnswer> {
    const { transport } = this.options.gateway.engine;
    return transport.send({ method: "POST", url: new URL(url), headers, body, deadlines, privateAllowed }, signal);
  }
}

/** `SendStreamingMessage`: the client asks, the agent answers with a stream. */
class SendPassage implements Passage<Place> {
  readonly endpoint = "a2a.send";
  readonly codec = rpcCodec(() => this.#message?.id);
  readonly writer = rpcWriter(this.codec, "");
  readonly headSent = false;
  readonly retries = 0;
  readonly http: GatewayRequest;
  readonly #a2a: A2aGateway;
  #message: RpcMessage | undefined;

  constructor(a2a: A2aGateway, http: GatewayRequest) {
    this.#a2a = a2a;
    this.http = http;
  }

  identify(): Principal {
    return this.#a2a.options.gateway.identify(this.http);
  }

  async read(principal: Principal, meter: Meter): Promise<DuplexExchange> {
    const body = JsonBody.scan(await this.http.body(maxBodyBytes));
    const message = readRpc(body);
    this.#message = message;
    return agentExchange(this.http, principal, meter, body, message.params.message);
  }

  choose(): Choice<Place> {
    return {
      order: [{ name: "writer", weight: 1, target: { provider: "writer", model: "writer", price: undefined } }],
      reason: "only target",
    };
  }

  async call(exchange: DuplexExchange): Promise<{ readonly pieces: AsyncIterable<Piece> }> {
    const body = this.#withOwnWebhook(exchange);
    const headers = { "content-type": "application/json", "a2a-version": "1.0" };
    const answer = await this.#a2a.send(this.#a2a.options.agentUrl, headers, body, exchange.signal, true);
    if (answer.status >= 400) throw new Fault("upstream_rejected", { status: answer.status });
    return { pieces: streamed(answer) };
  }

  /** The agent gets the gateway's address, never the client's; what it says there comes back to this owner. */
  #withOwnWebhook(exchange: DuplexExchange): Uint8Array {
    const params = (this.#message as RpcMessage).params;
    const configuration = isJson(params.configuration) ? params.configuration : {};
    const config = configuration.taskPushNotificationConfig;
    if (!isJson(config)) return exchange.body.bytes;
    const id = crypto.randomUUID();
    const authentication = isJson(config.authentication) ? config.authentication : {};
    this.#a2a.pushes.set(id, {
      parent: exchange.id,
      principal: exchange.principal,
      url: String(config.url),
      credentials: String(authentication.credentials ?? ""),
    });
    const own = { url: `${this.#a2a.baseUrl}/a2a/push/${id}` };
    const changed = { ...params, configuration: { ...configuration, taskPushNotificationConfig: own } };
    return exchange.body.splice([{ name: "params", json: JSON.stringify(changed) }]);
  }
}

/** The agent's push: the agent asks, the client's webhook is the place that answers. */
class PushPassage implements Passage<Place> {
  readonly endpoint = "a2a.push";
  readonly codec = rpcCodec(() => undefined);
  readonly headSent = false;
  readonly retries = 2;
  readonly http: GatewayRequest;
  readonly #a2a: A2aGateway;

  constructor(a2a: A2aGateway, http: GatewayRequest) {
    this.#a2a = a2a;
    this.http = http;
  }

  /** The unguessable path says which agent, which task and whose. */
  identify(): Principal {
    return this.#config().principal;
  }

  #config(): PushConfig {
    const config = this.#a2a.pushes.get(this.http.path.slice("/a2a/push/".length));
    if (!config) throw new Fault("credentials_unknown");
    return config;
  }

  async read(principal: Principal, meter: Meter): Promise<DuplexExchange> {
    const body = JsonBody.scan(await this.http.body(maxBodyBytes));
    return {
      ...agentExchange(this.http, principal, meter, body, body.parse()),
      stream: false,
      parent: this.#config().parent,
      asker: "upstream",
    };
  }

  choose(): Choice<Place> {
    const name = `webhook ${new URL(this.#config().url).host}`;
    return {
      order: [{ name, weight: 1, target: { provider: "webhook", model: "writer", price: undefined } }],
      reason: "where the owner listens",
    };
  }

  async call(exchange: DuplexExchange): Promise<{ readonly pieces: AsyncIterable<Piece> }> {
    const { url, credentials } = this.#config();
    const headers = { "content-type": "application/a2a+json", "a2a-version": "1.0", authorization: `Bearer ${credentials}` };
    const answer = await this.#a2a.send(url, headers, exchange.body.bytes, exchange.signal, this.#a2a.options.privateReceivers);
    for await (const _ of answer.body);
    if (answer.status >= 300) throw new Fault(answer.status >= 500 ? "upstream_failed" : "upstream_rejected", { status: answer.status });
    return { pieces: acknowledged() };
  }
}

function agentExchange(http: GatewayRequest, principal: Principal, meter: Meter, body: JsonBody, said: unknown): DuplexExchange {
  return {
    id: meter.id,
    kind: "agent",
    surface: "a2a",
    startedAt: meter.startedAt,
    startedTick: meter.startedTick,
    http,
    signal: http.signal,
    principal,
    body,
    model: "writer",
    stream: true,
    strict: false,
    read: () => requestOfTexts("writer", partsIn(said)),
  };
}

/** Ids, states and media types are no words: only what stands in parts is judged. */
function partsIn(said: unknown): unknown[] {
  if (Array.isArray(said)) return said.flatMap(partsIn);
  if (!isJson(said)) return [];
  return Object.entries(said).flatMap(([name, value]) =>
    name === "parts" && Array.isArray(value) ? value.filter(isJson).map(({ text, data }) => text ?? data) : partsIn(value),
  );
}

async function* acknowledged(): AsyncGenerator<Piece> {
  yield { raw: undefined, events: [], visible: true, last: true };
}

/** 1.0 has no mark of the end: a terminal state is one, and so is a close in an interrupted state. */
async function* streamed(answer: UpstreamAnswer): AsyncGenerator<Piece> {
  const cutter = new FrameCutter();
  for await (const chunk of answer.body) {
    const run = cutter.push(chunk);
    let from = 0;
    for (const { data, end } of sseEvents(run)) {
      const { result } = readRpc(scanned(JSON.parse(data)));
      const last = isTerminal(result);
      yield { raw: run.subarray(from, end), events: eventsOfTexts(partsIn(result)), visible: true, last };
      from = end;
      if (last) return;
    }
  }
  yield { raw: encoder.encode(""), events: [], visible: false, last: true };
}

function isTerminal(result: unknown): boolean {
  const update = isJson(result) ? (result.statusUpdate ?? result.task) : undefined;
  const status = isJson(update) ? update.status : undefined;
  return isJson(status) && terminal.has(String(status.state));
}
