import { randomBytes } from "node:crypto";
import { SQL } from "bun";
import type { StoreServer } from "./servers.ts";

/** Makes databases on a server, each empty. */
export function databasesOf({ url }: Pick<StoreServer, "url">) {
  const admin = new SQL(url, { max: 1 });
  return {
    /** @returns its URL */
    async make(name = `sluice_${randomBytes(6).toString("hex")}`): Promise<string> {
      await admin.unsafe(`CREATE DATABASE ${name}`);
      return url.replace(/[^/]+$/, name);
    },
    async drop(made: string): Promise<void> {
      await admin.unsafe(`DROP DATABASE ${made.slice(made.lastIndexOf("/") + 1)} WITH (FORCE)`);
    },
    close: () => admin.close(),
  };
}
