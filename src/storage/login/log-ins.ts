import type { SqliteDatabase, SqliteStatement, SqlRow } from "../sqlite/driver.ts";

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

/** The same in SQLite. */
export class SqliteLogInStore implements LogInStore {
  readonly #database: SqliteDatabase;
  readonly #once: SqliteStatement;
  readonly #add: SqliteStatement;
  readonly #byHash: SqliteStatement;
  readonly #byUserHash: SqliteStatement;
  readonly #asks: SqliteStatement;
  readonly #answer: SqliteStatement;
  readonly #take: SqliteStatement;

  constructor(database: SqliteDatabase) {
    this.#database = database;
    this.#once = database.prepare("INSERT INTO used_once (hash, ends_at) VALUES (?, ?) ON CONFLICT (hash) DO NOTHING");
    this.#add = database.prepare(
      `INSERT INTO waiting_devices (hash, user_hash, user_agent, address, created_at, ends_at, asked_at)
       SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7 WHERE (SELECT COUNT(*) FROM waiting_devices) < ?8
         AND (SELECT COUNT(*) FROM waiting_devices WHERE address = ?4) < ?9 ON CONFLICT DO NOTHING`,
    );
    this.#byHash = database.prepare("SELECT * FROM waiting_devices WHERE hash = ?");
    this.#byUserHash = database.prepare("SELECT * FROM waiting_devices WHERE user_hash = ?");
    this.#asks = database.prepare("UPDATE waiting_devices SET asked_at = ? WHERE hash = ?");
    this.#answer = database.prepare("UPDATE waiting_devices SET answer = ? WHERE user_hash = ? AND answer IS NULL");
    this.#take = database.prepare("DELETE FROM waiting_devices WHERE hash = ? AND answer IS NOT NULL");
  }

  async once(hash: string, endsAt: number): Promise<boolean> {
    return this.#once.run([hash, endsAt]) > 0;
  }

  async addDevice(device: WaitingDevice, most: number, mostFromAddress: number): Promise<boolean> {
    const { hash, userHash, userAgent, address, createdAt, endsAt, askedAt } = device;
    return this.#add.run([hash, userHash, userAgent, address, createdAt, endsAt, askedAt, most, mostFromAddress]) > 0;
  }

  async device(of: Pick<WaitingDevice, "hash"> | Pick<WaitingDevice, "userHash">): Promise<WaitingDevice | undefined> {
    const row = "hash" in of ? this.#byHash.get([of.hash]) : this.#byUserHash.get([of.userHash]);
    return row === undefined ? undefined : deviceOf(row);
  }

  async deviceAsks(hash: string, at: number): Promise<void> {
    this.#asks.run([at, hash]);
  }

  async answerDevice(userHash: string, answer: string): Promise<boolean> {
    return this.#answer.run([answer, userHash]) > 0;
  }

  async takeDevice(hash: string): Promise<boolean> {
    return this.#take.run([hash]) > 0;
  }

  async forget(before: number): Promise<void> {
    this.#database.transaction(() => {
      this.#database.prepare("DELETE FROM used_once WHERE ends_at < ?").run([before]);
      this.#database.prepare("DELETE FROM waiting_devices WHERE ends_at < ?").run([before]);
    });
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
