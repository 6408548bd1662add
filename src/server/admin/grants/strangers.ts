import { Fault } from "../../../exchange/index.ts";
import type { OwnTools } from "../operation.ts";

/**
 * What an object names has to be there, within the caller's reach and in the same organisation; what is not, and what is somebody
 * else's, is told of in the same words.
 *
 * @throws Fault `request_malformed`
 */
export async function refuseStrangers(object: object | undefined, { directory, fileTeams }: OwnTools): Promise<void> {
  if (!object) return;
  const { organisation, team, teams, application, serviceAccount, members } = object as Readonly<Record<string, string | undefined>> & {
    readonly teams?: readonly string[];
    readonly members?: readonly string[];
  };
  const isFileTeam = (id: string) => organisation === undefined && fileTeams.some(({ name }) => name === id);
  const named = (field: string, kind: "team" | "application" | "serviceAccount" | "user", ids: readonly (string | undefined)[]) =>
    Promise.all(
      ids.map(async (id) => {
        if (id === undefined || (kind === "team" && isFileTeam(id))) return;
        const found = await directory[kind].get(id);
        if (found === undefined || found.organisation !== organisation) throw stranger(field, id);
      }),
    );
  if (organisation !== undefined && !(await isOrganisation(organisation, directory))) throw stranger("organisation", organisation);
  await named("team", "team", [team]);
  await named("teams", "team", teams ?? []);
  await named("application", "application", [application]);
  await named("serviceAccount", "serviceAccount", [serviceAccount]);
  await named("members", "user", members ?? []);
}

/** Who acts within a team does not see its organisation, and acts in it all the same. */
async function isOrganisation(id: string, directory: OwnTools["directory"]): Promise<boolean> {
  if ((await directory.organisation.get(id)) !== undefined) return true;
  return (await directory.team.list({ organisation: id, limit: 1 })).length > 0;
}

function stranger(field: string, id: string): Fault {
  return new Fault("request_malformed", { message: `\`${field}\`: there is no ${JSON.stringify(id)}.`, param: field });
}
