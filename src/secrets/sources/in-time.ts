import { type LeaveSignal, Leaving } from "../../exchange/index.ts";
import { unavailable } from "./backend.ts";

const deadlineMs = 15_000;

/** What a store is asked, given up after a while. @throws Fault `secret_unavailable` then */
export async function inTime<T>(work: (signal: LeaveSignal) => Promise<T>, mostMs: number = deadlineMs): Promise<T> {
  const leaving = new Leaving();
  const late = unavailable(`no answer within ${mostMs / 1000} seconds`);
  let timer: ReturnType<typeof setTimeout> | undefined;
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      leaving.leave(late);
      reject(late);
    }, mostMs);
  });
  const running = work(leaving);
  running.catch(() => undefined);
  return Promise.race([running, deadline]).finally(() => clearTimeout(timer));
}
