import { type DialectId, dialectIds, type Loss } from "../../src/exchange/index.ts";
import { answerFeatures } from "./answers/index.ts";
import type { Feature, Features } from "./feature.ts";
import { requestFeatures } from "./requests/index.ts";
import { answerOutcomeOf, type Outcome, outcomeOf } from "./translate.ts";

/** `docs/reference/losses.md`: every feature of every dialect, and what becomes of it in every other one. */
export function lossReference(): string {
  return `# What a translation cannot carry

<!-- Written by \`npm run generate\` from test/losses, which runs the codecs; do not edit. -->

A caller of one dialect reaches models of every other; not everything that one can say has a word in another. Each table below is
made by translating a request that holds the feature beside one that does not, and looking at what differs. A cell says:

- **carried**: it stands in the written request.
- **not needed**: nothing has to be written for it; the note below the table says why.
- \`code\` **S**, **Q** or **M**: a loss with this code, at this place of the request, is reported in \`x-sluice-warning\` and in the record. **S** changes what the answer means, and \`x-sluice-strict: true\` refuses it; **Q** costs quality or money; **M** is metadata alone. *dropped*, *approximated*, *emulated* and *reordered* say what was done.
- **refused**: 400 \`request_unsupported\`, because an answer without it would be a wrong one.

What a provider or a model cannot do beside its dialect (inputs that a model does not take, efforts that it does not know) is reported in the same codes and depends on the model; the tables are those of a model that can do what its dialect can.

${requestFeatures.map((features) => chapterOf(features, "Requests", "→", outcomeOf)).join("\n")}
# What an answer cannot carry

The same for the way back: an answer of the dialect in the heading, whole and as a stream, for callers of the others. What is known before the head is sent stands in \`x-sluice-warning\`; what a stream loses later is in the record alone. Under \`x-sluice-strict\` an answer that would lose something of class **S** becomes the error \`request_lossy\`, which in a stream that has begun is told in-band.

${answerFeatures.map((features) => chapterOf(features, "Answers", "→ caller of", answerOutcomeOf)).join("\n")}
## Codes

${table([["code", "class", "done", "pairs of dialects"], ...codeRows()])}
`;
}

type OutcomeOf = (features: Features, feature: Feature, other: DialectId) => Outcome;

function chapterOf(features: Features, kind: string, arrow: string, become: OutcomeOf): string {
  const others = dialectIds.filter((id) => id !== features.dialect);
  const rows = features.list.map((feature) => [feature.name, ...others.map((other) => cellOf(become(features, feature, other)))]);
  const notes = features.list.flatMap(({ name, unneeded }) => (unneeded === undefined ? [] : [`- ${name}: ${unneeded}.`]));
  return [
    `## ${kind} of ${features.dialect}\n`,
    table([["feature", ...others.map((other) => `${arrow} ${other}`)], ...rows]),
    ...(notes.length > 0 ? ["\nNot needed, or not everywhere:\n", ...notes] : []),
    "",
  ].join("\n");
}

export function cellOf(outcome: Outcome): string {
  switch (outcome.kind) {
    case "carried":
      return "carried";
    case "unneeded":
      return "not needed";
    case "refused":
      return "**refused**";
    case "silent":
      return `**LOST**: ${outcome.missing}`;
    case "reported":
      return outcome.losses.map((loss) => `\`${loss.code}\` **${loss.class}** *${loss.action}* at \`${loss.path}\``).join("<br>");
  }
}

/** Every loss of every pair, requests and answers, in the order of the features. */
export function everyLoss(): readonly { readonly pair: string; readonly loss: Loss }[] {
  return [
    ...requestFeatures.flatMap((features) => lossesOf(features, outcomeOf, (other) => `${features.dialect} → ${other}`)),
    ...answerFeatures.flatMap((features) => lossesOf(features, answerOutcomeOf, (other) => `${other} → ${features.dialect}`)),
  ];
}

function lossesOf(features: Features, become: OutcomeOf, pairOf: (other: DialectId) => string): { pair: string; loss: Loss }[] {
  const others = dialectIds.filter((other) => other !== features.dialect);
  return others.flatMap((other) =>
    features.list.flatMap((feature) => {
      const outcome = become(features, feature, other);
      return outcome.kind === "reported" ? outcome.losses.map((loss) => ({ pair: pairOf(other), loss })) : [];
    }),
  );
}

function codeRows(): string[][] {
  const rows = new Map<string, Set<string>>();
  for (const { pair, loss } of everyLoss()) {
    const key = [`\`${loss.code}\``, loss.class, loss.action].join("\t");
    rows.set(key, (rows.get(key) ?? new Set()).add(pair));
  }
  return [...rows].sort(([left], [right]) => (left < right ? -1 : 1)).map(([key, pairs]) => [...key.split("\t"), String(pairs.size)]);
}

function table(rows: readonly (readonly string[])[]): string {
  const [head = [], ...body] = rows;
  return [head, head.map(() => "---"), ...body].map((row) => `| ${row.join(" | ")} |`).join("\n");
}
