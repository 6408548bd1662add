// Many nodes that share many budgets, simulated: `bun test/limits/many-nodes.ts --nodes 1000 --keys 100000`. A seed replays.
import { parseArgs } from "node:util";
import { simulate } from "./nodes/simulate.ts";

const defaults = {
  nodes: "1000",
  keys: "100000",
  team: "100",
  organisations: "10",
  rate: "500",
  seconds: "60",
  warm: "30",
  deaths: "20",
  trouble: "0.001",
  seed: "1",
  most: "0.005",
};
type Word = keyof typeof defaults;
const words = Object.entries(defaults).map(([name, value]) => [name, { type: "string", default: value }]);
const options = Object.fromEntries(words) as Record<Word, { type: "string"; default: string }>;
const flag = { type: "boolean", default: false } as const;
/** `--anywhere`: the balancer sends a key's requests to any node. `--shared`: keys have no budget of their own, beside those they share. */
const { values } = parseArgs({ options: { ...options, anywhere: flag, shared: flag } });
const number = (name: Word) => Number(values[name]);

const begun = performance.now();
const outcome = await simulate({
  seed: number("seed"),
  nodes: number("nodes"),
  keys: number("keys"),
  keysOfTeam: number("team"),
  organisations: number("organisations"),
  sticky: !values.anywhere,
  keyBudgets: !values.shared,
  requestsPerNodeAndSecond: number("rate"),
  seconds: number("seconds"),
  warmUpSeconds: number("warm"),
  deaths: number("deaths"),
  trouble: number("trouble"),
});
const { requests, passed, refused, refusedTooSoon, unanswered, waited, trips, operations, steady, overspent, died, lostPart } = outcome;
const per = (count: number, of: number) => (of / count).toFixed(0);
const lines = [
  `seed ${values.seed}: ${values.nodes} nodes, ${values.keys} keys, ${requests} requests in ${values.seconds} s: ${passed} passed, ${refused} refused, ${unanswered} without an answer of the store`,
  `calls of the store: 1 per ${per(steady.trips, steady.requests)} requests after ${values.warm} s, 1 per ${per(trips, requests)} of all; ${operations} operations, ${(outcome.bytes / requests).toFixed(0)} bytes a request; 1 request of ${per(waited, requests)} waited`,
  `budgets: ${outcome.exhausted} used up, ${overspent.length} overspent; ${refusedTooSoon} requests refused while a hundredth was left with others`,
  `nodes: ${died} killed; ${(lostPart * 100).toFixed(2)} % of what was used counts as used though it was lost with them; ${outcome.unheld ? "all" : "not all"} the others held was given back`,
  `${((performance.now() - begun) / 1000).toFixed(0)} s`,
];
for (const line of lines) console.log(line);
const wrong = [
  overspent.length > 0 && `overspent: ${overspent.join(", ")}`,
  !outcome.unheld && "something is still held",
  steady.trips > steady.requests * number("most") && `more than ${values.most} calls a request`,
].filter(Boolean);
for (const each of wrong) console.log(`WRONG: ${each}`);
process.exit(wrong.length === 0 ? 0 : 1);
