import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { defaultConfig, exportDocument, objectKinds, objectsIn, type WrittenObject } from "../../config/index.ts";
import { Fault } from "../../exchange/index.ts";
import { type OpenedGateway, openGateway } from "../../gateway/index.ts";
import { policies } from "../../policies/index.ts";
import { applyDocument } from "./apply-document.ts";
import { createObject, removeObject, updateObject } from "./edits.ts";
import { effectiveObjects } from "./effective-objects.ts";
import { type Edit, LiveConfig } from "./live-config.ts";
import { rollBackTo } from "./versions.ts";

setDefaultTimeout(120_000);

const environment = { KEY_A: "k-a", KEY_B: "k-b" };
const opened: OpenedGateway[] = [];
let live: LiveConfig;

async function fresh(): Promise<LiveConfig> {
  const config = defaultConfig(environment);
  const gateway = await openGateway({ config, env: environment });
  opened.push(gateway);
  return LiveConfig.open({
    opened: gateway,
    config,
    // Of a file that names no providers, beside those of the environment.
    file: { text: "lent: { references: [KEY_A, KEY_B] }\n", written: [] },
    reading: { environment, policies },
    taken: () => undefined,
    now: Date.now,
    log: () => undefined,
  });
}

beforeAll(async () => {
  live = await fresh();
});
afterAll(async () => {
  for (const gateway of opened) await gateway.close();
});

/** Numbers from a seed (mulberry32): a failure tells its seed. */
function randomFrom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296) * below);
  };
}

type Model = ReadonlyMap<string, unknown>;

const author = { id: "test", name: "test" };

async function attempted(edit: Edit): Promise<boolean> {
  try {
    await live.change(edit, { author, operation: "test" });
    return true;
  } catch (error) {
    if (!(error instanceof Fault) || error.code === "gateway_failed") throw error;
    return false;
  }
}

function served(): Model {
  return new Map(live.state.objects.map(({ kind, name, definition, owner }) => [`${kind} ${name}`, { definition, owner: owner ?? null }]));
}

test("200 sequences of changes, applies and rollbacks leave what a model in memory has", async () => {
  let model: Model = new Map();
  const history = new Map<number, Model>([[0, model]]);
  let done = 0;
  for (let seed = 1; seed <= 200; seed++) {
    const random = randomFrom(seed);
    for (let step = 0; step < 6; step++) {
      const name = `m${random(4)}`;
      const key = `models ${name}`;
      const target = random(6) === 0 ? "nowhere/x" : `demo/${random(3)}`;
      const before = model.get(key) as { owner: string | null; definition: unknown } | undefined;
      const act = random(5);
      let edit: Edit;
      let after: Model | undefined;
      if (act === 0) {
        edit = createObject("models", name, target);
        if (!before && target.startsWith("demo/")) after = new Map(model).set(key, { definition: target, owner: null });
      } else if (act === 1) {
        edit = updateObject("models", name, () => target);
        if (before?.owner === null && target.startsWith("demo/")) after = new Map(model).set(key, { definition: target, owner: null });
      } else if (act === 2) {
        edit = removeObject("models", name, () => undefined);
        if (before?.owner === null) after = new Map([...model].filter(([each]) => each !== key));
      } else if (act === 3) {
        const names = [0, 1, 2, 3].filter(() => random(2) === 0).map((each) => `m${each}`);
        const prune = random(2) === 0;
        const adopt = random(3) === 0;
        const document = objectsIn({ models: Object.fromEntries(names.map((each) => [each, target])) });
        edit = applyDocument(document, { owner: "git", prune, adopt });
        const taken = names.some((each) => (model.get(`models ${each}`) as { owner: string | null } | undefined)?.owner === null);
        if ((!taken || adopt) && (target.startsWith("demo/") || names.length === 0)) {
          const kept = [...model].filter(
            ([each, value]) => !(prune && (value as { owner: string | null }).owner === "git" && !names.includes(each.slice(7))),
          );
          after = new Map([...kept, ...names.map((each) => [`models ${each}`, { definition: target, owner: "git" }] as const)]);
        }
      } else {
        const version = random(live.state.version + 1);
        edit = rollBackTo(version, opened[0]!.storage.control.config);
        after = history.get(version);
      }
      const version = live.state.version;
      expect({ seed, step, act, taken: await attempted(edit) }).toEqual({ seed, step, act, taken: after !== undefined });
      model = after ?? model;
      expect({ seed, step, served: Object.fromEntries(served()) }).toEqual({ seed, step, served: Object.fromEntries(model) });
      if (live.state.version > version) history.set(live.state.version, model);
      done++;
    }
  }
  expect(live.state.config.models.map(({ name }) => name).toSorted()).toEqual([...model.keys()].map((key) => key.slice(7)).toSorted());
  expect(done).toBe(1200);
});

