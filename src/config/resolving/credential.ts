import { type Provider, showsCredential } from "../../providers/index.ts";
import { Secret } from "../../secrets/index.ts";
import type { Environment } from "../reading/environment.ts";

/** The credential that the provider's own SDK would find in the environment. */
export function credentialFrom(provider: Provider, environment: Environment): Secret | undefined {
  const key = firstSet(provider.env.apiKey, environment) ?? (provider.credential === "aws" ? accessKeysFrom(environment) : undefined);
  return key === undefined ? undefined : new Secret(key);
}

/** A key, or what shows that one can be fetched. */
export function hasCredential(provider: Provider, environment: Environment): boolean {
  return (
    credentialFrom(provider, environment) !== undefined || (provider.grants !== undefined && showsCredential(provider.grants, environment))
  );
}

/** The value of the first variable that has one. */
export function firstSet(variables: readonly string[] | undefined, environment: Environment): string | undefined {
  return variables?.map((variable) => environment[variable]).find((value) => value);
}

/** As every SDK of AWS looks for them first. */
function accessKeysFrom(environment: Environment): string | undefined {
  const { AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: secret, AWS_SESSION_TOKEN: session } = environment;
  return id && secret ? [id, secret, session].filter(Boolean).join(":") : undefined;
}
