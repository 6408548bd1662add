import { type Exchange, Fault } from "../exchange/index.ts";
import { matchesGlob } from "./glob.ts";
import type { Rule } from "./policy.ts";

/**
 * Which models a caller may use: the key's own list and its team's, both as globs; each one that exists must allow the
 * name. Always the first rule.
 *
 * Lists of whom a key belongs to in the directory were gathered when it was read.
 *
 * @param teamModels every team of the config, with its list where it has one; a key of any other team may use nothing
 */
export function modelAccess(teamModels: ReadonlyMap<string, readonly string[] | undefined>): Rule {
  return {
    id: "model-access",
    reads: "nothing",
    request({ principal, model }: Exchange): void {
      if (!allows(principal.models, model)) throw denied(model, `the key "${principal.keyName}"`);
      if (principal.modelLists !== undefined) {
        for (const { models, whose } of principal.modelLists) if (!allows(models, model)) throw denied(model, whose);
      }
      if (principal.team === undefined || principal.teamIsStored) return;
      if (!teamModels.has(principal.team)) throw denied(model, `the team "${principal.team}", which the config does not have,`);
      if (!allows(teamModels.get(principal.team), model)) throw denied(model, `the team "${principal.team}"`);
    },
  };
}

export function allows(list: readonly string[] | undefined, model: string): boolean {
  return list === undefined || list.some((glob) => matchesGlob(glob, model));
}

function denied(model: string, who: string): Fault {
  return new Fault("policy_model_denied", {
    message: `${who[0]?.toUpperCase()}${who.slice(1)} may not use the model "${model}".`,
    param: "model",
    policy: "model-access",
  });
}
