import { HttpServer } from "./http/http-server.ts";
import type { Listener, ListenOptions } from "./listener.ts";

/** Listens with the sockets of the runtime that this is. @throws the system's own error where the address cannot be listened on */
export async function listen(options: ListenOptions): Promise<Listener> {
  const { host, port, tls, sockets } = options;
  if (typeof Bun !== "undefined") {
    const { collectYoung, openBunDoor, openSharedDoor } = await import("./listen-bun.ts");
    if (sockets) return HttpServer.listen(options, (accept) => openSharedDoor(sockets, accept, tls), collectYoung);
    return HttpServer.listen(options, (accept) => openBunDoor(host, port, accept, tls), collectYoung);
  }
  const { openNodeDoor } = await import("./listen-node.ts");
  return HttpServer.listen(options, (accept) => openNodeDoor(host, port, accept, tls));
}
