import {
  type Attempt,
  type Exchange,
  type Fault,
  type Finish,
  type Loss,
  type Piece,
  Pieces,
  type PieceTap,
  type Price,
  type Principal,
  type Usage,
} from "../exchange/index.ts";
import type { Outcome, RecordDetail, SettledRecord } from "../storage/index.ts";
import { estimateUsage } from "./estimate-usage.ts";
import { normaliseUsage } from "./normalise-usage.ts";
import { priceUsage } from "./price-usage.ts";

/** The price of a target, and where it comes from: the catalog's version, or the config. */
export interface TargetPrice {
  /** Undefined means unpriced, which is not free. */
  readonly price: Price | undefined;
  readonly version: string;
}

/** Where settled records go. The record is kept once this returns, or once its promise resolves. @throws Fault `journal_failed` */
export interface Ledger {
  append(record: SettledRecord): Promise<void> | undefined;
  /** What is kept should the process die before `settled`. @returns what `settled` wants @throws Fault `journal_failed` */
  begin?(record: SettledRecord): number;
  settled?(begun: number): void;
}

/** What an exchange came to. */
export interface Settled {
  /** Undefined where nothing was used. */
  readonly usage: Usage | undefined;
  /** Nano-dollars; undefined where there is no price, or nothing was used. */
  readonly costNanos: number | undefined;
  /** An upstream was asked, or a kept answer was given. */
  readonly asked: boolean;
}

/** Of a record, what is known at the end only. */
type Ending = Pick<SettledRecord, "outcome" | "status" | "fault" | "usage" | "costNanos" | "priceVersion" | "durationMs"> &
  Pick<SettledRecord, "firstEventMs" | "upstreamMs" | "detail">;

/** The same object for all: whoever writes such records sees that they are alike. */
const plainlyExpired: RecordDetail = Object.freeze({ expired: true });

export interface MeterTools {
  readonly ledger: Ledger;
  /** Milliseconds since the epoch. */
  now(): number;
  /** Milliseconds of a monotonic clock. */
  tick(): number;
}

/**
 * Watches one exchange from its first line to its end, and writes its one record. The stages tell it what they decided; the tap
 * stands closest to the upstream, so that what was billed is counted and not what was shown.
 */
export class Meter implements PieceTap {
  readonly id: string;
  readonly startedAt: number;
  readonly startedTick: number;
  /** The status that the client gets. */
  status = 0;
  readonly detail: { -readonly [Name in keyof RecordDetail]: RecordDetail[Name] } = {};
  /** The tries of this exchange, as routing adds them. */
  readonly attempts: Attempt[] = [];
  /** Told what it came to, before the record is written. */
  onSettled: ((settled: Settled) => void) | undefined;
  readonly #endpoint: string;
  readonly #tools: MeterTools;
  #principal: Principal | undefined;
  #exchange: Exchange | undefined;
  #provider: string | undefined;
  #targetModel: string | undefined;
  #price: TargetPrice = { price: undefined, version: "" };
  #fault: Fault | undefined;
  #usage: Usage | undefined;
  #finish: Finish | undefined;
  #answeredBytes = 0;
  #whole = false;
  /** The upstream has reported usage, of which more may come. */
  #reported = false;
  #final = false;
  #answeredTick = 0;
  #settled = false;
  #costNanos: number | undefined;
  #begun: number | undefined;
  /** What another exchange was answered is given again. */
  #repeats = false;

  constructor(id: string, endpoint: string, tools: MeterTools) {
    this.id = id;
    this.#endpoint = endpoint;
    this.#tools = tools;
    this.startedAt = tools.now();
    this.startedTick = tools.tick();
  }

  /** Undefined until the caller is identified. */
  get principal(): Principal | undefined {
    return this.#principal;
  }

  /** @param client an address, or a network */
  from(client: string | undefined): void {
    if (client !== undefined) this.detail.client = client;
  }

  identified(principal: Principal): void {
    this.#principal = principal;
    if (principal.metadata !== undefined) this.detail.metadata = principal.metadata;
  }

  /** What the caller says of the request, together with the labels of its key. */
  tagged(metadata: Readonly<Record<string, string>> | undefined): void {
    if (metadata !== undefined) this.detail.metadata = metadata;
  }

