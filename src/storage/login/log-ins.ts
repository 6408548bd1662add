import type { SqlDatabase } from "../sql/sql-database.ts";
import type { SqlRow } from "../sqlite/driver.ts";

/** A command line that waits for somebody to log in for it (RFC 8628). Times are milliseconds since the epoch. */
export interface WaitingDevice {
  /** Keyed hash of what the device asks with. */
  readonly hash: string;
  /** Keyed hash of what people type. */
  readonly userHash: string;
  readonly userAgent: string;
  readonly address: string;
  readonly createdAt: number;
  readonly endsAt: number;
  /** When it asked last. */
  readonly askedAt: number;
  /** The browser's session that said yes, "" for a no; undefined while nobody has said anything. */
  readonly answer?: string;
}

/** What has to be known between the steps of logging in. */
export interface LogInStore {
  /** Takes a value that is good once. @returns false where it was taken before */
  once(hash: string, endsAt: number): Promise<boolean>;
  /** @returns false where as many wait as may, in all or from the same address */
  addDevice(device: WaitingDevice, most: number, mostFromAddress: number): Promise<boolean>;
  device(of: Pick<WaitingDevice, "hash"> | Pick<WaitingDevice, "userHash">): Promise<WaitingDevice | undefined>;
  /** Notes that it asks. */
  deviceAsks(hash: string, at: number): Promise<void>;
  /** @returns false where there is none that waits for one */
  answerDevice(userHash: string, answer: string): Promise<boolean>;
  /** Takes an answered device away: of two that ask at once, one gets it. */
  takeDevice(hash: string): Promise<boolean>;
  forget(before: number): Promise<void>;
}

export const logInMigration = `
  CREATE TABLE used_once (hash TEXT PRIMARY KEY, ends_at INTEGER NOT NULL);
  CREATE TABLE waiting_devices (
    hash TEXT PRIMARY KEY,
    user_hash TEXT NOT NULL UNIQUE,
    user_agent TEXT NOT NULL,
    address TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    ends_at INTEGER NOT NULL,
    asked_at INTEGER NOT NULL,
    answer TEXT
  );
`;

/** The same in SQL. */
export class SqlLogInStore implements LogInStore {
  readonly #database: SqlDatabase;

  constructor(database: SqlDatabase) {
    this.#database = database;
  }

  async once(hash: string, endsAt: number): Promise<boolean> {
    return (
      (await this.#database.run("INSERT INTO used_once (hash, ends_at) VALUES (?, ?) ON CONFLICT (hash) DO NOTHING", [hash, endsAt])) > 0
    );
  }

  addDevice(device: WaitingDevice, most: number, mostFromAddress: number): Promise<boolean> {
    const { hash, userHash, userAgent, address, createdAt, endsAt, askedAt } = device;
    const count = "SELECT COUNT(*) AS waiting, COUNT(CASE WHEN address = ? THEN 1 END) AS from_address FROM waiting_devices";
    const insert = `INSERT INTO waiting_devices (hash, user_hash, user_agent, address, created_at, ends_at, asked_at)
      VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`;
    return this.#database.transaction(async (queries) => {
      const counted = await queries.get(count, [address]);
      if (Number(counted?.waiting) >= most || Number(counted?.from_address) >= mostFromAddress) return false;
      return (await queries.run(insert, [hash, userHash, userAgent, address, createdAt, endsAt, askedAt])) > 0;
    });
  }

  async device(of: Pick<WaitingDevice, "hash"> | Pick<WaitingDevice, "userHash">): Promise<WaitingDevice | undefined> {
    const [column, value] = "hash" in of ? ["hash", of.hash] : ["user_hash", of.userHash];
    const row = await this.#database.get(`SELECT * FROM waiting_devices WHERE ${column} = ?`, [value]);
    return row === undefined ? undefined : deviceOf(row);
  }

  async deviceAsks(hash: string, at: number): Promise<void> {
    await this.#database.run("UPDATE waiting_devices SET asked_at = ? WHERE hash = ?", [at, hash]);
  }

  async answerDevice(userHash: string, answer: string): Promise<boolean> {
    const sql = "UPDATE waiting_devices SET answer = ? WHERE user_hash = ? AND answer IS NULL";
    return (await this.#database.run(sql, [answer, userHash])) > 0;
  }

  async takeDevice(hash: string): Promise<boolean> {
    return (await this.#database.run("DELETE FROM waiting_devices WHERE hash = ? AND answer IS NOT NULL", [hash])) > 0;
  }

  async forget(before: number): Promise<void> {
    await this.#database.run("DELETE FROM used_once WHERE ends_at < ?", [before]);
    await this.#database.run("DELETE FROM waiting_devices WHERE ends_at < ?", [before]);
  }
}

function deviceOf(row: SqlRow): WaitingDevice {
  return {
    hash: String(row.hash),
    userHash: String(row.user_hash),
    userAgent: String(row.user_agent),
    address: String(row.address),
    createdAt: Number(row.created_at),
    endsAt: Number(row.ends_at),
    askedAt: Number(row.asked_at),
    ...(row.answer === null ? {} : { answer: String(row.answer) }),
  };
}
