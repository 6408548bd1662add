import type { Exchange } from "../../exchange/index.ts";
import { matchesGlob } from "../../policies/index.ts";
import type { BodyOptions } from "../../storage/index.ts";

type Chosen = NonNullable<BodyOptions["only"]>;

/** Of which exchanges the bodies are kept, as one config says it. */
export interface BodyRules {
  readonly maxBytes: number;
  /** @param endpoint as the route table names it */
  keeps(exchange: Exchange, endpoint: string): boolean;
}

export function bodyRules({ only, never, maxBytes = 1024 * 1024 }: BodyOptions): BodyRules {
  const wanted = only && testsOf(only);
  const refused = never && testsOf(never);
  return {
    maxBytes,
    keeps(exchange, endpoint) {
      if (refused?.some((test) => test(exchange, endpoint))) return false;
      return wanted === undefined || wanted.every((test) => test(exchange, endpoint));
    },
  };
}

type Test = (exchange: Exchange, endpoint: string) => boolean;

/** One for each list that is there. Who does not belong anywhere is on no list. */
function testsOf({ organisations, teams, applications, keys, models, endpoints }: Chosen): readonly Test[] {
  const named = (names: readonly string[], ...found: readonly (string | undefined)[]) =>
    found.some((name) => name !== undefined && names.includes(name));
  const tests: Test[] = [];
  if (organisations) tests.push(({ principal }) => named(organisations, principal.organisation));
  if (teams) tests.push(({ principal }) => named(teams, principal.team, ...(principal.teams ?? [])));
  if (applications) tests.push(({ principal }) => named(applications, principal.application));
  if (keys) tests.push(({ principal }) => named(keys, principal.keyId, principal.keyName));
  if (models) tests.push(({ model }) => models.some((glob) => matchesGlob(glob, model)));
  if (endpoints) tests.push((_, endpoint) => endpoints.some((glob) => matchesGlob(glob, endpoint)));
  return tests;
}
