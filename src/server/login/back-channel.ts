import { Fault } from "../../exchange/index.ts";
import { json } from "./answers.ts";
import type { LoginRow } from "./login-call.ts";

const rememberedMs = 24 * 3_600_000;

/** The provider itself says that somebody has logged out, or was put out. The signed token is the proof. */
export const backChannelRows: readonly LoginRow[] = [
  {
    name: "logout.back_channel",
    method: "POST",
    path: "/auth/backchannel-logout",
    from: "anyone",
    async run({ form, id }, { audit, hasher, now, provider: chosen, storage }) {
      const provider = chosen();
      const token = form.get("logout_token");
      if (provider === undefined || token === null) throw new Fault("login_refused", { status: 400, message: "No logout token was sent." });
      const of = await provider.logoutOf(token).catch((error: unknown) => {
        const fault = Fault.from(error);
        throw fault.code === "login_refused" ? new Fault("login_refused", { status: 400, message: fault.message }) : fault;
      });
      const { issuer } = provider.config;
      await storage.control.logIns.forget(now());
      if (!(await storage.control.logIns.once(hasher.hash(`logout token: ${issuer} ${of.id}`), now() + rememberedMs)))
        throw new Fault("login_refused", { status: 400, message: "This logout token was used before." });
      const act = {
        actor: { id: issuer, name: "OpenID provider" },
        operation: "sessions.end",
        requestId: id,
        ...(of.subject !== undefined && { object: of.subject }),
      };
      await audit.append({ ...act, outcome: "asked" });
      const { subject, providerSession } = of;
      // A token that names a session ends that one; one that names only a person ends all of his.
      const whose =
        providerSession === undefined ? { subject: subject as string } : { providerSession, ...(subject !== undefined && { subject }) };
      await storage.control.sessions.revokeAll({ issuer, ...whose }, now());
      await audit.append({ ...act, outcome: "done" });
      return json(200, {}, { requestId: id });
    },
  },
];
