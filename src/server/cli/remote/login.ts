import { CommandError, type Invocation, type Run } from "../command-line/command.ts";
import { jsonLine } from "../places.ts";
import { shortTime } from "../times.ts";
import { keepLogin, loginsFile } from "./kept-logins.ts";
import { askRemote, type Remote, refusedBy, remoteOf } from "./remote.ts";

const grant = "urn:ietf:params:oauth:grant-type:device_code";

/** `sluice login`. */
export const login: Run = async (invocation) => {
  const { flags, terminal } = invocation;
  const { url } = remoteOf(invocation);
  const remote = { url, token: undefined };
  const { token, endsAt } = flags.is("admin-key") ? await withAdminKey(remote, invocation) : await withDevice(remote, invocation);
  keepLogin(terminal, url, { token, endsAt });
  const { body } = await askRemote({ url, token }, "GET", "/admin/v1/me");
  if (flags.is("json")) terminal.write(jsonLine({ url, name: body?.name, endsAt: new Date(endsAt).toISOString() }));
  else terminal.write(`Logged in to ${url} as ${body?.name}, until ${shortTime(endsAt)}. Kept in ${loginsFile(terminal)}.\n`);
  return 0;
};

/** `sluice logout`: forgets the log-in here, and ends it there. */
export const logout: Run = async (invocation) => {
  const { flags, terminal } = invocation;
  const remote = remoteOf(invocation);
  if (remote.token === undefined) throw new CommandError(`Nobody is logged in to ${remote.url}.`, "");
  keepLogin(terminal, remote.url, undefined);
  const answer = await askRemote(remote, "POST", "/auth/logout", { form: {} });
  if (answer.status !== 200 && answer.status !== 401) throw refusedBy(remote, answer);
  terminal.write(flags.is("json") ? jsonLine({ url: remote.url, loggedOut: true }) : `Logged out of ${remote.url}.\n`);
  return 0;
};

/** `sluice whoami`. */
export const whoami: Run = async (invocation) => {
  const { flags, terminal } = invocation;
  const remote = remoteOf(invocation);
  if (remote.token === undefined)
    throw new CommandError(`Nobody is logged in to ${remote.url}.`, `Log in: sluice login --url ${remote.url}`);
  const answer = await askRemote(remote, "GET", "/admin/v1/me");
  if (answer.status !== 200) throw refusedBy(remote, answer);
  const { name, session } = answer.body;
  if (flags.is("json")) terminal.write(jsonLine({ url: remote.url, ...answer.body }));
  else terminal.write(`${name} at ${remote.url}, until ${shortTime(Date.parse(session.endsAt))}.\n`);
  return 0;
};

interface Won {
  readonly token: string;
  readonly endsAt: number;
}

/** The key itself is kept nowhere: it is exchanged for a session, which ends with it and can be ended before. */
async function withAdminKey(remote: Remote, { terminal }: Invocation): Promise<Won> {
  const key = terminal.environment.SLUICE_ADMIN_KEY || (await terminal.readLine?.("Admin key: "))?.trim();
  if (!key) throw new CommandError("There is no admin key.", "Set SLUICE_ADMIN_KEY, or type it when asked.");
  const answer = await askRemote({ ...remote, token: key }, "POST", "/admin/v1/sessions", { json: {} });
  if (answer.status !== 201) throw refusedBy(remote, answer);
  return { token: answer.body.token, endsAt: Date.now() + answer.body.validSeconds * 1000 };
}

/** RFC 8628. */
async function withDevice(remote: Remote, { flags, terminal }: Invocation): Promise<Won> {
  const begun = await askRemote(remote, "POST", "/auth/device", { form: { client_id: "sluice-cli" } });
  if (begun.status !== 200) throw refusedBy(remote, begun);
  const { device_code, user_code, verification_uri, verification_uri_complete, expires_in } = begun.body;
  if (flags.is("json")) terminal.writeError(jsonLine({ verification_uri, user_code }));
  else terminal.writeError(`Open ${verification_uri_complete}\nand say yes where it shows this code: ${user_code}\n`);
  const until = Date.now() + expires_in * 1000;
  let waitMs = begun.body.interval * 1000;
  while (Date.now() < until) {
    await new Promise((resolve) => setTimeout(resolve, waitMs));
    const told = await askRemote(remote, "POST", "/auth/device/token", {
      form: { grant_type: grant, device_code, client_id: "sluice-cli" },
    });
    if (told.status === 200) return { token: told.body.access_token, endsAt: Date.now() + told.body.expires_in * 1000 };
    const error = told.body?.error;
    if (error === "slow_down") waitMs += 5_000;
    else if (error === "access_denied") throw new CommandError("Somebody said no.", "Begin again: sluice login");
    else if (error === "expired_token" || error === "invalid_grant") break;
    else if (error !== "authorization_pending") throw refusedBy(remote, told);
  }
  throw new CommandError("Nobody said yes in time.", "Begin again: sluice login");
}
