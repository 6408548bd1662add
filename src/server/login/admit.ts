import { isSameName } from "../../auth/index.ts";
import type { OpenIdConfig } from "../../config/index.ts";
import { Fault } from "../../exchange/index.ts";
import type { Directory, User } from "../../storage/index.ts";
import type { Admitted } from "./login-call.ts";
import type { ProvenPerson } from "./openid-provider.ts";

/**
 * Whom a person that the provider has proven is here: the user of the directory whose `userName` is the claim that the config names,
 * made where there is none yet and the config lets that be. Roles are those of the directory and those that the groups of the log-in give.
 *
 * @throws Fault `login_refused` for whoever has no role, is not active, or is not there
 */
export async function admit(person: ProvenPerson, openid: OpenIdConfig, directory: Directory, now: number): Promise<Admitted> {
  const { name } = person;
  const roles = [...new Set(["*", ...person.groups].flatMap((group) => openid.roles.get(group) ?? []))];
  const organisation = await organisationOf(openid, directory);
  const user = (await known(person, organisation, directory)) ?? (await made(person, roles, openid, organisation, directory, now));
  if (!user.active) throw new Fault("login_refused", { message: `${name} is not active here.` });
  const groups = (await directory.group.list({ organisation, active: true })).filter(
    (group) => group.organisation === organisation && group.members.includes(user.id),
  );
  if (roles.length + user.roles.length + groups.flatMap((group) => group.roles).length === 0) throw noRole(name);
  await link(user, person, directory, now);
  return { userId: user.id, name: user.userName, roles };
}

/** Who has logged in with this account before; else by what the provider itself calls him, as directories in step with it note; else by name. */
async function known(person: ProvenPerson, organisation: string | undefined, directory: Directory): Promise<User | undefined> {
  const own = (users: readonly User[]) => users.find((user) => user.organisation === organisation);
  const named = own(await directory.user.list({ name: person.name, organisation }));
  // Whoever may write people could else note the account of somebody above as another's, and so keep him out.
  if (named?.account?.issuer === person.issuer && named.account.subject === person.subject) return named;
  const found = own(await directory.user.list({ externalId: person.subject, organisation })) ?? named;
  // Names that fold alike are one here; who may choose his own at the provider could choose one that only looks like another's.
  if (found !== undefined && found === named && found.account === undefined && !isSameName(found.userName, person.name))
    throw new Fault("login_refused", {
      message: `${person.name} is written otherwise here. An owner can note the provider's own id of this person: \`externalId\`.`,
    });
  return found;
}

/** Names come back: a new account under an old name is not the same person. @throws Fault `login_refused` */
async function link(user: User, { issuer, subject, name }: ProvenPerson, directory: Directory, now: number): Promise<void> {
  const { account } = user;
  if (account?.issuer === issuer && account.subject === subject) return;
  if (account !== undefined)
    throw new Fault("login_refused", {
      message: `${name} logs in with another account of the provider here. An owner can take that link away: DELETE /admin/v1/users/${user.id}/account.`,
    });
  await directory.user.update(user.id, { account: { issuer, subject } }, now);
}

async function made(
  person: ProvenPerson,
  roles: readonly string[],
  openid: OpenIdConfig,
  organisation: string | undefined,
  directory: Directory,
  now: number,
): Promise<User> {
  if (!openid.createUsers) throw new Fault("login_refused", { message: `${person.name} is not in the directory.` });
  // Nobody is noted who may not come in anyway.
  if (roles.length === 0) throw noRole(person.name);
  const { email, issuer, name, subject } = person;
  const user = { userName: name, externalId: subject, account: { issuer, subject }, roles: [], teams: [] };
  return directory.user.insert(
    { ...user, ...(organisation !== undefined && { organisation }), ...(email !== undefined && { email }) },
    now,
  );
}

async function organisationOf({ organisation: wanted }: OpenIdConfig, directory: Directory): Promise<string | undefined> {
  if (wanted === undefined) return undefined;
  const found = (await directory.organisation.get(wanted)) ?? (await directory.organisation.list({ name: wanted }))[0];
  if (!found?.active)
    throw new Fault("login_refused", { status: 503, message: "The organisation of `login.openid.organisation` is not there." });
  return found.id;
}

function noRole(name: string): Fault {
  return new Fault("login_refused", {
    message: `${name} has no role here, and none of the groups that the provider tells has one (\`login.openid.roles\`).`,
  });
}
