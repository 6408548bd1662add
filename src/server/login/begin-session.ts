import { cookieText, type LogIn, sessionCookie } from "../../auth/index.ts";
import type { Head } from "../../exchange/index.ts";
import type { ControlStore, StoredSession } from "../../storage/index.ts";
import { html, page } from "./answers.ts";
import type { LoginCall, LoginTools } from "./login-call.ts";

type Who = Pick<LogIn, "name" | "userId" | "issuer" | "subject" | "providerSession" | "keyId" | "keyHash" | "roles">;

/** Who logged in, as the audit log names whoever acts. */
function actorOf({ userId, keyId, subject, name }: Who) {
  return { id: userId ?? keyId ?? subject ?? "", name };
}

async function organisationOf({ userId, keyId }: Who, { directory, keys }: ControlStore): Promise<{ readonly organisation?: string }> {
  const who = userId !== undefined ? await directory.user.get(userId) : keyId === undefined ? undefined : await keys.get(keyId);
  return who?.organisation === undefined ? {} : { organisation: who.organisation };
}

/** Where an act comes from, for the audit log. */
export function from({ peer }: { readonly peer?: string | undefined }): { readonly address?: string } {
  return peer === undefined ? {} : { address: peer };
}

/** Makes a session, with a line in the audit log before it and behind it. */
export async function begin(
  logIn: LogIn,
  { http, id }: Pick<LoginCall, "http" | "id">,
  { audit, sessions, storage }: Pick<LoginTools, "audit" | "sessions" | "storage">,
): Promise<{ readonly token: string; readonly session: StoredSession }> {
  const owned = await organisationOf(logIn, storage.control);
  const act = {
    actor: { ...actorOf(logIn), ...owned },
    ...owned,
    operation: "sessions.begin",
    requestId: id,
    ...from(http),
    body: { holder: logIn.holder, roles: logIn.roles },
  };
  await audit.append({ ...act, outcome: "asked" });
  const begun = await sessions.begin(logIn, http);
  await audit.append({ ...act, outcome: "done", object: begun.session.id });
  return begun;
}

/**
 * Logs a browser in. The session that it had ends. The answer is a page and no redirect: a browser that comes from the provider would
 * not send a `Strict` cookie along with what follows.
 */
export async function beginInBrowser(
  who: Who,
  { to, before }: { readonly to: string; readonly before?: string | undefined },
  call: LoginCall,
  tools: LoginTools,
): Promise<Head> {
  const { storage, config, now } = tools;
  const { idleMs, maxMs } = config();
  const { token } = await begin({ ...who, holder: "browser", idleMs, endsAt: now() + maxMs }, call, tools);
  if (before !== undefined) await storage.control.sessions.revoke(before, now());
  const cookie = cookieText(sessionCookie, token, "Strict", Math.floor(maxMs / 1000));
  return page(200, "Logged in", html`<p>You are ${who.name}. <a href="${to}">Go on</a></p>`, { requestId: call.id, cookie, next: to });
}
