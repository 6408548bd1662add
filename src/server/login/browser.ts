import { cookieIn, cookieText, same, sessionCookie } from "../../auth/index.ts";
import { Fault } from "../../exchange/index.ts";
import { html, json, page, redirect } from "./answers.ts";
import { beginInBrowser, from } from "./begin-session.ts";
import type { LoginRow } from "./login-call.ts";
import { ownPath } from "./own-path.ts";

export const callbackPath = "/auth/callback";
const departureMs = 10 * 60_000;

/** How a browser logs in and out. */
export const browserRows: readonly LoginRow[] = [
  {
    name: "login.begin",
    method: "GET",
    path: "/auth/login",
    from: "anyone",
    async run({ http, id, query }, { provider: chosen, ownOrigin, departure, now, sessions }) {
      const to = ownPath(query.get("to") ?? undefined);
      const provider = chosen();
      if (provider === undefined || query.get("with") === "key") return page(200, "Log in", keyForm(to), { requestId: id });
      const challenge = provider.newChallenge();
      const location = await provider.authorizationUrl(challenge, ownOrigin() + callbackPath);
      const before = (await sessions.peek(http))?.session.id;
      const sealed = departure.seal({ ...challenge, to, ...(before !== undefined && { before }), endsAt: now() + departureMs });
      // It comes back with the provider's redirect, which another site begins.
      return redirect(location, { requestId: id, cookie: cookieText(departure.name, sealed, "Lax", departureMs / 1000) });
    },
  },
  {
    name: "login.callback",
    method: "GET",
    path: callbackPath,
    from: "anyone",
    async run(call, tools) {
      const { http, query } = call;
      const { departure, hasher, now, ownOrigin, storage } = tools;
      const provider = tools.provider();
      const sealed = cookieIn(http, departure.name);
      const left = sealed === undefined ? undefined : departure.open(sealed, now());
      if (provider === undefined || left === undefined)
        throw new Fault("login_refused", { message: "This browser did not begin to log in here, or took longer than ten minutes." });
      if (!same(query.get("state") ?? "", left.state))
        throw new Fault("login_refused", { message: "The answer belongs to another log-in." });
      for (const name of ["state", "code", "iss", "error"])
        if (query.getAll(name).length > 1) throw new Fault("login_refused", { message: `The answer names \`${name}\` twice.` });
      await provider.checkIssuer(query.get("iss") ?? undefined);
      await storage.control.logIns.forget(now());
      // Before the code goes to the provider: whoever sends the same answer again gets nothing, however the first one went.
      if (!(await storage.control.logIns.once(hasher.hash(`log-in state: ${left.state}`), left.endsAt)))
        throw new Fault("login_refused", { message: "This answer was used before." });
      const code = query.get("code");
      if (query.has("error") || code === null)
        throw new Fault("login_refused", { message: `The provider let nobody in (${errorIn(query)}).` });
      const person = await provider.redeem(code, left, ownOrigin() + callbackPath);
      const { issuer, subject, providerSession } = person;
      const admitted = await tools.admit(person).catch(async (error: unknown) => {
        const { code } = Fault.from(error);
        const actor = { id: subject, name: person.name };
        await tools.audit.append({
          actor,
          operation: "sessions.begin",
          outcome: "refused",
          requestId: call.id,
          ...from(http),
          fault: code,
        });
        throw error;
      });
      const who = { ...admitted, issuer, subject, ...(providerSession !== undefined && { providerSession }) };
      return beginInBrowser(who, left, call, tools);
    },
  },
  {
    name: "login.key",
    method: "POST",
    path: "/auth/key",
    from: "own-page",
    async run(call, tools) {
      const { principal, hash } = await tools.identifyKey(call.form.get("key") ?? "", call.http.peer);
      const who = { name: principal.keyName, keyId: principal.keyId, keyHash: hash, roles: [] };
      const before = (await tools.sessions.peek(call.http))?.session.id;
      return beginInBrowser(who, { to: ownPath(call.form.get("to") ?? undefined), before }, call, tools);
    },
  },
  {
    name: "logout",
    method: "POST",
    path: "/auth/logout",
    from: "session",
    async run({ http, id, open }, { audit, now, ownOrigin, provider, storage }) {
      if (open === undefined) throw new Fault("credentials_missing");
      const { session, principal } = open;
      const owned = principal.organisation === undefined ? {} : { organisation: principal.organisation };
      const act = {
        actor: { id: principal.keyId, name: principal.keyName, ...owned },
        ...owned,
        operation: "sessions.end",
        requestId: id,
        ...from(http),
        object: session.id,
      };
      await audit.append({ ...act, outcome: "asked" });
      await storage.control.sessions.revoke(session.id, now());
      await audit.append({ ...act, outcome: "done" });
      const cookie = session.holder === "browser" ? cookieText(sessionCookie, "", "Strict", 0) : undefined;
      return json(
        200,
        { next: session.issuer === undefined ? "/" : await providerLogout(provider(), ownOrigin) },
        { requestId: id, cookie },
      );
    },
  },
];

/** The session here has ended whatever becomes of the provider's. */
async function providerLogout(provider: ReturnType<Parameters<LoginRow["run"]>[1]["provider"]>, ownOrigin: () => string): Promise<string> {
  try {
    return (await provider?.logoutUrl(`${ownOrigin()}/`)) ?? "/";
  } catch {
    return "/";
  }
}

function keyForm(to: string) {
  return html`<form method="post" action="/auth/key"><input type="hidden" name="to" value="${to}"><label>Admin key<br><input name="key" type="password" autocomplete="current-password" required size="40"></label><br><button>Log in</button></form>`;
}

/** One of the short list of names of RFC 6749 and OpenID Connect; nothing else of what stands there. */
function errorIn(query: URLSearchParams): string {
  const name = query.get("error") ?? "no code";
  return /^[a-z_]{1,40}$/.test(name) ? name : "an error";
}
