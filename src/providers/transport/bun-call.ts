import { Fault } from "../../exchange/index.ts";
import type { AddressGuard } from "./address-guard.ts";
import { BunBody } from "./bun-body.ts";
import type { BunOrigin } from "./bun-origin.ts";
import type { Deadline, DeadlineWatch } from "./deadline-watch.ts";
import { missedDeadline } from "./deadline-watch.ts";
import type { UpstreamAnswer, UpstreamRequest } from "./transport.ts";
import { type CallPhase, isConnectFailure, redirectFault, transportFault } from "./transport-fault.ts";
import { contentEncodings, unpack } from "./unpack.ts";

/** A body that announces at most so many bytes, and is no event stream, is read in one piece. */
const wholeBytes = 256 * 1024;

/**
 * One request on its way: its abort, its deadlines, and the one fault that it ends with. Every promise between fetch and
 * the caller costs a request some 0.3 µs, so that the ordinary way has one.
 */
export class BunCall {
  readonly deadline: Deadline;
  /** Why the call was stopped, where it was. */
  fault: Fault | undefined;
  readonly #origin: BunOrigin;
  readonly #guard: AddressGuard;
  readonly #request: UpstreamRequest;
  readonly #signal: AbortSignal;
  readonly #controller = new AbortController();
  /** Says to the origin that this call does not wait for a connection any more. */
  #connected: (() => void) | undefined;

  constructor(origin: BunOrigin, guard: AddressGuard, watch: DeadlineWatch, request: UpstreamRequest, signal: AbortSignal) {
    this.#origin = origin;
    this.#guard = guard;
    this.#request = request;
    this.#signal = signal;
    this.deadline = watch.start(request.deadlines, origin.name, (fault) => this.#stop(fault));
    signal.addEventListener("abort", this);
  }

  /** The client left. */
  handleEvent(): void {
    this.#stop(new Fault("client_gone"));
  }

  send(): Promise<UpstreamAnswer> {
    const response = this.#request.privateAllowed ? this.#fetchByName() : this.#fetchByAddress();
    return response.then(this.#onResponse, this.#onFailure);
  }

  faultOf(error: unknown, phase: CallPhase): Fault {
    return this.fault ?? transportFault(error, this.#origin.name, phase, this.#request.url.search);
  }

  /** Nobody wants the rest. */
  leave(): void {
    this.finish();
    this.#controller.abort();
  }

  finish(): void {
    this.deadline.finish();
    this.#signal.removeEventListener("abort", this);
  }

  #stop(fault: Fault): void {
    if (this.fault !== undefined) return;
    this.fault = fault;
    this.finish();
    this.#controller.abort(fault);
  }

  readonly #onResponse = (response: Response): UpstreamAnswer => {
    this.#connected?.();
    this.#origin.answered();
    const redirected = response.status >= 300 && response.status < 400;
    if (this.fault !== undefined || redirected) return this.#onFailure(redirectFault(this.#origin.name, response.status));
    const headers = response.headers;
    const encodings = contentEncodings(headers.get("content-encoding"));
    const length = headers.get("content-length");
    const whole =
      length !== null &&
      Number(length) <= wholeBytes &&
      encodings.length === 0 &&
      headers.get("content-type")?.startsWith("text/event-stream") !== true;
    const body = new BunBody(this, response, whole);
    return {
      status: response.status,
      header: (name) => headers.get(name) ?? undefined,
      body: encodings.length === 0 ? body : unpack(body, encodings, this.#origin.name),
    };
  };

  readonly #onFailure = (error: unknown): never => {
    this.#connected?.();
    this.leave();
    throw this.faultOf(error, "head");
  };

  /** The config names the address: the name may lead anywhere, and the runtime tries all of its addresses. */
  #fetchByName(): Promise<Response> {
    const { url, headers } = this.#request;
    return this.#fetch(url.href, this.#origin.hostname, { "accept-encoding": "identity", ...headers }, this.#origin.tlsByName);
  }

  /** Connects to the checked address itself, so that no later answer of a resolver can lead elsewhere. */
  async #fetchByAddress(): Promise<Response> {
    const { url, headers } = this.#request;
    const origin = this.#origin;
    const known = this.#guard.vet(origin.hostname);
    const addresses = known instanceof Promise ? await this.#unlessStopped(known) : known;
    const sent = { "accept-encoding": "identity", ...headers, host: origin.host };
    for (let failures = 0; ; failures += 1) {
      const place = (origin.preferred + failures) % addresses.length;
      const address = addresses[place] ?? "";
      try {
        const response = await this.#fetch(origin.at(address) + url.pathname + url.search, address, sent, origin.tlsByAddress);
        origin.preferred = place;
        return response;
      } catch (error) {
        this.#connected?.();
        if (failures + 1 >= addresses.length || !isConnectFailure(error)) throw error;
      }
    }
  }

  #fetch(url: string, host: string, headers: Record<string, string>, tls: BunFetchRequestInitTLS | undefined): Promise<Response> {
    const { method, body, deadlines } = this.#request;
    this.#connected = this.#origin.knock(host, deadlines.connectMs, () => {
      this.#stop(missedDeadline("connectMs", deadlines.connectMs, this.#origin.name));
    });
    const common = { method, headers, body: body as BodyInit | undefined, signal: this.#controller.signal };
    const init: BunFetchRequestInit = { ...common, redirect: "manual", decompress: false, timeout: false };
    return fetch(url, tls === undefined ? init : { ...init, tls });
  }

  /** A name that is being resolved can't be aborted; the waiting can. */
  async #unlessStopped<T>(pending: Promise<T>): Promise<T> {
    this.deadline.awaitConnection();
    const stopped = Promise.withResolvers<never>();
    const stop = () => stopped.reject(this.fault);
    this.#controller.signal.addEventListener("abort", stop);
    try {
      return await Promise.race([pending, stopped.promise]);
    } finally {
      this.#controller.signal.removeEventListener("abort", stop);
      this.deadline.awaitAnswer();
    }
  }
}
