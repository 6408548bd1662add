import type { ControlStore } from "../control/control.ts";
import type { SqliteDatabase } from "../sqlite/driver.ts";
import type { MovedCounts, MoveMark } from "./move-target.ts";
import type { StorePart } from "./moved-folder.ts";

/** One database on its way to a server. */
export interface PartMove {
  readonly part: StorePart;
  /** What there is to move, by what people call it. */
  count(): MovedCounts;
  /** What stands there of the move with this id; undefined where nothing does. @throws Fault `object_conflict` where something else is there */
  look(id: string | undefined): Promise<MoveMark | undefined>;
  /** Each thing once, however often it is begun anew with the same id. @throws Fault `object_conflict`, `store_unavailable` */
  move(id: string): Promise<MovedCounts>;
  close(): void;
}

export interface PartMoveOptions {
  /** Of the data. */
  readonly folder: string;
  /** Open to nobody else. */
  readonly source: SqliteDatabase;
  /** The server, as the config names it. */
  readonly url: string;
  /** Of a counter of what is under way at the moment. */
  readonly isStanding: (counter: string) => boolean;
  /** The last of control's transaction: what has to be sealed anew, and a line of the audit log. */
  readonly finish: (control: ControlStore) => Promise<void>;
  readonly warn: (message: string) => void;
  /** Told of how many records were copied, of how many. */
  readonly progress: (done: number, of: number) => void;
}

/** @throws Fault `store_unavailable` where the server does not answer, `gateway_failed` where a newer version has written there */
export function openPartMove(part: StorePart, options: PartMoveOptions): Promise<PartMove> {
  return opening[part](options);
}

const opening: Readonly<Record<StorePart, (options: PartMoveOptions) => Promise<PartMove>>> = {
  async control({ source, url, finish }) {
    const { countControl, moveControl, openControlTarget, refuseFilledControl } = await import("./move-control.ts");
    const target = await openControlTarget(url);
    return {
      part: "control",
      count: () => countControl(source),
      look: (id) => target.look("control", id, () => refuseFilledControl(target.sql, source)),
      move: (id) => moveControl({ source, target, id, finish }),
      close: () => target.close(),
    };
  },
  async records({ folder, source, url, warn, progress }) {
    const { countRecords, moveRecords, openRecordsTarget, refuseFilledRecords } = await import("./move-records.ts");
    const target = await openRecordsTarget(url);
    return {
      part: "records",
      count: () => countRecords(source),
      look: (id) => target.look("records", id, () => refuseFilledRecords(target.sql)),
      move: (id) => moveRecords({ folder, source, target, id, warn, progress }),
      close: () => target.close(),
    };
  },
  async counters({ source, url, isStanding }) {
    const { countCounters, moveCounters, openCountersTarget, refuseFilledCounters } = await import("./move-counters.ts");
    const move = (id: string) => ({ source, isStanding, id });
    if (!/^postgres(ql)?:/.test(url)) {
      const target = await (await import("./move-valkey-counters.ts")).openValkeyTarget(url);
      return { ...target, part: "counters", count: () => countCounters(move("")), move: (id) => target.move(move(id)) };
    }
    const target = await openCountersTarget(url);
    return {
      part: "counters",
      count: () => countCounters(move("")),
      look: (id) => target.look("counters", id, () => refuseFilledCounters(target)),
      move: (id) => moveCounters({ ...move(id), target }),
      close: () => target.close(),
    };
  },
};
