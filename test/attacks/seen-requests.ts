import { Fault, type GatewayRequest, type Head } from "../../src/exchange/index.ts";
import type { Accept, ClientHandler, ClientLink } from "../../src/server/http/client-link.ts";
import { HttpServer } from "../../src/server/http/http-server.ts";
import type { Front } from "../../src/server/listener.ts";
import { sleep } from "../faults/promise.ts";

/** A request as a server has understood it. */
export interface Seen {
  readonly method: string;
  readonly target: string;
  readonly body: string;
  /** What the front adds to each request that it passes on. */
  readonly front: string | undefined;
}

/** The gateway's place behind a listener: takes down each request whose body came whole. */
export class RequestLog implements Front {
  seen: Seen[] = [];

  /** What still comes of earlier requests is not taken down. */
  begin(): void {
    this.seen = [];
  }

  async *answer(http: GatewayRequest): AsyncGenerator<Head | Uint8Array, void> {
    const { seen } = this;
    try {
      const body = Buffer.from(await http.body(1_000_000)).toString("latin1");
      const target = `${http.path}${http.query === "" ? "" : `?${http.query}`}`;
      seen.push({ method: http.method, target, body, front: http.header("x-front") });
      yield { status: 200, headers: {}, body: Buffer.from("ok") };
    } catch (error) {
      yield { status: Fault.from(error).status, headers: {}, body: Buffer.alloc(0) };
    }
  }

  refuse(http: GatewayRequest, fault: Fault): Generator<Head | Uint8Array, void> {
    // A refusal of what could not be read asks for no body; one of a Host was read like any other.
    return (fault.code === "request_malformed" ? unreadable(fault) : this.answer(http)) as Generator<Head | Uint8Array, void>;
  }

  isForPages(): boolean {
    return true;
  }
}

function* unreadable({ status }: Fault): Generator<Head, void> {
  yield { status, headers: {}, body: Buffer.alloc(0) };
}

export interface SilentListener {
  /** The requests in these bytes, given in slices of so many. */
  read(text: string, sliceBytes: () => number): Promise<Seen[]>;
  close(): Promise<void>;
}

/** No sockets: a listener whose connections are made by the test. */
export async function openListener(): Promise<SilentListener> {
  const log = new RequestLog();
  let accept: Accept | undefined;
  const server = await HttpServer.listen({ gateway: log, host: "192.0.2.1", port: 0, rules: () => ({ hosts: [] }) }, (to) => {
    accept = to;
    return { port: 0, close: () => undefined };
  });
  return {
    async read(text, sliceBytes) {
      log.begin();
      const handler = accept?.(new SilentLink()) as ClientHandler;
      const bytes = Buffer.from(text, "latin1");
      for (let at = 0, end = 0; at < bytes.length; at = end) {
        end = at + sliceBytes();
        handler.onData(bytes.subarray(at, end));
        await sleep(0);
      }
      handler.onClose();
      return log.seen;
    },
    close: () => server.close(),
  };
}

class SilentLink implements ClientLink {
  readonly peer = undefined;
  readonly certificate = undefined;
  readonly flushed = true;
  readonly settled = true;
  write(): void {}
  pause(): void {}
  resume(): void {}
  end(): void {}
  destroy(): void {}
}
