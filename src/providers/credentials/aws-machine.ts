import type { AwsKeys } from "../sign-sigv4.ts";
import { keysOfReply, type Place } from "./aws-place.ts";
import type { Grant } from "./grant.ts";
import { isLoopback, refused, refusedBy, type SourceTools } from "./source.ts";

/** Of ECS and of EKS's pod identity: what a full URI without TLS may name beside this machine. */
const containerHosts = ["169.254.170.2", "169.254.170.23", "[fd00:ec2::23]"];
const tokenSeconds = "21600";

export function namesContainer(environment: SourceTools["environment"]): boolean {
  return Boolean(environment.AWS_CONTAINER_CREDENTIALS_RELATIVE_URI || environment.AWS_CONTAINER_CREDENTIALS_FULL_URI);
}

/** The role of a task or of a pod, from the address that its platform puts in the environment. */
export async function containerKeys({ tools, signal }: Place): Promise<Grant<AwsKeys>> {
  const { environment } = tools;
  const url = containerUrl(environment);
  const file = environment.AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE;
  const token = file ? (await tools.readFile(file))?.trim() : environment.AWS_CONTAINER_AUTHORIZATION_TOKEN;
  if (file && !token) throw refused(`The file ${file} with the container's token is not there or empty.`);
  if (token && /[\r\n]/.test(token)) throw refused("The container's token holds a line break.");
  const headers: Record<string, string> = token ? { authorization: token } : {};
  return keysOfReply("The container's credential service", await tools.ask({ url, headers, metadata: url.protocol === "http:" }, signal));
}

function containerUrl({
  AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: path,
  AWS_CONTAINER_CREDENTIALS_FULL_URI: full,
}: SourceTools["environment"]): URL {
  const url = path
    ? new URL(`http://${containerHosts[0]}${path.startsWith("/") ? "" : "/"}${path}`)
    : URL.canParse(full ?? "")
      ? new URL(full ?? "")
      : undefined;
  if (!url) throw refused("No container's credentials: AWS_CONTAINER_CREDENTIALS_RELATIVE_URI and _FULL_URI are not set.");
  if (url.protocol === "https:" || isLoopback(url.hostname) || containerHosts.includes(url.hostname)) return url;
  throw refused("AWS_CONTAINER_CREDENTIALS_FULL_URI must begin with https://, or name this machine or the container's own service.");
}

/** The role of an EC2 instance, by version 2 of its metadata service: a session is opened by PUT, which no redirect can do. */
export async function instanceKeys({ tools, signal }: Place): Promise<Grant<AwsKeys>> {
  const who = "The instance's metadata service";
  const ipv6 = tools.environment.AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE?.toLowerCase() === "ipv6";
  const base = tools.environment.AWS_EC2_METADATA_SERVICE_ENDPOINT ?? (ipv6 ? "http://[fd00:ec2::254]" : "http://169.254.169.254");
  const at = (path: string) => new URL(`${base.replace(/\/+$/, "")}/latest/${path}`);
  const session = await tools.ask(
    { method: "PUT", url: at("api/token"), headers: { "x-aws-ec2-metadata-token-ttl-seconds": tokenSeconds }, body: "", metadata: true },
    signal,
  );
  if (session.status !== 200) throw refusedBy(who, session);
  const headers = { "x-aws-ec2-metadata-token": session.text.trim() };
  const roles = await tools.ask({ url: at("meta-data/iam/security-credentials/"), headers, metadata: true }, signal);
  const role = roles.text.trim().split("\n")[0]?.trim();
  if (roles.status !== 200 || !role) throw refused("The instance has no role: its metadata service names none.");
  const url = at(`meta-data/iam/security-credentials/${encodeURIComponent(role)}`);
  return keysOfReply(who, await tools.ask({ url, headers, metadata: true }, signal));
}
