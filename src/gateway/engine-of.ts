import { WorstCase } from "../accounting/index.ts";
import { KeptThoughts, SealOrigins } from "../cache/index.ts";
import { Fault, type LeaveSignal, Places } from "../exchange/index.ts";
import { Codecs } from "../protocols/index.ts";
import { FetchedMedia } from "../providers/index.ts";
import { Health, KeyRests } from "../routing/index.ts";
import type { GatewayParts } from "./gateway.ts";
import type { Engine } from "./line.ts";
import { requestIds } from "./request-ids.ts";
import { steadyClock } from "./steady-clock.ts";

/** What outlives a reload, on the runtime's own clock. */
export function engineOf({ transport, ledger, log, spool, limiter, bodies, codecs = new Codecs() }: GatewayParts): Engine {
  const now = Date.now;
  const tick = () => performance.now();
  const steady = steadyClock();
  return {
    transport,
    ledger,
    log,
    spool,
    bodies,
    fetched: new FetchedMedia(transport),
    health: new Health(),
    limiter,
    worstCase: new WorstCase(),
    rests: new KeyRests((message) => log("error", message, {})),
    thoughts: new KeptThoughts(steady),
    origins: new SealOrigins(steady),
    underway: new Places(),
    nextId: requestIds(now),
    now,
    tick,
    random: Math.random,
    steady,
    clock: { now: () => Math.trunc(tick()), random: Math.random, sleep },
    codecs,
  };
}

function sleep(ms: number, signal: LeaveSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const gone = () => {
      clearTimeout(timer);
      reject(signal.reason instanceof Fault ? signal.reason : new Fault("client_gone"));
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", gone);
      resolve();
    }, ms);
    signal.addEventListener("abort", gone);
  });
}
