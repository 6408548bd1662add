import type { Meter } from "../../accounting/index.ts";
import type { Exchange, GatewayRequest, Head } from "../../exchange/index.ts";
import { bodyOwner } from "../../storage/index.ts";
import type { BodyArchive } from "./body-archive.ts";
import type { BodyRules } from "./body-rules.ts";
import { CutBytes } from "./cut-bytes.ts";
import { HeardFlow, type Listener } from "./heard-flow.ts";
import { HeardRequest } from "./heard-request.ts";

/** Listens to one exchange, and hands what was asked and answered to the archive when it has ended. */
export class Recording implements Listener {
  readonly #archive: BodyArchive;
  readonly #rules: BodyRules;
  readonly #endpoint: string;
  readonly #request: CutBytes;
  readonly #answer: CutBytes;
  #exchange: Exchange | undefined;
  #keeps = false;
  /** Asked for while there is a request: it may be let go before its answer ends. */
  #requestType = "";
  #status = 0;
  #type = "";
  #whole = false;

  constructor(archive: BodyArchive, rules: BodyRules, endpoint: string) {
    this.#archive = archive;
    this.#rules = rules;
    this.#endpoint = endpoint;
    this.#request = new CutBytes(rules.maxBytes, archive.room);
    this.#answer = new CutBytes(rules.maxBytes, archive.room);
  }

  hear(http: GatewayRequest): GatewayRequest {
    return new HeardRequest(http, this.#request);
  }

  /** What is asked is known, and the record not yet written: it says whether the bodies are kept. */
  decide(exchange: Exchange, meter: Meter): void {
    if (!this.#rules.keeps(exchange, this.#endpoint)) {
      this.#request.release();
      return;
    }
    const why = this.#archive.refusal;
    this.#exchange = exchange;
    this.#requestType = exchange.http.header("content-type") ?? "";
    this.#keeps = why === undefined;
    meter.detail.body = why === undefined ? { kept: true } : { kept: false, why };
    if (why !== undefined) this.#request.release();
  }

  /** What goes out to the client: the head, or bytes behind its flow. */
  said(value: Head | Uint8Array): Head | Uint8Array {
    if (!this.#keeps) return value;
    if (value instanceof Uint8Array) {
      this.add(value);
      return value;
    }
    const { status, headers, body } = value;
    this.#status = status;
    this.#type = headers["content-type"] ?? "";
    if (!(body instanceof Uint8Array)) return { status, headers, body: new HeardFlow(body, this) };
    this.add(body);
    this.ended();
    return value;
  }

  add(bytes: Uint8Array): void {
    this.#answer.add(bytes);
  }

  ended(): void {
    this.#whole = true;
  }

  /** The exchange is over, however that came. */
  end(): void {
    const exchange = this.#exchange;
    if (!exchange || !this.#keeps) {
      this.#request.release();
      this.#answer.release();
      return;
    }
    this.#keeps = false;
    this.#archive.keep({
      startedAt: exchange.startedAt,
      owner: bodyOwner(exchange.principal.organisation),
      id: exchange.id,
      body: {
        request: { type: this.#requestType, ...sideOf(this.#request) },
        answer: { status: this.#status, type: this.#type, whole: this.#whole, ...sideOf(this.#answer) },
      },
      release: () => {
        this.#request.release();
        this.#answer.release();
      },
    });
  }
}

function sideOf({ length, truncated, bytes }: CutBytes) {
  return { length, truncated, bytes };
}
