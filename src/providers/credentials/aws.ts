import type { LeaveSignal } from "../../exchange/index.ts";
import type { AwsKeys } from "../sign-sigv4.ts";
import { containerKeys, instanceKeys, namesContainer } from "./aws-machine.ts";
import { profileKeys } from "./aws-profile.ts";
import { webIdentityKeys } from "./aws-sts.ts";
import type { Grant } from "./grant.ts";
import { refused, type SourceTools } from "./source.ts";

export interface AwsOptions {
  /** `default`: as AWS's SDKs look for keys, the instance's metadata last. `found`: the same without that service. */
  readonly from: "default" | "found" | "profile" | "web-identity" | "container" | "metadata";
  readonly profile?: string;
  /** The role's ARN. */
  readonly role?: string;
  readonly tokenFile?: string;
}

/**
 * Keys of AWS from the first source that has them, in the order of its SDKs ("Standardized credential providers", AWS SDKs
 * and Tools Reference Guide): environment, web identity, shared files, container, instance.
 *
 * @throws Fault `upstream_credentials`, `upstream_*` where a source cannot be reached
 */
export async function awsKeys(options: AwsOptions, region: string, tools: SourceTools, signal: LeaveSignal): Promise<Grant<AwsKeys>> {
  const { environment } = tools;
  const place = { region, tools, signal };
  const profile = options.profile ?? environment.AWS_PROFILE ?? environment.AWS_DEFAULT_PROFILE;
  switch (options.from) {
    case "profile":
      return (await profileKeys(profile ?? "default", place)) ?? missingProfile(profile ?? "default");
    case "web-identity":
      return webIdentityKeys(webIdentity(options, environment), place);
    case "container":
      return containerKeys(place);
    case "metadata":
      return instanceKeys(place);
  }
  const keys = environmentKeys(environment);
  if (keys && options.profile === undefined) return keys;
  if (environment.AWS_WEB_IDENTITY_TOKEN_FILE && environment.AWS_ROLE_ARN) return webIdentityKeys(webIdentity(options, environment), place);
  const shared = await profileKeys(profile ?? "default", place);
  if (shared) return shared;
  if (profile !== undefined) return missingProfile(profile);
  if (namesContainer(environment)) return containerKeys(place);
  if (options.from === "default" && environment.AWS_EC2_METADATA_DISABLED?.toLowerCase() !== "true") return instanceKeys(place);
  throw refused(
    "No credential of AWS's was found: set `apiKey` or `credential` on the provider, AWS_ACCESS_KEY_ID with AWS_SECRET_ACCESS_KEY, or a profile.",
  );
}

/** As every SDK of AWS looks for them first. */
export function environmentKeys(environment: SourceTools["environment"]): Grant<AwsKeys> | undefined {
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_SESSION_TOKEN: sessionToken } = environment;
  if (!accessKeyId || !secretAccessKey) return undefined;
  const value = { accessKeyId, secretAccessKey, ...(sessionToken && { sessionToken }) };
  return { value, endsAtMs: Number.POSITIVE_INFINITY };
}

function webIdentity(options: AwsOptions, environment: SourceTools["environment"]): { role: string; tokenFile: string; session?: string } {
  const role = options.role ?? environment.AWS_ROLE_ARN;
  const tokenFile = options.tokenFile ?? environment.AWS_WEB_IDENTITY_TOKEN_FILE;
  const session = environment.AWS_ROLE_SESSION_NAME;
  if (!role || !tokenFile) throw refused("A web identity needs `role` and `tokenFile`, or AWS_ROLE_ARN and AWS_WEB_IDENTITY_TOKEN_FILE.");
  return { role, tokenFile, ...(session && { session }) };
}

function missingProfile(name: string): never {
  throw refused(`There is no profile ${JSON.stringify(name)} with keys in AWS's config and credentials files.`);
}
