import { type DialectId, dialectIds, type Loss } from "../../src/exchange/index.ts";
import type { Feature, Features } from "./feature.ts";
import { requestFeatures } from "./requests/index.ts";
import { type Outcome, outcomeOf } from "./translate.ts";

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

${requestFeatures.map(chapterOf).join("\n")}
## Codes

${table([["code", "class", "done", "pairs of dialects"], ...codeRows()])}
`;
}

function chapterOf(features: Features): string {
  const upstreams = dialectIds.filter((id) => id !== features.dialect);
  const rows = features.list.map((feature) => [
    feature.name,
    ...upstreams.map((upstream) => cellOf(outcomeOf(features, feature, upstream))),
  ]);
  const notes = features.list.flatMap(({ name, unneeded }) => (unneeded === undefined ? [] : [`- ${name}: ${unneeded}.`]));
  return [
    `## Requests of ${features.dialect}\n`,
    table([["feature", ...upstreams.map((upstream) => `→ ${upstream}`)], ...rows]),
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

/** Every loss of every pair, in the order of the features. */
export function everyLoss(): readonly {
  readonly caller: DialectId;
  readonly upstream: DialectId;
  readonly feature: Feature;
  readonly loss: Loss;
}[] {
  return requestFeatures.flatMap((features) =>
    dialectIds
      .filter((upstream) => upstream !== features.dialect)
      .flatMap((upstream) =>
        features.list.flatMap((feature) => {
          const outcome = outcomeOf(features, feature, upstream);
          return outcome.kind === "reported" ? outcome.losses.map((loss) => ({ caller: features.dialect, upstream, feature, loss })) : [];
        }),
      ),
  );
}

function codeRows(): string[][] {
  const rows = new Map<string, Set<string>>();
  for (const { caller, upstream, loss } of everyLoss()) {
    const key = [`\`${loss.code}\``, loss.class, loss.action].join("\t");
    rows.set(key, (rows.get(key) ?? new Set()).add(`${caller} → ${upstream}`));
  }
  return [...rows].sort(([left], [right]) => (left < right ? -1 : 1)).map(([key, pairs]) => [...key.split("\t"), String(pairs.size)]);
}

function table(rows: readonly (readonly string[])[]): string {
  const [head = [], ...body] = rows;
  return [head, head.map(() => "---"), ...body].map((row) => `| ${row.join(" | ")} |`).join("\n");
}
