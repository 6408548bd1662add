import { Fault, type Principal } from "../exchange/index.ts";

/** Whom a credential of somebody else's stands for, on each plane; undefined where it has no business there. */
export interface Holder {
  readonly caller: Principal | undefined;
  readonly operator: Principal | undefined;
}

/** Roles that may use the admin API. */
const operators = new Set(["owner", "admin"]);

/** @param mayCall whether anything was given to this holder: deny by default */
export function holderOf(who: Omit<Principal, "kind">, mayCall: boolean): Holder {
  const operates = who.roles?.some((role) => operators.has(role)) === true;
  return {
    caller: mayCall ? Object.freeze({ kind: "key" as const, ...who }) : undefined,
    operator: operates ? Object.freeze({ kind: "admin" as const, ...who }) : undefined,
  };
}

/** @param what the credential, for the refusal. @throws Fault `credentials_forbidden` */
export function holderOn(plane: "admin" | "data", { caller, operator }: Holder, what: "token" | "certificate"): Principal {
  const principal = plane === "admin" ? operator : caller;
  if (principal) return principal;
  const why = plane === "admin" ? "its holder has no role that may use the admin API" : "no team and no role is for its holder";
  throw new Fault("credentials_forbidden", { message: `The ${what} is good, but ${why} (\`identity\` of the config).` });
}
