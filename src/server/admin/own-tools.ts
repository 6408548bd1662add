import type { Access, Standing } from "../../auth/index.ts";
import { Fault } from "../../exchange/index.ts";
import type { AuditLine } from "../../insight/index.ts";
import { reaches } from "../../storage/index.ts";
import { billOf } from "../bill.ts";
import type { AdminCall, AdminTools, Operation, OwnTools } from "./operation.ts";

/**
 * Refuses who may not do what a row says, or does not reach far enough for whose its objects are.
 *
 * @throws Fault `permission_missing`, `credentials_forbidden`
 */
export function refuseBeyond(row: Operation, { permissions, scope }: Access): void {
  if (!permissions.has(row.permission))
    throw new Fault("permission_missing", {
      message: `${row.name} needs the permission ${row.permission}, which your role does not have.`,
    });
  const within = scope.teams !== undefined ? "a team" : scope.organisation !== undefined ? "an organisation" : undefined;
  if (within === undefined || row.owner === "team" || row.owner === "self" || row.owner === "shared") return;
  if (row.owner === "organisation" && scope.teams === undefined) return;
  throw new Fault("credentials_forbidden", {
    message: `${row.name} is about a whole ${row.owner}, and you act within ${within}.`,
  });
}

/** Where the installation's operators sit is not for others to know. */
function actsWithin(organisation: string | undefined, lines: readonly AuditLine[]): readonly AuditLine[] {
  if (organisation === undefined) return lines;
  return lines.map(({ address, ...line }) =>
    line.actor.organisation === organisation && address !== undefined ? { ...line, address } : line,
  );
}

/** What a row's handler gets: where objects have owners, only the stores as its caller sees them. */
export function toolsFor(
  row: Operation,
  { access: { scope } }: AdminCall,
  tools: AdminTools & { standing(): Standing },
): AdminTools & OwnTools {
  const { storage, hasher, now } = tools;
  const standing = tools.standing();
  const { keys, directory, sessions, scimTokens } = storage.control;
  const { keys: fileKeys, teams: fileTeams, chargeback } = tools.config();
  const own: OwnTools = {
    hasher,
    now,
    rereadKeys: () => tools.rereadKeys(),
    acts: async (limit, before) => actsWithin(scope.organisation, await tools.audit.newest(limit, before, scope.organisation)),
    sessionsWithin: sessions.within(scope),
    scimTokens: scimTokens.within(scope),
    drain: () => storage.drain(),
    keys: keys.within(scope),
    directory: directory.within(scope),
    records: storage.records.within(scope),
    bodies: tools.bodies,
    repeats: tools.repeats,
    ledger: storage.ledger.within(scope),
    chargeback,
    billOf: (record) => billOf(record, tools.config()),
    correctionsOf: ({ id }) => storage.ledger.corrections([id]),
    fileKeys: fileKeys.filter(({ team }) => reaches(scope, { team })),
    fileTeams: fileTeams.filter(({ name }) => reaches(scope, { team: name })),
    counters: storage.counters,
    shared: scope.organisation === undefined && scope.teams === undefined ? tools.config() : undefined,
    roles: standing.roles,
    isIn: (key) => standing.ofKey(key) !== undefined,
  };
  const isSomebodys = row.owner === "team" || row.owner === "organisation";
  return (isSomebodys ? own : { ...tools, ...own }) as AdminTools & OwnTools;
}
