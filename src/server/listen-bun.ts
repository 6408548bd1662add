import { respond, WebRequest } from "../gateway/index.ts";
import { refusedHost } from "./host-guard.ts";
import type { Listener, ListenOptions } from "./listener.ts";

/** The listener on Bun's own server. */
export function listenBun(options: ListenOptions): Listener {
  const { gateway, host, hosts } = options;
  const server = Bun.serve({
    hostname: host,
    port: options.port,
    // A model may think for minutes before its first byte; the upstream's deadlines end what hangs.
    idleTimeout: 0,
    maxRequestBodySize: options.maxBodyBytes + 1,
    fetch(request) {
      const http = new WebRequest(request);
      const refusal = refusedHost({ host: http.header("host"), origin: http.header("origin") }, host, hosts());
      // A body that errors would be reset, and the error event in front of it lost; an idle connection is closed in order.
      const breakOff = () => server.timeout(request, 1);
      return respond(http, refusal ? gateway.refuse(http, refusal) : gateway.answer(http), breakOff);
    },
    error: () =>
      new Response('{"error":{"message":"A defect in the gateway.","type":"server_error","code":"gateway_failed"}}', { status: 500 }),
  });
  return {
    port: server.port ?? options.port,
    get atWork() {
      return server.pendingRequests;
    },
    stopAccepting: () => server.stop(false),
    close: () => server.stop(true),
  };
}
