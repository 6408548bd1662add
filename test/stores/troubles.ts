import type { StoreServer } from "./servers.ts";
import type { SpoiltWay } from "./toxiproxy.ts";

/** A way in which a server fails, or what leads to it does. */
export interface Trouble {
  begin(server: StoreServer, way: SpoiltWay): Promise<void> | void;
  end(server: StoreServer, way: SpoiltWay): Promise<void> | void;
}

function spoilt(...[type, attributes]: Parameters<SpoiltWay["spoil"]>): Trouble {
  return { begin: (_, way) => way.spoil(type, attributes), end: (_, way) => way.heal() };
}

export const troubles: Readonly<Record<string, Trouble>> = {
  stopped: { begin: (server) => server.stop(), end: (server) => server.start() },
  hung: { begin: (server) => server.hang(), end: (server) => server.resume() },
  "in a black hole": spoilt("timeout", { timeout: 0 }),
  slow: spoilt("latency", { latency: 2_000 }),
  // There and back: later than a call of the counters may take, and sooner than a connection may.
  "a little too slow": spoilt("latency", { latency: 40 }),
  resetting: spoilt("reset_peer", { timeout: 0 }),
};

/** Each of these names, for one server and the way to it. @throws where there is none of a name */
export function troublesOf(server: StoreServer, way: SpoiltWay, names: readonly string[] = Object.keys(troubles)) {
  return names.map((name) => {
    const trouble = troubles[name];
    if (trouble === undefined) throw new Error(`There is no trouble "${name}".`);
    return { name, begin: () => trouble.begin(server, way), end: () => trouble.end(server, way) };
  });
}
