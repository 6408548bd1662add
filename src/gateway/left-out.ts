import type { Config } from "../config/index.ts";
import { type Exchange, Fault } from "../exchange/index.ts";
import { matchesGlob, type Rule } from "../policies/index.ts";
import { catalogId, providers as kinds } from "../providers/index.ts";
import type { Catalog } from "../routing/index.ts";
import type { Line, ModelLine } from "./line.ts";

type LeftOut = NonNullable<Config["leftOut"]>[number];

/**
 * The line of a config that some objects were left out of. What they govern is refused: every request, where a policy is among them; the
 * callers of a team; the targets of a provider or a price; the requests for a model. Nothing passes because what restricted it is gone.
 */
export function refusingLeftOut(line: Line, config: Config, leftOut: readonly LeftOut[], catalog: Catalog): Line {
  const find = (kind: string, name?: string) =>
    leftOut.find((object) => object.kind === kind && (name === undefined || object.name === name));
  const governing = (target: string) =>
    find("providers", providerIn(target)) ?? leftOut.find(({ kind, name }) => kind === "prices" && matchesGlob(name, target));
  const aliases = new Set(config.models.map(({ name }) => name));
  const served = new Set(config.providers.map(({ name }) => name));
  const rule: Rule = {
    id: "left-out",
    reads: "nothing",
    request({ principal: { team } }: Exchange): void {
      const found = find("policies") ?? (team === undefined ? undefined : find("teams", team));
      if (found) throw refusalOf(found);
    },
  };
  /** A bare name leads to the first provider that has it, which may have been one of these. */
  const seller = (name: string) =>
    served.has(providerIn(name)) ? undefined : leftOut.find((object) => object.kind === "providers" && couldSell(object, name, catalog));
  return {
    ...line,
    rules: [rule, ...line.rules],
    model(name) {
      const own = find("models", name) ?? (aliases.has(name) ? undefined : (governing(name) ?? seller(name)));
      if (own) throw refusalOf(own);
      return without(line.model(name), governing);
    },
  };
}

/** The model's targets that are governed by nothing that was left out. @throws Fault `object_left_out` where none is */
function without(model: ModelLine, governing: (target: string) => LeftOut | undefined): ModelLine {
  const { targets } = model.route;
  const left = targets.filter(({ name }) => governing(name) === undefined);
  if (left.length === targets.length) return model;
  if (left.length > 0) return { ...model, route: { ...model.route, targets: left } };
  throw refusalOf(targets.map(({ name }) => governing(name)).find((found) => found !== undefined) as LeftOut);
}

function couldSell({ name, definition }: LeftOut, model: string, catalog: Catalog): boolean {
  const type = (definition as { readonly type?: unknown } | null)?.type ?? name;
  const kind = kinds.get(String(type));
  return kind === undefined || catalog.find(catalogId(kind), model) !== undefined;
}

function providerIn(target: string): string {
  return target.slice(0, Math.max(0, target.indexOf("/")));
}

/** What is wrong with it is for operators to see. */
function refusalOf({ kind, name }: LeftOut): Fault {
  return new Fault("object_left_out", { message: `${kind}.${name} does not fit the gateway's config and is not served.` });
}
