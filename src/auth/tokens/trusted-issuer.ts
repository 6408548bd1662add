import type { IssuerOptions, TokenAlgorithm } from "./options.ts";

/** What is given to whoever shows a good credential of somebody else's. */
export interface Grant {
  readonly team: string | undefined;
  readonly roles: readonly string[];
}

/** An authorization server whose tokens are taken: one entry of `identity.issuers`, filled in. */
export interface TrustedIssuer {
  /** The operator's name for it: part of the ids of those who come from there. */
  readonly name: string;
  /** What `iss` says. */
  readonly issuer: string;
  readonly audiences: readonly string[];
  /** Where its keys are, or where it says where they are. */
  readonly keysAt: { readonly jwks: URL } | { readonly discovery: URL };
  readonly algorithms: readonly TokenAlgorithm[];
  /** Names of claims. */
  readonly claims: {
    readonly user: string;
    readonly groups: string;
    readonly team: string | undefined;
    readonly organisation: string | undefined;
  };
  /** Group → team, in the order of the file. */
  readonly teams: ReadonlyMap<string, string>;
  readonly roles: ReadonlyMap<string, string>;
  readonly everyone: Grant | undefined;
  readonly models: readonly string[] | undefined;
  readonly clockSkewSeconds: number;
  readonly maxAgeSeconds: number | undefined;
  readonly mayPassUser: boolean;
  readonly privateAllowed: boolean;
}

/** Fills in what an entry leaves out. The entry was checked. */
export function trustedIssuer(name: string, options: IssuerOptions): TrustedIssuer {
  const { issuer, audience, everyone } = options;
  return {
    name,
    issuer,
    audiences: typeof audience === "string" ? [audience] : audience,
    keysAt:
      options.jwks === undefined
        ? { discovery: new URL(options.discovery ?? `${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`) }
        : { jwks: new URL(options.jwks) },
    algorithms: options.algorithms ?? ["RS256", "PS256", "ES256", "EdDSA"],
    claims: {
      user: options.claims?.user ?? "sub",
      groups: options.claims?.groups ?? "groups",
      team: options.claims?.team,
      organisation: options.claims?.organisation,
    },
    teams: new Map(Object.entries(options.teams ?? {})),
    roles: new Map(Object.entries(options.roles ?? {})),
    everyone: everyone && { team: everyone.team, roles: everyone.roles ?? [] },
    models: options.models,
    clockSkewSeconds: options.clockSkewSeconds ?? 30,
    maxAgeSeconds: options.maxAgeSeconds,
    mayPassUser: options.mayPassUser === true,
    privateAllowed: options.allowPrivateNetwork === true,
  };
}
