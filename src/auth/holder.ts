import { Fault, type Principal, permissionsOfRole } from "../exchange/index.ts";

/** Whom a credential of somebody else's stands for, and where it has business. */
export interface Holder {
  readonly principal: Principal;
  /** On the data plane. Deny by default: something must have been given for it. */
  readonly mayCall: boolean;
  /** On the admin API, whose operations ask for permissions of their own. */
  readonly mayOperate: boolean;
}

/** @param given what lets it call models, beside a role that does */
export function holderOf(principal: Principal, given: boolean): Holder {
  const { roles = [] } = principal;
  const callsByRole = roles.some((role) => permissionsOfRole(role)?.includes("models:call"));
  return { principal: Object.freeze(principal), mayCall: given || callsByRole, mayOperate: roles.length > 0 };
}

/** @param what the credential, for the refusal. @throws Fault `credentials_forbidden` */
export function holderOn(plane: "admin" | "data", holder: Holder, what: "token" | "certificate"): Principal {
  if (plane === "admin" ? holder.mayOperate : holder.mayCall) return holder.principal;
  const why = plane === "admin" ? "its holder has no role" : "its holder has no team, and no role that calls models";
  throw new Fault("credentials_forbidden", { message: `The ${what} is good, but ${why} (\`identity\` of the config).` });
}
