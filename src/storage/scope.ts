/** Whose objects somebody may reach: the whole installation's, those of one organisation, or those of some teams. */
export interface Scope {
  readonly organisation?: string;
  /** Only what belongs to one of these; what belongs to no team is out of reach then. */
  readonly teams?: readonly string[];
}

/** Whose an object is. Without an organisation it is the installation's own. */
export interface Owner {
  readonly organisation?: string | undefined;
  readonly team?: string | undefined;
}

export const everything: Scope = Object.freeze({});

/** Whether an object of this owner is within reach. */
export function reaches({ organisation, teams }: Scope, owner: Owner): boolean {
  if (organisation !== undefined && owner.organisation !== organisation) return false;
  return teams === undefined || (owner.team !== undefined && teams.includes(owner.team));
}

/** The same as a condition on the columns `organisation` and `team`, with its values. */
export function reachCondition({ organisation, teams }: Scope): { readonly sql: string; readonly values: readonly string[] } {
  const parts: string[] = [];
  const values: string[] = [];
  if (organisation !== undefined) {
    parts.push("organisation = ?");
    values.push(organisation);
  }
  if (teams !== undefined) {
    parts.push(teams.length === 0 ? "FALSE" : `team IN (${teams.map(() => "?").join(", ")})`);
    values.push(...teams);
  }
  return { sql: parts.length === 0 ? "TRUE" : parts.join(" AND "), values };
}
