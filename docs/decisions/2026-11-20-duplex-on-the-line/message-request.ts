import { Fault, type GatewayRequest } from "../../../src/exchange/index.ts";

/**
 * One message of a session behind the boundary that the line knows: the headers are the session's, the body is the
 * message, and it can be ended without ending the session.
 */
export class MessageRequest implements GatewayRequest {
  readonly method = "MESSAGE";
  readonly path: string;
  readonly query: string;
  readonly #session: GatewayRequest;
  readonly #message: Uint8Array;
  readonly #leaving = new AbortController();
  readonly signal: AbortSignal;

  constructor(session: GatewayRequest, message: Uint8Array) {
    this.#session = session;
    this.#message = message;
    this.path = session.path;
    this.query = session.query;
    this.signal = AbortSignal.any([session.signal, this.#leaving.signal]);
  }

  header(name: string): string | undefined {
    return this.#session.header(name);
  }

  headerNames(): Iterable<string> {
    return this.#session.headerNames();
  }

  async body(limit: number): Promise<Uint8Array> {
    if (this.#message.length > limit) throw new Fault("request_too_large");
    return this.#message;
  }

  cancel(fault: Fault): void {
    this.#leaving.abort(fault);
  }
}
