import { type Provider, type ProviderPlace, providers } from "../../providers/index.ts";
import { Secret } from "../../secrets/index.ts";
import type { ProviderConfig } from "../config.ts";
import type { Environment } from "../reading/environment.ts";
import { credentialFrom, firstSet, hasCredential } from "./credential.ts";

/** Providers whose SDK would find its key in the environment, and the demo. */
export function defaultProviders(environment: Environment): readonly ProviderConfig[] {
  return [...providers.values()].filter((provider) => isSet(provider, environment)).map((provider) => plainProvider(provider, environment));
}

function isSet(provider: Provider, environment: Environment): boolean {
  if (provider.answer !== undefined) return true;
  if (provider.local === true) return firstSet(provider.env.baseUrl, environment) !== undefined;
  return isAddressed(provider, environment) && hasCredential(provider, environment);
}

/** Whether there is a base URL without the config's help. */
export function isAddressed(
  provider: Provider,
  environment: Environment,
  place: ProviderPlace = placeFrom(provider, environment),
): boolean {
  if (firstSet(provider.env.baseUrl, environment) !== undefined || provider.baseUrl !== undefined) return true;
  // Others make a URL of an account's name, and would make one of nothing.
  return provider.env.region !== undefined && URL.canParse(provider.completeBaseUrl?.("", place) ?? "");
}

function placeFrom({ env }: Provider, environment: Environment): ProviderPlace {
  return { region: firstSet(env.region, environment), project: firstSet(env.project, environment) };
}

/** A provider with nothing said about it but what the environment says. */
export function plainProvider(provider: Provider, environment: Environment): ProviderConfig {
  return {
    name: provider.id,
    provider,
    baseUrl: firstSet(provider.env.baseUrl, environment),
    apiKey: credentialFrom(provider, environment),
    region: firstSet(provider.env.region, environment),
    project: firstSet(provider.env.project, environment),
    environment: new Secret(environment),
    surfaces: [],
    headers: {},
    timeouts: {},
    retries: undefined,
    privateAllowed: undefined,
    models: undefined,
  };
}
