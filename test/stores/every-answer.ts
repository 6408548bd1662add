import { adminOperations } from "../../src/server/admin/operations/all.ts";
import type { GatewayProcess } from "../gitops/gateway-process.ts";

/** What some are asked beside nothing at all. */
const queries: Readonly<Record<string, readonly string[]>> = {
  "usage.get": ["organisation", "team", "model", "key,provider", "endUser", "tag:project", "month", "day,targetModel"].map(
    (by) => `by=${by}`,
  ),
  "chargeback.lines": ["month=2026-09", "month=2026-10", "month=2026-11"],
  "chargeback.export": ["month=2026-09&format=csv", "month=2026-09&format=focus", "month=2026-10&format=csv"],
  "savings.list": ["since=2026-09-01T00:00:00Z"],
};
/** Of the process or the moment that is asked, and not of what is kept; a look at bodies is an act, and the audit log grows by looks at bodies. */
const ofProcess = new Set([
  "health.get",
  "me.get",
  "me.sessions.list",
  "secrets.list",
  "audit.list",
  "audit.checkpoint",
  "audit.export",
  "audit.verify",
  "usage.forecast",
  "vault.status",
  "records.body.get",
]);

/** Every GET of the admin API, every page of every list and each object of it, by what was asked. */
export async function everyAnswer(gateway: GatewayProcess): Promise<Map<string, unknown>> {
  const answers = new Map<string, unknown>();
  const ids = new Map<string, string[]>();
  const reading = adminOperations.filter(({ method, name }) => method === "GET" && !ofProcess.has(name));
  for (const { name, path } of reading.filter(({ path }) => !path.includes("{id}"))) {
    const below = path.replace("/admin/v1", "");
    for (const query of queries[name] ?? [""]) {
      const listed: unknown[] = [];
      for (let cursor = ""; ; ) {
        const asked = `${below}?${[query, cursor].filter(Boolean).join("&")}`.replace(/\?$/, "");
        const { status, body } = await gateway.ask("GET", asked);
        if (status !== 200) throw new Error(`${asked}: ${status} ${JSON.stringify(body)}`);
        if (!Array.isArray(body?.data)) {
          listed.push(body);
          break;
        }
        listed.push(...body.data);
        if (!body.next) break;
        cursor = `cursor=${encodeURIComponent(body.next)}`;
      }
      answers.set(`${below}?${query}`, listed);
      ids.set(
        path,
        listed.flatMap((each) => idOf(each)),
      );
    }
  }
  for (const { path } of reading.filter(({ path }) => path.includes("{id}"))) {
    const [list = "", rest = ""] = path.split("/{id}");
    for (const id of (ids.get(list) ?? []).slice(0, 40)) {
      const asked = `${list.replace("/admin/v1", "")}/${encodeURIComponent(id)}${rest}`;
      const { status, body, etag } = await gateway.ask("GET", asked);
      answers.set(asked, { status, body, etag });
    }
  }
  return answers;
}

function idOf(each: unknown): string[] {
  const { id, name, number } = (each ?? {}) as { id?: string; name?: string; number?: number };
  const found = id ?? name ?? number;
  return found === undefined ? [] : [String(found)];
}
