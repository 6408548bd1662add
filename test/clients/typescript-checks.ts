import type * as Client from "../../client/src/index.ts";
import { type Check, same, thrown } from "./check.ts";
import { type Fate, startCrookedFront } from "./crooked-front.ts";

export interface Bench {
  readonly url: string;
  readonly adminKey: string;
  /** Tells the names of several runs on one gateway apart. */
  readonly mark: string;
}

/** What the TypeScript client promises, on the runtime that this runs on. */
export function typeScriptChecks({ Sluice, SluiceProblem, SluiceUnreachable, etagOf, requestIdOf }: typeof Client, bench: Bench): Check[] {
  const { url, adminKey, mark } = bench;
  const sluice = new Sluice({ baseUrl: `${url}/`, token: adminKey });
  const problem = async (work: Promise<unknown>) => {
    const error = await thrown(work);
    if (!(error instanceof SluiceProblem)) throw error;
    return error;
  };
  /** A gateway whose requests fare as the script says. */
  const crooked = async (script: readonly Fate[], work: (client: Client.Sluice, seen: readonly { atMs: number }[]) => Promise<void>) => {
    const front = await startCrookedFront(url, script);
    try {
      await work(new Sluice({ baseUrl: front.url, token: adminKey }), front.seen);
      return front.seen;
    } finally {
      front.close();
    }
  };
  const name = (what: string) => `${what}-${mark}`;

  return [
    [
      "a key is made, read, changed, rotated and revoked",
      async () => {
        const made = await sluice.keys.create({ name: name("whole-life"), team: "support", models: ["fast"] });
        if (!made.key.startsWith("sk-sluice-")) throw new Error("The key was not shown.");
        same((await sluice.keys.get(made.id)).team, "support", "team");
        same((await sluice.keys.update(made.id, { team: null })).team, null, "team");
        await sluice.keys.update(made.id, { limits: { requestsPerDay: 5, concurrency: 2 } });
        const { limits } = await sluice.keys.update(made.id, { limits: { requestsPerDay: null } });
        same(JSON.stringify(limits), '{"concurrency":2}', "limits");
        const next = await sluice.keys.rotate(made.id);
        if (next.key === made.key) throw new Error("The rotated key is the old one.");
        same(await sluice.keys.revoke(next.id), undefined, "nothing comes back");
        same((await sluice.keys.get(next.id)).state, "revoked", "state");
      },
    ],
    [
      "a list is read page by page, to its end, and no further than its reader",
      async () => {
        const wanted: string[] = [];
        for (let at = 0; at < 7; at++) wanted.push((await sluice.keys.create({ name: name(`page-${at}`), team: name("pages") })).id);
        const seen = await crooked([], async (client) => {
          const all = await client.keys.list({ team: name("pages"), limit: 3 }).all();
          same(all.map(({ id }) => id).toSorted(), wanted.toSorted(), "ids");
          const pages = [];
          for await (const page of client.keys.list({ team: name("pages"), limit: 3 }).pages()) pages.push(page.data.length);
          same(pages, [3, 3, 1], "pages");
          for await (const key of client.keys.list({ team: name("pages"), limit: 3 })) if (key) break;
          same((await client.keys.list({ team: name("pages"), limit: 2 }).firstPage()).data.length, 2, "first page");
        });
        same(seen.length, 3 + 3 + 1 + 1, "requests");
      },
    ],
    [
      "a list goes on from a cursor",
      async () => {
        const first = await sluice.keys.list({ team: name("pages"), limit: 4 }).firstPage();
        same((await sluice.keys.list({ team: name("pages"), cursor: first.next as string }).all()).length, 3, "the rest");
      },
    ],
    [
      "problem details are a typed error with code, places and the request's id",
      async () => {
        const unknown = await problem(sluice.keys.get("nothing"));
        same([unknown.status, unknown.code], [404, "object_unknown"], "unknown");
        if (!unknown.requestId) throw new Error("No request id.");
        const wrong = await problem(sluice.keys.create({ name: "", scopes: ["no path"] } as Client.NewKey));
        same([wrong.status, wrong.code], [400, "request_malformed"], "wrong");
        same(wrong.errors.map(({ path }) => path).toSorted(), ["name", "scopes[0]"], "places");
      },
    ],
    [
      "an id is one part of the path, whatever stands in it",
      async () => {
        for (const id of ["a/b", "../providers", "?limit=1", "%2e%2e", "#", "ü ", "*"])
          same((await problem(sluice.keys.get(id))).code, "object_unknown", id);
        for (const id of ["", ".", ".."]) {
          const error = await thrown(Promise.resolve().then(() => sluice.keys.revoke(id)));
          if (!(error instanceof TypeError)) throw new Error(`${JSON.stringify(id)} was sent.`, { cause: error });
        }
      },
    ],
    [
      "a wrong key is 401, a key of the data plane 403; a function may give it",
      async () => {
        const virtual = (await sluice.keys.create({ name: name("no-admin") })).key;
        const as = (token: string | (() => Promise<string>)) => new Sluice({ baseUrl: url, token }).health.get();
        same((await problem(as("sk-sluice-no-such-key"))).code, "credentials_unknown", "stranger");
        same((await problem(as(virtual))).code, "credentials_forbidden", "virtual key");
        same((await problem(new Sluice({ baseUrl: url }).health.get())).code, "credentials_missing", "nobody");
        same((await as(async () => adminKey)).status, "ready", "function");
      },
    ],
    [
      "what was read can be changed by whoever read it last, and by nobody else",
      async () => {
        const { id } = await sluice.keys.create({ name: name("etag") });
        const [mine, theirs] = [await sluice.keys.get(id), await sluice.keys.get(id)];
        same(etagOf(mine), etagOf(theirs), "ETags");
        if (!requestIdOf(mine) || requestIdOf(mine) === requestIdOf(theirs)) throw new Error("Requests have ids of their own.");
        const changed = await sluice.keys.update(id, { team: "mine" }, { ifMatch: mine });
        same((await problem(sluice.keys.update(id, { team: "theirs" }, { ifMatch: theirs }))).code, "object_changed", "late");
        same((await problem(sluice.keys.revoke(id, { ifMatch: etagOf(theirs) }))).status, 412, "late, by tag");
        if (!((await thrown(sluice.keys.update(id, {}, { ifMatch: { ...mine } }))) instanceof TypeError))
          throw new Error("A copy has no tag.");
        await sluice.keys.revoke(id, { ifMatch: changed });
      },
    ],
    [
      "a key whose answer was lost is made once",
      async () => {
        const seen = await crooked([{ kind: "lost-after" }, { kind: "lost-before" }], async (client) => {
          const made = await client.keys.create({ name: name("lost"), team: name("lost") });
          same(
            (await sluice.keys.list({ team: name("lost") }).all()).map(({ id }) => id),
            [made.id],
            "keys",
          );
        });
        same(new Set(seen.map(({ headers }) => headers["idempotency-key"])).size, 1, "one idempotency key");
        same(seen.length, 3, "tries");
      },
    ],
    [
      "the idempotency key may be the caller's own",
      async () => {
        const [one, other] = await Promise.all(
          [1, 2].map(() => sluice.keys.create({ name: name("twice") }, { idempotencyKey: name("twice") })),
        );
        same(one?.key, other?.key, "key");
        const differs = await problem(sluice.keys.create({ name: name("thrice") }, { idempotencyKey: name("twice") }));
        same(differs.code, "repetition_differs", "another request");
      },
    ],
    [
      "a change whose answer was lost is not sent again by itself",
      async () => {
        const { id } = await sluice.keys.create({ name: name("unsafe") });
        const seen = await crooked([{ kind: "lost-after" }], async (client) => {
          const error = await thrown(client.keys.update(id, { team: "once" }));
          if (!(error instanceof SluiceUnreachable) || error.cause === undefined) throw error;
        });
        same(seen.length, 1, "tries");
      },
    ],
    [
      "429 and 503 are waited for as Retry-After says",
      async () => {
        const problemBody = JSON.stringify({ code: "rate_limited", status: 429, detail: "Slowly." });
        const headers = { "content-type": "application/problem+json", "retry-after": "1" };
        const seen = await crooked(
          [
            { kind: "answer", status: 429, headers, body: problemBody },
            { kind: "answer", status: 503, headers: { "retry-after": new Date(Date.now() + 2500).toUTCString() } },
          ],
          async (client) => same((await client.health.get()).status, "ready", "status"),
        );
        const [first, second, third] = seen.map(({ atMs }) => atMs) as [number, number, number];
        if (second - first < 950 || third - second < 200) throw new Error(`It waited ${second - first} and ${third - second} ms.`);
      },
    ],
    [
      "whoever is told to wait for an hour is told so at once",
      async () => {
        const seen = await crooked([{ kind: "answer", status: 503, headers: { "retry-after": "3600" } }], async (client) => {
          same((await problem(client.health.get())).retryAfterMs, 3_600_000, "retryAfterMs");
        });
        same(seen.length, 1, "tries");
      },
    ],
    [
      "nothing is sent again more often than was asked",
      async () => {
        const gone: Fate = { kind: "answer", status: 503, headers: { "retry-after": "0" }, body: "<html>" };
        const seen = await crooked([gone, gone, gone, gone, gone, gone], async (client) => {
          same((await problem(client.health.get())).code, "unknown", "an answer that is not the gateway's");
          same((await problem(client.health.get())).status, 503, "status");
        });
        same(seen.length, 6, "tries");
        same((await crooked([gone], async (client) => void (await problem(client.health.get({ retries: 0 }))))).length, 1, "tries");
      },
    ],
    [
      "the gateway's own limit is kept by waiting",
      async () => {
        // A key of its own: the others' requests do not wait for these.
        const { key } = await sluice.keys.create({ name: name("patient"), kind: "admin" });
        const patient = new Sluice({ baseUrl: url, token: key, retries: 10 });
        const all = await Promise.all(Array.from({ length: 160 }, () => patient.health.get()));
        same(all.length, 160, "answers");
      },
    ],
    [
      "an abort ends it with the caller's reason, while asking and while waiting",
      async () => {
        const reason = new Error("enough");
        await crooked([{ kind: "silent" }, { kind: "answer", status: 503, headers: { "retry-after": "30" } }], async (client) => {
          for (const what of ["asking", "waiting"]) {
            const stop = new AbortController();
            setTimeout(() => stop.abort(reason), 200);
            const began = performance.now();
            same((await thrown(client.health.get({ signal: stop.signal }))) === reason, true, what);
            if (performance.now() - began > 2000) throw new Error(`${what} went on.`);
          }
          const stopped = AbortSignal.abort(reason);
          same((await thrown(client.keys.list({}, { signal: stopped }).all())) === reason, true, "before it began");
        });
      },
    ],
    [
      "a gateway that is silent, elsewhere, or not there is unreachable",
      async () => {
        await crooked(
          [
            { kind: "silent" },
            { kind: "answer", status: 307, headers: { location: `${url}/admin/v1/health` } },
            { kind: "answer", status: 200, body: "{" },
          ],
          async (client) => {
            const late = await thrown(client.health.get({ timeoutMs: 300, retries: 0 }));
            if (!(late instanceof SluiceUnreachable) || !late.message.includes("too long")) throw late;
            for (const what of ["sent elsewhere", "half an answer"]) {
              const error = await thrown(client.health.get({ retries: 0 }));
              if (!(error instanceof SluiceUnreachable)) throw new Error(what, { cause: error });
            }
          },
        );
        const nobody = await thrown(new Sluice({ baseUrl: "http://127.0.0.1:9", token: adminKey, retries: 0 }).health.get());
        if (!(nobody instanceof SluiceUnreachable)) throw nobody;
      },
    ],
  ];
}