function anyDocument(seed: number): Record<string, unknown> {
  const random = randomFrom(seed * 7919);
  const some = <Item>(most: number, make: (at: number) => Item): Item[] => Array.from({ length: random(most + 1) }, (_, at) => make(at));
  const word = () =>
    ["water", "gate", "stone ${x", "$${", "wörd 💧", "a'b\"c", "- x: y", "#no", "null", "1e3", " x "][random(11)] as string;
  const key = () => `$${"{"}${["KEY_A", "KEY_B"][random(2)]}}`;
  const escaped = (text: string) => text.replace(/\$?\$\{/g, "$$$${");
  const providers = Object.fromEntries(
    some(3, (at) => [
      `p${at}`,
      {
        type: "openai-compatible",
        baseUrl: `http://127.0.0.1:${9 + at}/v1`,
        ...(random(2) && { apiKey: key() }),
        ...(random(2) && { headers: { "x-team": escaped(word()).replace(/[^\t\x20-\x7e]/g, ""), authorization: `Bearer ${key()}` } }),
        ...(random(2) && { models: some(2, word).map(escaped) }),
        ...(random(2) && { timeouts: { firstEventMs: 1 + random(5000) } }),
      },
    ]),
  );
  const target = () => `${["demo", ...Object.keys(providers)][random(1 + Object.keys(providers).length)]}/m${random(9)}`;
  const models = Object.fromEntries(
    some(4, (at) => [
      `model-${at}${["", "/x", ":7b", "@1"][random(4)]}`,
      random(3) === 0
        ? target()
        : { strategy: "weighted", targets: [{ use: target(), weight: 1 + random(9) }, target()], retries: random(3) },
    ]),
  );
  const teams = Object.fromEntries(some(2, (at) => [`team${at}`, Object.keys(models)[0] ? { models: [Object.keys(models)[0]] } : {}]));
  return {
    providers,
    models,
    teams,
    prices: Object.fromEntries(some(4, (at) => [`p${random(3)}/m${at}*`, { input: random(1000) / 100, output: random(99) }])),
    policies: some(3, (at) => ({ ...(random(2) && { name: `rule-${at}` }), use: "deny-words", words: [escaped(word()), "war"] })),
  };
}

test("what is exported makes the same on an empty gateway, whatever the objects are", async () => {
  for (let seed = 1; seed <= 60; seed++) {
    const document = objectsIn(anyDocument(seed));
    const one = await fresh();
    await one.change(applyDocument(document, { owner: "git", prune: true, adopt: false }), { author, operation: "test" });
    const exported = exportOf(one);
    expect({ seed, hidden: exported.hidden }).toEqual({ seed, hidden: [] });
    const other = await fresh();
    const read = objectsIn(JSON.parse(JSON.stringify(exported.document)));
    await other.change(applyDocument(read, { owner: "else", prune: true, adopt: false }), { author, operation: "test" });
    expect({ seed, document: exportOf(other).document }).toEqual({ seed, document: exported.document });
    expect({ seed, served: plain(other) }).toEqual({ seed, served: plain(one) });
    const again = await other.change(applyDocument(read, { owner: "else", prune: true, adopt: false }), { author, operation: "test" });
    expect({ seed, changes: again.changes }).toEqual({ seed, changes: [] });
    await one.close();
    await other.close();
  }
});

function exportOf({ state }: LiveConfig) {
  const objects: readonly Omit<WrittenObject, "step">[] = objectKinds.flatMap((kind) =>
    effectiveObjects(state, kind).filter(({ source }) => source !== "environment"),
  );
  return exportDocument(objects, environment);
}

/** The config as it is served, secrets in the open. */
function plain({ state: { config } }: LiveConfig): unknown {
  const providers = config.providers.map(({ apiKey, headers, baseUrl, models, timeouts, name }) => ({
    name,
    baseUrl,
    models,
    timeouts,
    apiKey: apiKey?.reveal(),
    headers: JSON.stringify(headers, (_, value) =>
      typeof value === "object" && value !== null && "reveal" in value ? value.reveal() : value,
    ),
  }));
  return {
    providers: providers.toSorted((one, other) => (one.name < other.name ? -1 : 1)),
    models: config.models.toSorted((one, other) => (one.name < other.name ? -1 : 1)),
    prices: config.prices,
    policies: config.policies,
    teams: config.teams.toSorted((one, other) => (one.name < other.name ? -1 : 1)),
  };
}
