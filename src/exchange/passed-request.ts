import type { Fault } from "./fault.ts";
import type { ClientCertificate, GatewayRequest } from "./http.ts";
import type { LeaveSignal } from "./leaving.ts";

/** A request by way of another: whoever extends it changes what is to be different. */
export class PassedRequest implements GatewayRequest {
  protected readonly http: GatewayRequest;

  constructor(http: GatewayRequest) {
    this.http = http;
  }

  get method(): string {
    return this.http.method;
  }

  get path(): string {
    return this.http.path;
  }

  get query(): string {
    return this.http.query;
  }

  get signal(): LeaveSignal {
    return this.http.signal;
  }

  get peer(): string | undefined {
    return this.http.peer;
  }

  get certificate(): ClientCertificate | undefined {
    return this.http.certificate;
  }

  header(name: string): string | undefined {
    return this.http.header(name);
  }

  headerNames(): Iterable<string> {
    return this.http.headerNames();
  }

  body(limit: number): Promise<Uint8Array> {
    return this.http.body(limit);
  }

  stream(limit: number): AsyncIterable<Uint8Array> {
    return this.http.stream(limit);
  }

  cancel(fault: Fault): void {
    this.http.cancel(fault);
  }
}
