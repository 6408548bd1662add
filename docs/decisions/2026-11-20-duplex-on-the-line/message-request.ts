import { Fault, type GatewayRequest, type LeaveSignal, Leaving } from "../../../src/exchange/index.ts";

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
  readonly #leaving = new Leaving();

  constructor(session: GatewayRequest, message: Uint8Array) {
    this.#session = session;
    this.#message = message;
    this.path = session.path;
    this.query = session.query;
    const leave = () => this.#leaving.leave(session.signal.reason instanceof Fault ? session.signal.reason : undefined);
    if (session.signal.aborted) leave();
    session.signal.addEventListener("abort", leave);
  }

  get signal(): LeaveSignal {
    return this.#leaving;
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

  async *stream(limit: number): AsyncGenerator<Uint8Array> {
    yield await this.body(limit);
  }

  cancel(fault: Fault): void {
    this.#leaving.leave(fault);
  }
}
