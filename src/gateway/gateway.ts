import type { Ledger } from "../accounting/index.ts";
import type { Config } from "../config/index.ts";
import { Fault, type GatewayRequest, type Head, type Principal, programVersion, type Spool } from "../exchange/index.ts";
import type { Metrics } from "../insight/index.ts";
import type { Limiter } from "../policies/index.ts";
import type { Codecs } from "../protocols/index.ts";
import type { Transport } from "../providers/index.ts";
import { type Catalog, type KeyState, restingState, type TargetState } from "../routing/index.ts";
import type { Backlog } from "../storage/index.ts";
import type { BodyArchive } from "./bodies/body-archive.ts";
import type { BodyRules } from "./bodies/body-rules.ts";
import { recorded } from "./bodies/recorded.ts";
import { Recording } from "./bodies/recording.ts";
import { type CompileTools, compile } from "./compile.ts";
import { engineOf } from "./engine-of.ts";
import { handle } from "./handle.ts";
import type { Engine, Line } from "./line.ts";
import { isAnthropic } from "./own-answers/model-lists.ts";
import type { TokenExchange } from "./own-answers/oauth.ts";
import { answerFault, answerOperator, type Readiness, type Spokesman } from "./own-answers/operator.ts";
import { type Repeat, repeatHeader } from "./repeats/repeat.ts";
import type { RepeatRules } from "./repeats/repeat-rules.ts";
import type { Repeats } from "./repeats/repeats.ts";
import { RouteFinder, type RouteMatch, routeTable } from "./routes.ts";
import type { ListedKey } from "./upstreams.ts";
import { fetchAnswer } from "./web/web.ts";
import { report } from "./writing/rescue.ts";

export interface GatewayParts {
  readonly config: Config;
  readonly catalog: Catalog;
  readonly transport: Transport;
  readonly keyStore?: CompileTools["keyStore"];
  /** What is not as it should be, although requests are answered; for probes. */
  degraded?(): readonly string[];
  /** What was settled and waits for the store of records; for metrics. */
  backlog?(): Backlog;
  /** Whether what is settled can be written down now. Default: it can. */
  isRecording?(): boolean;
  readonly ledger: Ledger;
  /** Sums of what was settled. */
  readonly metrics?: Metrics;
  readonly limiter: Limiter;
  readonly identify: CompileTools["identify"];
  readonly exchange?: TokenExchange;
  readonly log: Engine["log"];
  readonly spool: Spool;
  readonly bodies?: BodyArchive | undefined;
  /** What was asked with an `Idempotency-Key`; without it the header says nothing. */
  readonly repeats?: Repeats;
  readonly codecs?: Codecs;
}

/** A gateway is a value: two can run in one process. */
export class Gateway {
  readonly #parts: GatewayParts;
  readonly #engine: Engine;
  readonly #routes = new RouteFinder(routeTable);
  #line: Line;
  #draining = false;

  constructor(parts: GatewayParts) {
    this.#parts = parts;
    this.#engine = engineOf(parts);
    this.#line = this.#compiled(parts.config);
  }

