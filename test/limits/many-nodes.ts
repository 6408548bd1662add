/**
 * Many nodes that share many budgets, simulated with the gateway's own limiter and the store's own rule, in a time that is only counted:
 * `bun test/limits/many-nodes.ts` (1,000 nodes, 100,000 keys, 60 million requests: more than a quarter of an hour, 4 GB). A seed replays.
 *
 * Each request counts in three monthly budgets: its key's, its team's (a hundred keys) and its organisation's (a tenth of everything).
 * Keys are asked as Zipf's law has it, and a balancer sends a key to the same nodes, as few as its load needs, but for one request of
 * 2,000. Some budgets run out while it runs, among them one organisation's, which all nodes use. Nodes start with nothing, all at once;
 * some are killed, end, and come.
 *
 * A call is a round trip between a node and the store: what a node sends in one moment goes in one pipeline and is one call, as it is
 * with Valkey. (In PostgreSQL the operations of such a pipeline are a statement each, over four connections.) Every call counts until
 * the last request was asked: a node's first, renewals, questions that end in a no, those that are lost on the way, and farewells.
 */
import { parseArgs } from "node:util";
import { simulate } from "./nodes/simulate.ts";

const defaults = {
  nodes: "1000",
  keys: "100000",
  team: "100",
  organisations: "10",
  rate: "500",
  seconds: "120",
  warm: "30",
  deaths: "20",
  ends: "20",
  joins: "20",
  trouble: "0.001",
  seed: "1",
  most: "0.005",
  mostOfAll: "0.005",
};
type Word = keyof typeof defaults;
const words = Object.entries(defaults).map(([name, value]) => [name, { type: "string", default: value }]);
const options = Object.fromEntries(words) as Record<Word, { type: "string"; default: string }>;
const flag = { type: "boolean", default: false } as const;
/**
 * `most` and `mostOfAll`: calls a request after `warm` seconds, and from the beginning on. `--anywhere`: the balancer sends a key's requests to
 * any node. `--shared`: keys have no budget of their own, beside those they share.
 */
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
  ends: number("ends"),
  joins: number("joins"),
  trouble: number("trouble"),
});
const {
  requests,
  passed,
  refused,
  refusedTooSoon,
  unanswered,
  waited,
  trips,
  operations,
  steady,
  overspent,
  died,
  ended,
  joined,
  lostPart,
} = outcome;
const per = (count: number, of: number) => (of / count).toFixed(0);
const lines = [
  `seed ${values.seed}: ${values.nodes} nodes, ${values.keys} keys, ${requests} requests in ${values.seconds} s: ${passed} passed, ${refused} refused, ${unanswered} without an answer of the store`,
  `calls of the store: 1 per ${per(steady.trips, steady.requests)} requests after ${values.warm} s, 1 per ${per(trips, requests)} of all; ${operations} operations, ${(outcome.bytes / requests).toFixed(0)} bytes a request; 1 request of ${per(waited, requests)} waited`,
  `budgets: ${outcome.exhausted} used up, ${overspent.length} overspent; ${refusedTooSoon} requests refused while a hundredth was left with others`,
  `nodes: ${died} killed, ${ended} ended, ${joined} came later; ${(lostPart * 100).toFixed(2)} % of what was used counts as used though it was lost with them; ${outcome.unheld ? "all" : "not all"} the others held was given back`,
  `${((performance.now() - begun) / 1000).toFixed(0)} s`,
];
for (const line of lines) console.log(line);
const wrong = [
  overspent.length > 0 && `overspent: ${overspent.join(", ")}`,
  !outcome.unheld && "something is still held",
  steady.trips > steady.requests * number("most") && `more than ${values.most} calls a request after ${values.warm} s`,
  trips > requests * number("mostOfAll") && `more than ${values.mostOfAll} calls a request`,
].filter(Boolean);
for (const each of wrong) console.log(`WRONG: ${each}`);
process.exit(wrong.length === 0 ? 0 : 1);
