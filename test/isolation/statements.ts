import { Database } from "bun:sqlite";

const methods = ["get", "all", "run"] as const;
type Method = (...values: unknown[]) => unknown;

/** Hears every statement that this process's SQLite runs, of databases that are opened from now on: its text, without its values. */
export class HeardStatements {
  #heard: string[] = [];
  readonly #prepare = Database.prototype.prepare;

  constructor() {
    const { prototype } = Database as unknown as { prototype: Record<string, (sql: string) => Record<string, Method>> };
    const own = prototype.prepare as (sql: string) => Record<string, Method>;
    const hear = (sql: string) => this.#heard.push(sql.replace(/\s+/g, " ").trim());
    prototype.prepare = function (this: unknown, sql: string) {
      const statement = own.call(this, sql);
      for (const method of methods) {
        const run = (statement[method] as Method).bind(statement);
        statement[method] = (...values) => {
          hear(sql);
          return run(...values);
        };
      }
      return statement;
    };
  }

  /** What was heard since the last time. */
  take(): readonly string[] {
    const heard = this.#heard;
    this.#heard = [];
    return heard;
  }

  close(): void {
    Database.prototype.prepare = this.#prepare;
  }
}
