import type { ModelRecord, PricePattern, ProviderRecord } from "./catalog-format.ts";

/** Finds the record that a model name means, in one provider's list: the first one that matches, as the list is ordered. */
export interface ModelFinder {
  find(name: string): ModelRecord | undefined;
}

export function modelFinder({ models }: ProviderRecord): ModelFinder {
  const exact = new Map<string, number>();
  const tests: { readonly index: number; readonly matches: (name: string) => boolean }[] = [];
  models.forEach(({ id, is }, index) => {
    for (const pattern of is ?? [`=${id.toLowerCase()}`]) {
      if (typeof pattern === "string" && pattern.startsWith("=")) {
        const name = pattern.slice(1);
        if (!exact.has(name)) {
          exact.set(name, index);
        }
      } else {
        tests.push({ index, matches: compilePattern(pattern) });
      }
    }
  });
  const first = (name: string): ModelRecord | undefined => {
    const found = exact.get(name) ?? models.length;
    const sooner = tests.find(({ index, matches }) => index < found && matches(name));
    return models[sooner?.index ?? found];
  };
  return {
    find(name) {
      for (const spelling of spellings(name)) {
        const record = first(spelling);
        if (record !== undefined) {
          return record;
        }
      }
      return undefined;
    },
  };
}

function compilePattern(pattern: PricePattern): (name: string) => boolean {
  if (typeof pattern !== "string") {
    const all = pattern.map(compilePattern);
    return (name) => all.every((matches) => matches(name));
  }
  const text = pattern.slice(1);
  switch (pattern[0]) {
    case "=":
      return (name) => name === text;
    case "^":
      return (name) => name.startsWith(text);
    case "$":
      return (name) => name.endsWith(text);
    case "*":
      return (name) => name.includes(text);
    default: {
      const regex = new RegExp(text);
      return (name) => regex.test(name);
    }
  }
}

const compactDate = /-(20\d{2})(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])(?=[-:]|$)/;
const snapshotDate = /[-@]20\d{2}-?(?:0[1-9]|1[0-2])-?(?:0[1-9]|[12]\d|3[01])$/;
const routingSuffix = /:(?:nitro|floor|exacto)$/;
const leadingPart = /^[^/]+\//;
const regionPart = /^(?:us-gov|us|eu|apac|ap|au|jp|ca|sa|me|af|uk|global)\./;

/**
 * The ways in which one model's name is written, nearest first: as it stands, with its date in the other form, without
 * what only says how to route or where to run it, without its date. Never a shorter family name.
 */
export function* spellings(name: string): Generator<string> {
  const seen = new Set<string>();
  let rest = name.trim().toLowerCase().replace(routingSuffix, "");
  for (let depth = 0; depth < 5; depth += 1) {
    for (const spelling of [rest, rest.replace(compactDate, "-$1-$2-$3"), rest.replace(snapshotDate, "")]) {
      if (spelling !== "" && !seen.has(spelling)) {
        seen.add(spelling);
        yield spelling;
      }
    }
    const shorter = rest.replace(leadingPart, "");
    rest = shorter === rest ? rest.replace(regionPart, "") : shorter;
  }
}
