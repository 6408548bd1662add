import type { Ledger, Meter, TargetPrice, WorstCase } from "../accounting/index.ts";
import type { Networks } from "../auth/index.ts";
import type { ExactCache, KeptThoughts, SealOrigins } from "../cache/index.ts";
import type { Exchange, GatewayRequest, Loss, Places, Principal, Spool } from "../exchange/index.ts";
import type { Counter, Limiter, Rule } from "../policies/index.ts";
import type { Call, CallTools, MediaFetching, Target } from "../providers/index.ts";
import type { Clock, Health, KeyRests, ModelRoute, TargetState } from "../routing/index.ts";
import type { BodyArchive } from "./bodies/body-archive.ts";
import type { BodyRules } from "./bodies/body-rules.ts";
import type { ListedModel } from "./own-answers/list-models.ts";
import type { RepeatRules } from "./repeats/repeat-rules.ts";
import type { RouteRow } from "./routes.ts";
import type { ListedKey } from "./upstreams.ts";

/** A model name, compiled. */
export interface ModelLine {
  readonly route: ModelRoute<Target>;
  readonly cache: { readonly ttlSeconds: number } | undefined;
  /** What everybody together may ask of it. */
  readonly counters: readonly Counter[];
}

/** Who said a kept answer, so that it can be said again. */
export type Speaker = Pick<Call, "native" | "surface" | "shape" | "contentType"> & {
  readonly provider: string;
  readonly model: string;
  readonly losses: readonly Loss[];
};

/**
 * Everything that a request needs, compiled from one config: it merges nothing and looks up names only. A reload makes a
 * new line; a request keeps the one that it began with.
 */
export interface Line {
  /** A promise only where a token has to be verified. @throws Fault `credentials_*`, and so does the promise */
  identify(http: GatewayRequest, row: RouteRow): Principal | Promise<Principal>;
  /** What records say of where a request comes from; undefined: nothing. */
  clientOf(http: GatewayRequest): string | undefined;
  /** Those who may pass users do so in the body too. */
  readonly usersFromBody: boolean;
  readonly rules: readonly Rule[];
  /** How deep answers are read: `full` where a rule looks into them. */
  readonly depth: "skim" | "full";
  /** @throws Fault `model_unknown` */
  model(name: string): ModelLine;
  price(target: Target): TargetPrice;
  /** Everything that a request of this caller to this model counts in; mostly nothing. */
  counters(exchange: Exchange, model: ModelLine): readonly Counter[];
  /** Of the providers that are limited, by name; undefined where none is. */
  readonly providers: ReadonlyMap<string, readonly Counter[]> | undefined;
  /** Of the providers that have several, by name. */
  readonly keys: ReadonlyMap<string, readonly ListedKey[]>;
  readonly cache: ExactCache<Speaker>;
  /** Undefined: no body is kept. */
  readonly bodies: BodyRules | undefined;
  /** Undefined: an `Idempotency-Key` says nothing. */
  readonly repeats: RepeatRules | undefined;
  readonly limits: { readonly maxBodyBytes: number; readonly maxUploadBytes: number; readonly maxInFlight: number };
  /** Who may read the metrics. */
  readonly metricsFrom: Networks | undefined;
  /** Undefined: nothing that a request names by address is fetched. */
  readonly media: MediaFetching | undefined;
  /** What of the config is not served, for probes. */
  readonly degraded: readonly string[];
  /** What a caller may see in lists. */
  listModels(principal: Principal, stateOf: (target: string) => TargetState): readonly ListedModel[];
}

/** What outlives a reload. */
export interface Engine extends CallTools {
  readonly ledger: Ledger;
  readonly health: Health;
  readonly limiter: Limiter;
  readonly worstCase: WorstCase;
  readonly rests: KeyRests;
  readonly spool: Spool;
  /** Undefined where nothing outlives the process. */
  readonly bodies?: BodyArchive | undefined;
  readonly clock: Clock;
  readonly thoughts: KeptThoughts;
  readonly origins: SealOrigins;
  /** The exchanges under way, each with its meter, which knows whose it is. */
  readonly underway: Places<{ readonly http: GatewayRequest; readonly meter: Meter }>;
  nextId(): string;
  now(): number;
  tick(): number;
  /** For what lasts: `steady-clock.ts`. */
  steady(): number;
  random(): number;
  log(level: "debug" | "info" | "warn" | "error", message: string, fields: Readonly<Record<string, unknown>>): void;
}
