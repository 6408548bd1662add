import { createHash } from "node:crypto";
import { join } from "node:path";
import type { AwsKeys } from "../sign-sigv4.ts";
import { containerKeys, instanceKeys } from "./aws-machine.ts";
import { keysUntil, type Place } from "./aws-place.ts";
import { roleKeys, webIdentityKeys } from "./aws-sts.ts";
import type { Grant } from "./grant.ts";
import { objectOf, parsed, refused, refusedBy, secureUrl } from "./source.ts";

type Sections = ReadonlyMap<string, Readonly<Record<string, string>>>;

const longestChain = 8;

/**
 * Keys of a profile in AWS's shared files: its own, those of a role, of a web identity or of a single sign-on. Undefined where
 * the profile has none.
 *
 * @throws Fault `upstream_credentials` where it names a source that cannot be used
 */
export async function profileKeys(name: string, place: Place): Promise<Grant<AwsKeys> | undefined> {
  const { HOME, USERPROFILE, AWS_SHARED_CREDENTIALS_FILE, AWS_CONFIG_FILE } = place.tools.environment;
  const home = HOME ?? USERPROFILE;
  // A process without a home reads no files that lie where it happens to run.
  const folder = home ? join(home, ".aws") : "/nowhere";
  const secrets = AWS_SHARED_CREDENTIALS_FILE ?? join(folder, "credentials");
  const config = AWS_CONFIG_FILE ?? join(folder, "config");
  const files = {
    credentials: sectionsOf((await place.tools.readFile(secrets)) ?? ""),
    config: sectionsOf((await place.tools.readFile(config)) ?? ""),
  };
  return keysOf(name, files, { ...place, folder }, []);
}

interface Files {
  readonly credentials: Sections;
  readonly config: Sections;
}

type FilesPlace = Place & { readonly folder: string };

async function keysOf(name: string, files: Files, place: FilesPlace, chain: readonly string[]): Promise<Grant<AwsKeys> | undefined> {
  if (chain.length >= longestChain) throw refused(`The profiles ${chain.join(" → ")} lead too far.`);
  const own = files.credentials.get(name);
  const settings = { ...(files.config.get(name === "default" ? name : `profile ${name}`) ?? files.config.get(name)), ...own };
  const what = `The profile ${JSON.stringify(name)}`;
  // A profile that names itself as the source means the keys beside the role.
  const again = chain.at(-1) === name;
  if (settings.role_arn !== undefined && !again) return roleOf(name, settings, files, place, chain);
  if (settings.aws_access_key_id !== undefined) {
    const { aws_access_key_id: accessKeyId, aws_secret_access_key: secretAccessKey, aws_session_token: sessionToken } = settings;
    return keysUntil(what, { accessKeyId, secretAccessKey, sessionToken }, Number.POSITIVE_INFINITY);
  }
  if (settings.sso_account_id !== undefined) return ssoKeys(what, settings, files, place);
  if (settings.credential_process !== undefined) {
    throw refused(`${what} runs a program for its keys (credential_process), which the gateway never does: give it another source.`);
  }
  return undefined;
}

async function roleOf(
  name: string,
  settings: Readonly<Record<string, string>>,
  files: Files,
  place: FilesPlace,
  chain: readonly string[],
): Promise<Grant<AwsKeys>> {
  const what = `The profile ${JSON.stringify(name)}`;
  const { role_arn: role = "", role_session_name: session, external_id: externalId, source_profile: source } = settings;
  const named = session === undefined ? {} : { session };
  const tokenFile = settings.web_identity_token_file;
  if (tokenFile !== undefined) return webIdentityKeys({ role, tokenFile, ...named }, place);
  if (settings.mfa_serial !== undefined) throw refused(`${what} asks for a code (mfa_serial), which nobody is there to type.`);
  const keys =
    source === undefined ? await sourceKeys(what, settings.credential_source, place) : await keysOf(source, files, place, [...chain, name]);
  if (!keys) throw refused(`${what} takes its keys from the profile ${JSON.stringify(source)}, which has none.`);
  return roleKeys({ role, session, externalId }, keys.value, place);
}

async function sourceKeys(what: string, source: string | undefined, place: Place): Promise<Grant<AwsKeys>> {
  if (source === "EcsContainer") return containerKeys(place);
  if (source === "Ec2InstanceMetadata") return instanceKeys(place);
  const {
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN: sessionToken,
  } = place.tools.environment;
  if (source === "Environment")
    return keysUntil("The environment", { accessKeyId, secretAccessKey, sessionToken }, Number.POSITIVE_INFINITY);
  throw refused(`${what} has a role, and neither source_profile nor credential_source.`);
}

/** The session that `aws sso login` left behind is used as long as it lasts; a new one needs the person who signs in. */
async function ssoKeys(what: string, settings: Readonly<Record<string, string>>, files: Files, place: FilesPlace): Promise<Grant<AwsKeys>> {
  const { tools, signal, folder } = place;
  const { sso_session: session, sso_account_id: account = "", sso_role_name: role = "" } = settings;
  const start = session === undefined ? settings : (files.config.get(`sso-session ${session}`) ?? {});
  const { sso_start_url: startUrl, sso_region: region } = start;
  if (startUrl === undefined || region === undefined || !/^[a-z0-9-]+$/.test(region)) {
    throw refused(`${what} signs on by SSO and lacks sso_start_url or sso_region.`);
  }
  const file = join(
    folder,
    "sso/cache",
    `${createHash("sha1")
      .update(session ?? startUrl)
      .digest("hex")}.json`,
  );
  const cached = parsed((await tools.readFile(file)) ?? "") as Partial<Record<string, unknown>> | null | undefined;
  const ended = Date.parse(String(cached?.expiresAt ?? "")) - tools.now();
  if (typeof cached?.accessToken !== "string" || !(ended > 0)) {
    throw refused(`${what} signs on by SSO and its session has ended: run \`aws sso login\`. The gateway does not renew it.`);
  }
  const url = secureUrl(tools.environment.AWS_ENDPOINT_URL_SSO ?? `https://portal.sso.${region}.amazonaws.com`, "AWS_ENDPOINT_URL_SSO");
  url.pathname = "/federation/credentials";
  url.searchParams.set("role_name", role);
  url.searchParams.set("account_id", account);
  const who = "AWS's single sign-on";
  const reply = await tools.ask({ url, headers: { "x-amz-sso_bearer_token": cached.accessToken } }, signal);
  if (reply.status !== 200) throw refusedBy(who, reply);
  const { roleCredentials } = objectOf(who, reply);
  const { accessKeyId, secretAccessKey, sessionToken, expiration } = (roleCredentials ?? {}) as Record<string, unknown>;
  return keysUntil(who, { accessKeyId, secretAccessKey, sessionToken }, Number(expiration));
}

/** `[name]`, `key = value`, comments that begin with `#` or `;`, and nested settings that are indented, which are passed over. */
function sectionsOf(text: string): Sections {
  const sections = new Map<string, Record<string, string>>();
  let current: Record<string, string> | undefined;
  for (const line of text.split(/\r?\n/)) {
    const head = /^\s*\[\s*(.*?)\s*\]\s*(?:[#;].*)?$/.exec(line);
    const name = head?.[1]?.replace(/^(profile|sso-session)\s+["']?(.*?)["']?$/, "$1 $2");
    if (name !== undefined) {
      current = sections.get(name) ?? {};
      sections.set(name, current);
      continue;
    }
    const [, key, value] = /^([^\s#;=][^=]*?)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
    if (current && key !== undefined) current[key.toLowerCase()] = (value ?? "").replace(/\s[#;].*$/, "");
  }
  return sections;
}