  #compiled(config: Config): Line {
    const { catalog, identify, keyStore, log, transport } = this.#parts;
    return compile(config, {
      catalog,
      identify,
      keyStore,
      rests: this.#engine.rests,
      transport,
      host: { now: Date.now, log: (message) => log("info", message, {}) },
    });
  }

  /** Makes everything ready to serve by another config. @returns what puts it to work @throws where it cannot be compiled */
  prepare(config: Config): () => void {
    const line = this.#compiled(config);
    return () => {
      this.#line = line;
      // It may have brought the credentials that were asked for.
      this.#engine.health.forgetRefusals();
    };
  }

  /** Serves requests that begin from now on by another config. Throws, and changes nothing, where it cannot be compiled. */
  reload(config: Config): void {
    this.prepare(config)();
  }

  get line(): Line {
    return this.#line;
  }

  /** Exchanges under way. */
  get inFlight(): number {
    return this.#engine.underway.size;
  }

  get draining(): boolean {
    return this.#draining;
  }

  /** No new exchange is begun; those under way go on. */
  drain(): void {
    this.#draining = true;
  }

  /** Ends what is still under way, each exchange with its dialect's error. */
  cut(): void {
    for (const { http } of this.#engine.underway) http.cancel(new Fault("gateway_draining"));
  }

  /** Ends what is under way for whoever is meant, each exchange with its dialect's error: their credential is good no longer. */
  cutOff(isMeant: (principal: Principal) => boolean): void {
    for (const { http, meter } of this.#engine.underway)
      if (meter.principal !== undefined && isMeant(meter.principal)) http.cancel(new Fault("credentials_expired"));
  }

  /** A refusal from outside the line, in the caller's dialect. */
  async *refuse(http: GatewayRequest, fault: Fault): AsyncGenerator<Head | Uint8Array, void> {
    const match = this.#routes.match(http.method, http.path, http.header("user-agent"));
    yield* answerFault(fault, await this.#codecFor(http, match), this.#engine.nextId());
  }

  async #codecFor(http: GatewayRequest, match: RouteMatch | undefined): Promise<Spokesman> {
    const protocol = (match?.row ?? this.#routes.meant(http.method, http.path, http.header("user-agent")))?.protocol ?? "openai-models";
    // What is no conversation is shared by both dialects, and so is a path that does not exist.
    const spoken = protocol === "openai-models" && isAnthropic(http) ? "anthropic-messages" : protocol;
    const { codecs } = this.#engine;
    return codecs.find(spoken) ?? codecs.load(spoken).catch(() => plainWords);
  }

  /** The answer to a request: its head first, then its bytes. Never throws before the head. */
  answer(http: GatewayRequest): AsyncGenerator<Head | Uint8Array, void> {
    const match = this.#routes.match(http.method, http.path, http.header("user-agent"));
    if (match && match.row.kind !== "operator" && !this.#draining && this.inFlight < this.#line.limits.maxInFlight) {
      return this.#engine.codecs.find(match.row.protocol) ? this.#handled(match, http) : this.#spokenFirst(match, http);
    }
    return this.#beside(http, match);
  }

  #handled(match: RouteMatch, http: GatewayRequest): AsyncGenerator<Head | Uint8Array, void> {
    const { repeats } = this.#line;
    return repeats && http.header(repeatHeader) !== undefined ? this.#once(repeats, match, http) : this.#walked(match, http);
  }

  /** The first to speak a dialect waits until it is loaded. */
  async *#spokenFirst(match: RouteMatch, http: GatewayRequest): AsyncGenerator<Head | Uint8Array, void> {
    try {
      await this.#engine.codecs.load(match.row.protocol);
    } catch (cause) {
      const fault = new Fault("gateway_failed", { cause });
      const id = this.#engine.nextId();
      report(fault, { engine: this.#engine, meter: { id } });
      return yield* answerFault(fault, plainWords, id);
    }
    yield* this.#handled(match, http);
  }

  #walked(match: RouteMatch, http: GatewayRequest, repeat?: Repeat): AsyncGenerator<Head | Uint8Array, void> {
    const { bodies } = this.#line;
    return bodies ? this.#recorded(bodies, match, http, repeat) : handle(this.#engine, this.#line, match, http, undefined, repeat);
  }

  #recorded(rules: BodyRules, match: RouteMatch, http: GatewayRequest, repeat?: Repeat): AsyncGenerator<Head | Uint8Array, void> {
    const { bodies } = this.#engine;
    if (!bodies) return handle(this.#engine, this.#line, match, http, undefined, repeat);
    const recording = new Recording(bodies, rules, match.row.name);
    return recorded(handle(this.#engine, this.#line, match, recording.hear(http), recording, repeat), recording);
  }

  /** A request that came with a key. */
  #once(rules: RepeatRules, match: RouteMatch, http: GatewayRequest): AsyncGenerator<Head | Uint8Array, void> {
    const repeat = this.#parts.repeats?.of(http, rules);
    return repeat ? repeat.answer(this.#walked(match, repeat.http, repeat)) : this.#walked(match, http);
  }

  async *#beside(http: GatewayRequest, match: RouteMatch | undefined): AsyncGenerator<Head | Uint8Array, void> {
    try {
      if (!match) throw this.#unknownRoute(http);
      if (match.row.kind !== "operator")
        throw new Fault(this.#draining ? "gateway_draining" : "gateway_overloaded", { retryAfterMs: 1000 });
      yield* answerOperator(
        match,
        http,
        this.#line,
        () => this.#readiness(),
        (target) => this.#stateOf(target),
        this.#parts.exchange,
        () => this.#scraped(),
      );
    } catch (error) {
      yield* answerFault(Fault.from(error), await this.#codecFor(http, match), this.#engine.nextId());
    }
  }

  /** Nothing is answered that is not recorded: where nothing can be, others are better asked. */
  #readiness(): Readiness {
    const records = this.#parts.isRecording?.() ?? true;
    const degraded = [...(this.#parts.degraded?.() ?? []), ...this.#line.degraded, ...(records ? [] : ["journal"])];
    return { ready: records && !this.#draining, draining: this.#draining, degraded };
  }

  /** As the target's own health is, unless there is no key left to ask it with. */
  #stateOf(target: string): TargetState {
    const { clock, health, rests } = this.#engine;
    const own = health.state(target, clock.now());
    const provider = target.slice(0, target.indexOf("/"));
    const keys = this.#line.keys.get(provider);
    return (keys && own.status === "usable" && restingState(keys, provider, target, rests, clock.now())) || own;
  }

  /** Of a provider that has several keys: how each is off. Empty where it has one. */
  keyStates(provider: string): readonly (KeyState & Pick<ListedKey, "hint" | "account">)[] {
    const { clock, rests } = this.#engine;
    return (this.#line.keys.get(provider) ?? []).map((key) => {
      const { hint, account } = key;
      return { hint, account, ...rests.state(key, provider, clock.now()) };
    });
  }

  #scraped(): string {
    const { metrics } = this.#parts;
    const { inFlight } = this;
    const { draining, degraded } = this.#readiness();
    const backlog = this.#parts.backlog?.() ?? { bytes: 0, ageMs: 0 };
    return metrics?.text({ inFlight, draining, degraded, startedAtMs: performance.timeOrigin, version: programVersion, backlog }) ?? "";
  }

  #unknownRoute({ method, path }: GatewayRequest): Fault {
    const others = this.#routes.methodsOf(path);
    const shown = path.slice(0, 200);
    if (others.length > 0)
      return new Fault("route_unknown", { message: `${shown} takes ${others.join(" and ")}, not ${method}.`, status: 405, allow: others });
    return new Fault("route_unknown", {
      message: `There is no endpoint ${method} ${shown}. SDKs of OpenAI want the base URL with /v1, all others without.`,
    });
  }

  /** The web-standard façade, for embedding and tests. */
  fetch(request: Request): Promise<Response> {
    return fetchAnswer(this, request);
  }
}

/** For errors where no dialect can be had: its files cannot be read. */
const plainWords: Spokesman = {
  id: "openai-models",
  writeFault: ({ status, code, message }) => ({ status, body: { error: { message, type: "server_error", code } } }),
};