  read(exchange: Exchange): void {
    this.#exchange = exchange;
  }

  chosen(reason: string): void {
    const { downgrade } = this.detail;
    this.detail.routeReason = downgrade ? `${downgrade.limit} has no room for ${downgrade.from}: ${downgrade.to}; ${reason}` : reason;
    this.detail.attempts = this.attempts;
  }

  /**
   * An upstream is being asked: from here on something may be billed.
   *
   * @param surface the one that is asked, and why; undefined where none is
   * @throws Fault `journal_failed` where it cannot be written down first
   */
  asks(provider: string, model: string, price: TargetPrice, surface?: RecordDetail["surface"]): void {
    this.detail.surface = surface;
    this.#provider = provider;
    this.#targetModel = model;
    this.#price = price;
    // Before anything leaves: what is billed is known of, whatever becomes of this process.
    this.#begun ??= this.#tools.ledger.begin?.(this.#expired());
  }

  /** The record of an exchange whose process died. */
  #expired(): SettledRecord {
    const { metadata, client } = this.detail;
    const detail = metadata === undefined && client === undefined ? plainlyExpired : { expired: true, metadata, client };
    return this.#recordOf({ outcome: "failed", status: 0, fault: "gateway_failed", durationMs: 0, detail });
  }

  /** The first piece is there. */
  answered(losses: readonly Loss[]): void {
    this.#answeredTick = this.#tools.tick();
    if (losses.length > 0) this.detail.warnings = losses;
  }

  /** The tap. Passes every piece on as it is; the frames before an error inside the stream count, and go on, before it is thrown. */
  watch(pieces: AsyncIterable<Piece>): Pieces {
    return Pieces.of(pieces).tap(this);
  }

  /** @returns the error that the piece holds */
  piece(piece: Piece): Fault | undefined {
    let failure: Fault | undefined;
    this.#answeredBytes += piece.raw?.length ?? 0;
    let before: string | undefined;
    for (const event of piece.events) {
      if (event.type === "usage-report") {
        this.#usage = event.usage;
        this.#reported = true;
      } else if (event.type === "answer-start" && event.usage) this.#usage = event.usage;
      else if (event.type === "choice-finish") this.#finish = event.finish;
      else if (event.type === "answer-error") {
        failure ??= event.fault;
        this.#final ||= before === "usage-report";
      }
      before = event.type;
    }
    if (piece.last) this.#whole = true;
    // Some providers report as they go: what they say before the end is not what the whole used.
    if (this.#reported && (this.#finish || piece.last)) this.#final = true;
    return failure;
  }

  /** What was answered to another exchange is given again: nothing is asked, and nothing costs. @param first its id */
  repeated(first: string): void {
    this.#repeats = true;
    this.detail.repeat = { of: first };
    this.detail.cache = "bypass; repeat";
  }

  /** What went wrong first; undefined where nothing did. */
  get fault(): Fault | undefined {
    return this.#fault;
  }

  /** An upstream was asked, or would have been in the next moment. */
  get asked(): boolean {
    return this.#provider !== undefined;
  }

  /** Something went wrong; the first fault is the one that counts. */
  failed(fault: Fault): void {
    this.#fault ??= fault;
  }

  /** What was used, as far as is known now. Undefined where nothing can have been billed. */
  usage(): Usage | undefined {
    if (this.#provider === undefined || this.#isUnbilled()) return undefined;
    if (this.#usage && this.#final) return normaliseUsage(this.#asForeseen(this.#usage)).usage;
    const foreseen = this.#exchange?.foreseen;
    if (foreseen) return normaliseUsage(this.#usage ? { ...this.#usage, source: "estimated" } : foreseen).usage;
    return estimateUsage({
      reported: this.#usage,
      requestBytes: this.#exchange?.body.bytes.length ?? 0,
      request: this.#exchange?.body.bytes,
      answerBytes: this.#answeredBytes,
      stream: this.#exchange?.stream ?? false,
    });
  }

  /** Counted units cost what was asked for: answers do not repeat the size and the quality of a picture. */
  #asForeseen(usage: Usage): Usage {
    const tier = usage.units && this.#exchange?.foreseen?.tier;
    return tier === undefined || usage.tier !== undefined ? usage : { ...usage, tier };
  }

  /** A provider that refused, or never began to answer, bills nothing. */
  #isUnbilled(): boolean {
    return this.#answeredBytes === 0 && this.#usage === undefined && this.#fault?.code !== "client_gone";
  }

  /** Nano-dollars, once it is settled; undefined where there is no price, or nothing was used. */
  costNanos(): number | undefined {
    return this.#costNanos;
  }

  /** What the gateway itself has taken so far, waiting for upstreams left out. */
  overheadMs(): number {
    return Math.max(0, this.#tools.tick() - this.startedTick - this.#upstreamMs());
  }

  #upstreamMs(): number {
    let sum = 0;
    for (const attempt of this.attempts) sum += attempt.ms;
    return sum;
  }

  /**
   * Writes the record, exactly once however often it is called. The last bytes of an answer leave only after this.
   *
   * @throws Fault `journal_failed`, to the first caller only: what cannot be written once is not tried twice
   */
  settle(): Promise<void> | undefined {
    if (this.#settled) return undefined;
    this.#settled = true;
    const record = this.#record();
    const { usage, costNanos } = record;
    this.onSettled?.({ usage, costNanos, asked: this.asked || this.#repeats || this.detail.cache === "hit" });
    const kept = this.#tools.ledger.append(record);
    if (this.#begun !== undefined) this.#tools.ledger.settled?.(this.#begun);
    return kept;
  }

  #record(): SettledRecord {
    const usage = this.usage();
    this.#costNanos = this.#repeats ? 0 : usage && priceUsage(usage, this.#price.price, this.startedAt).costNanos;
    if (this.#finish) this.detail.finish = this.#finish.native ?? this.#finish.reason;
    const outcome = this.#outcome();
    // A reader that is gone between two pieces ends the line without a fault of its own.
    const fault = this.#fault?.code ?? (outcome === "cancelled" ? "client_gone" : undefined);
    return this.#recordOf({
      outcome,
      status: this.status,
      fault,
      usage,
      costNanos: this.#costNanos,
      priceVersion: this.#costNanos === undefined || this.#repeats ? undefined : this.#price.version,
      durationMs: toMicroseconds(this.#tools.tick() - this.startedTick),
      firstEventMs: this.#answeredTick > 0 ? toMicroseconds(this.#answeredTick - this.startedTick) : undefined,
      upstreamMs: this.#upstreamMs(),
      detail: this.detail,
    });
  }

  /** How it ended, with who asked whom for what. Written out and not spread: every request makes two. */
  #recordOf(ending: Ending): SettledRecord {
    const principal = this.#principal;
    const exchange = this.#exchange;
    return {
      id: this.id,
      startedAt: this.startedAt,
      keyId: principal?.keyId ?? "",
      team: principal?.team,
      organisation: principal?.organisation,
      application: principal?.application,
      user: principal?.user,
      serviceAccount: principal?.serviceAccount,
      endUser: exchange?.endUser,
      endpoint: this.#endpoint,
      model: exchange?.model ?? "",
      provider: this.#provider,
      targetModel: this.#targetModel,
      outcome: ending.outcome,
      status: ending.status,
      fault: ending.fault,
      stream: exchange?.stream ?? false,
      usage: ending.usage,
      costNanos: ending.costNanos,
      priceVersion: ending.priceVersion,
      durationMs: ending.durationMs,
      firstEventMs: ending.firstEventMs,
      upstreamMs: ending.upstreamMs,
      detail: ending.detail,
    };
  }

  #outcome(): Outcome {
    const fault = this.#fault;
    if (!fault) return this.#whole || this.#repeats || this.detail.cache === "hit" ? "success" : "cancelled";
    if (fault.code === "client_gone") return "cancelled";
    return fault.blame === "upstream" || fault.blame === "gateway" ? "failed" : "refused";
  }
}

/** A millisecond's thousandths are all that a record tells: the clock's own sixteen digits are longer and no truer. */
function toMicroseconds(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}
