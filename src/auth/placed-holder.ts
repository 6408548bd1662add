import { Fault } from "../exchange/index.ts";
import { permissionsOf } from "./access.ts";
import type { Holder } from "./holder.ts";
import { modelListOf, type Standing } from "./standing.ts";

const placed = new WeakMap<Holder, { readonly standing: Standing; readonly holder: Holder }>();

/**
 * Whom a credential of somebody else's stands for, as the directory has it: an organisation by its id, with its models, its teams and
 * its roles. What is looked up once holds as long as the directory stays as it is.
 *
 * @throws Fault `credentials_forbidden` where the organisation, or its team, is not there or not active
 */
export function placedHolder(holder: Holder, standing: Standing): Holder {
  const known = placed.get(holder);
  if (known?.standing === standing) return known.holder;
  const found = placedBy(holder, standing);
  placed.set(holder, { standing, holder: found });
  return found;
}

function placedBy(holder: Holder, standing: Standing): Holder {
  const { organisation: named, team: ofTeam, ...rest } = holder.principal;
  const organisation = named === undefined ? undefined : standing.organisation(named);
  if (named !== undefined && !organisation) throw nowhere("organisation");
  const team = ofTeam === undefined ? undefined : standing.team(ofTeam, organisation?.id);
  // A team that is not in the directory is one of the config's, which are the installation's.
  if (ofTeam !== undefined && !team && (organisation || ofTeam.startsWith("team_"))) throw nowhere("team");
  const modelLists = [organisation, team].flatMap((each) => (each?.models ? modelListOf(each, each.models) : []));
  const principal = Object.freeze({
    ...rest,
    ...(organisation && { organisation: organisation.id }),
    ...(ofTeam !== undefined && { team: team?.id ?? ofTeam }),
    ...(team && { teamIsStored: true }),
    ...(modelLists.length > 0 && { modelLists }),
  });
  const callsByRole = () => permissionsOf(principal.roles ?? [], organisation?.id, standing.roles).has("models:call");
  return { ...holder, principal, mayCall: holder.mayCall || callsByRole() };
}

function nowhere(what: string): Fault {
  return new Fault("credentials_forbidden", { message: `The credential is good, but its ${what} is not there, or not active.` });
}
