import type { ClientCertificate, Fault, GatewayRequest, LeaveSignal } from "../../exchange/index.ts";
import type { CutBytes } from "./cut-bytes.ts";

/** A request whose body is listened to as the line reads it. */
export class HeardRequest implements GatewayRequest {
  readonly #http: GatewayRequest;
  readonly #heard: CutBytes;

  constructor(http: GatewayRequest, heard: CutBytes) {
    this.#http = http;
    this.#heard = heard;
  }

  async body(limit: number): Promise<Uint8Array> {
    const bytes = await this.#http.body(limit);
    this.#heard.add(bytes);
    return bytes;
  }

  async *stream(limit: number): AsyncGenerator<Uint8Array, void> {
    for await (const chunk of this.#http.stream(limit)) {
      this.#heard.add(chunk);
      yield chunk;
    }
  }

  get method(): string {
    return this.#http.method;
  }

  get path(): string {
    return this.#http.path;
  }

  get query(): string {
    return this.#http.query;
  }

  get signal(): LeaveSignal {
    return this.#http.signal;
  }

  get peer(): string | undefined {
    return this.#http.peer;
  }

  get certificate(): ClientCertificate | undefined {
    return this.#http.certificate;
  }

  header(name: string): string | undefined {
    return this.#http.header(name);
  }

  headerNames(): Iterable<string> {
    return this.#http.headerNames();
  }

  cancel(fault: Fault): void {
    this.#http.cancel(fault);
  }
}
