import type { KeyRequest } from "../../../auth/index.ts";
import { nearest } from "../../../config/index.ts";
import type { Directory, DirectoryKind } from "../../../storage/index.ts";
import { CommandError, type Flags } from "../command-line/command.ts";

const most = 1_000;

/** Whom a new key belongs to, by ids or names. @throws CommandError for what is not there, or is another organisation's */
export async function ownersOf(
  flags: Flags,
  directory: Directory,
): Promise<Pick<KeyRequest, "organisation" | "team" | "application" | "serviceAccount">> {
  const named = flags.text("organisation");
  const organisation = named === undefined ? undefined : await found(named, "organisation", directory, undefined);
  const within = async (flag: string, kind: DirectoryKind) => {
    const text = flags.text(flag);
    return text === undefined ? undefined : found(text, kind, directory, organisation);
  };
  const team = flags.text("team");
  // The installation's teams may stand in the config file.
  const ofDirectory = team !== undefined && (organisation !== undefined || team.startsWith("team_"));
  const [teamId, application, serviceAccount] = await Promise.all([
    ofDirectory ? within("team", "team") : team,
    within("application", "application"),
    within("service-account", "serviceAccount"),
  ]);
  return {
    ...(organisation !== undefined && { organisation }),
    ...(teamId !== undefined && { team: teamId }),
    ...(application !== undefined && { application }),
    ...(serviceAccount !== undefined && { serviceAccount }),
  };
}

async function found(text: string, kind: DirectoryKind, directory: Directory, organisation: string | undefined): Promise<string> {
  const store = directory[kind];
  const isOwn = (each: { readonly organisation?: string }) => kind === "organisation" || each.organisation === organisation;
  const byId = await store.get(text);
  if (byId && isOwn(byId)) return byId.id;
  const byName = (await store.list({ name: text })).find(isOwn);
  if (byName) return byName.id;
  const there = (await store.list({ limit: most })).filter(isOwn);
  const near = nearest(
    text,
    there.flatMap((each) => ("name" in each ? each.name : [])),
  );
  const noun = kind === "serviceAccount" ? "service account" : kind;
  const where = kind === "organisation" ? "" : organisation === undefined ? " of the installation" : " of that organisation";
  throw new CommandError(
    `There is no ${noun} ${JSON.stringify(text)}${where}.`,
    near === undefined ? "Make it by the admin API first." : `Did you mean ${near}?`,
  );
}
