import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** What happens to one request: it is let through, answered by hand, or lost on the way there or back. */
export type Fate =
  | { readonly kind: "pass" }
  | { readonly kind: "lost-before" }
  | { readonly kind: "lost-after" }
  | { readonly kind: "silent" }
  | { readonly kind: "answer"; readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: string };

export interface Seen {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage["headers"];
  readonly atMs: number;
}

export interface CrookedFront {
  readonly url: string;
  readonly seen: Seen[];
  close(): void;
}

/** Stands before a gateway and does to each request in turn what the script says; behind its end all pass. */
export async function startCrookedFront(gateway: string, script: readonly Fate[]): Promise<CrookedFront> {
  const seen: Seen[] = [];
  const server = createServer((http, answer) => {
    const fate = script[seen.length] ?? { kind: "pass" };
    seen.push({ method: http.method ?? "", url: http.url ?? "", headers: http.headers, atMs: performance.now() });
    if (fate.kind === "lost-before") http.socket.destroy();
    else if (fate.kind === "answer") answer.writeHead(fate.status, fate.headers).end(fate.body ?? "");
    else if (fate.kind !== "silent") forward(gateway, http, answer, fate.kind === "lost-after");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

function forward(gateway: string, http: IncomingMessage, answer: ServerResponse, loseAnswer: boolean): void {
  const asked = request(new URL(http.url ?? "/", gateway), { method: http.method, headers: http.headers }, (told) => {
    if (loseAnswer) {
      told.resume();
      told.on("end", () => http.socket.destroy());
      return;
    }
    answer.writeHead(told.statusCode ?? 500, told.headers);
    told.pipe(answer);
  });
  asked.on("error", () => answer.destroy());
  http.pipe(asked);
}
