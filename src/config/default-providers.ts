import { type Provider, providers } from "../providers/index.ts";
import type { ProviderConfig } from "./config.ts";
import { credentialFrom } from "./credential.ts";
import type { Environment } from "./environment.ts";

/** Providers whose SDK would find its key in the environment, and the demo. */
export function defaultProviders(environment: Environment): readonly ProviderConfig[] {
  return [...providers.values()].filter((provider) => isSet(provider, environment)).map((provider) => plainProvider(provider, environment));
}

function isSet(provider: Provider, environment: Environment): boolean {
  if (provider.answer !== undefined) return true;
  const has = (variables: readonly string[] | undefined) => variables?.some((variable) => environment[variable]) ?? false;
  const addressed = provider.baseUrl !== undefined || has(provider.env.baseUrl);
  if (provider.local === true) return has(provider.env.baseUrl);
  return addressed && credentialFrom(provider, environment) !== undefined;
}

/** A provider with nothing said about it but what the environment says. */
export function plainProvider(provider: Provider, environment: Environment): ProviderConfig {
  const first = (variables: readonly string[] | undefined) => variables?.map((variable) => environment[variable]).find((value) => value);
  return {
    name: provider.id,
    provider,
    baseUrl: first(provider.env.baseUrl),
    apiKey: credentialFrom(provider, environment),
    region: undefined,
    surfaces: [],
    headers: {},
    timeouts: {},
    retries: undefined,
    privateAllowed: undefined,
    models: undefined,
  };
}
