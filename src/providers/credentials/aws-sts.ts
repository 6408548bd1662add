import { type AwsKeys, signSigV4 } from "../sign-sigv4.ts";
import { keysUntil, type Place } from "./aws-place.ts";
import type { Grant } from "./grant.ts";
import { formOf, type Question, type Reply, refused, secureUrl } from "./source.ts";

const version = "2011-06-15";
const who = "AWS's token service (STS)";

/** A token of another identity provider becomes a role's keys. The file is written anew by the platform: it is read each time. */
export async function webIdentityKeys(
  { role, tokenFile, session = "sluice" }: { readonly role: string; readonly tokenFile: string; readonly session?: string },
  place: Place,
): Promise<Grant<AwsKeys>> {
  const token = (await place.tools.readFile(tokenFile))?.trim();
  if (!token) throw refused(`The web identity's token file ${tokenFile} is not there or empty.`);
  const form = { Action: "AssumeRoleWithWebIdentity", Version: version, RoleArn: role, RoleSessionName: session, WebIdentityToken: token };
  return keysOf(await place.tools.ask({ url: endpoint(place), ...formOf(form) }, place.signal));
}

export interface AssumedRole {
  readonly role: string;
  readonly session?: string | undefined;
  readonly externalId?: string | undefined;
}

/** Keys become those of another role. */
export async function roleKeys(
  { role, session = "sluice", externalId }: AssumedRole,
  keys: AwsKeys,
  place: Place,
): Promise<Grant<AwsKeys>> {
  const url = endpoint(place);
  const form = formOf({
    Action: "AssumeRole",
    Version: version,
    RoleArn: role,
    RoleSessionName: session,
    ...(externalId !== undefined && { ExternalId: externalId }),
  });
  return keysOf(await place.tools.ask({ url, ...signed(url, form, keys, place) }, place.signal));
}

function signed(url: URL, { headers = {}, body = "" }: Partial<Question>, keys: AwsKeys, { region, tools }: Place): Partial<Question> {
  const request = { method: "POST", url, headers, body: new TextEncoder().encode(body) };
  const added = signSigV4(request, keys, { region, service: "sts", atMs: tools.now() });
  return { method: "POST", headers: { ...headers, ...added }, body };
}

function endpoint({ region, tools }: Place): URL {
  const { AWS_ENDPOINT_URL_STS: own, AWS_ENDPOINT_URL: all } = tools.environment;
  const zone = region.startsWith("cn-") ? "amazonaws.com.cn" : "amazonaws.com";
  const url = secureUrl(own || all || `https://sts.${region}.${zone}/`, "AWS_ENDPOINT_URL_STS");
  return new URL("/", url);
}

/** The service answers in XML, flat enough to be searched. */
function keysOf({ status, text }: Reply): Grant<AwsKeys> {
  const member = (name: string) => new RegExp(`<${name}>([^<]*)</${name}>`).exec(text)?.[1]?.trim();
  if (status !== 200) {
    const code = member("Code");
    throw refused(`${who} gave no keys (status ${status}${code && /^\w{1,64}$/.test(code) ? ` ${code}` : ""}).`);
  }
  const keys = { accessKeyId: member("AccessKeyId"), secretAccessKey: member("SecretAccessKey"), sessionToken: member("SessionToken") };
  return keysUntil(who, keys, Date.parse(member("Expiration") ?? ""));
}
