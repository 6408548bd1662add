import { type AwsOptions, awsKeys } from "../../src/providers/credentials/aws.ts";
import { type AwsKeys, signSigV4 } from "../../src/providers/sign-sigv4.ts";
import { type Bench, type Environment, file, ours, refusal, same } from "./bench.ts";
import type { Check } from "./run.ts";

const region = "eu-west-1";
const quiet = { AWS_EC2_METADATA_DISABLED: "true", AWS_DEFAULT_REGION: region };

/** The gateway and `botocore` (PyPI) find the same keys; moto's services grant them, and check our signatures. */
export function awsChecks(bench: Bench): Check[] {
  const { reference, moto, tokens } = bench;
  const find = (environment: Environment, options: AwsOptions = { from: "found" }) =>
    ours(bench, environment, (tools, signal) => awsKeys(options, region, tools, signal));

  /** Whose keys they are, as moto's token service sees them. */
  const arnOf = async (keys: AwsKeys): Promise<string> => {
    const form = "Action=GetCallerIdentity&Version=2011-06-15";
    const { status, text } = await call(keys, "sts", form);
    const arn = /<Arn>([^<]+)</.exec(text)?.[1];
    if (status !== 200 || arn === undefined) throw new Error(`GetCallerIdentity: ${status} ${text.slice(0, 300)}`);
    return arn;
  };
  const call = async (keys: AwsKeys, service: string, form: string): Promise<{ status: number; text: string }> => {
    const url = new URL(`${moto.url}/`);
    const headers = { "content-type": "application/x-www-form-urlencoded; charset=utf-8" };
    const body = new TextEncoder().encode(form);
    const signed = signSigV4({ method: "POST", url, headers, body }, keys, { region, service, atMs: Date.now() });
    const answer = await fetch(url, { method: "POST", headers: { ...headers, ...signed }, body });
    return { status: answer.status, text: await answer.text() };
  };

  return [
    ...foundChecks(bench, find),
    [
      "a web identity becomes a role's keys, as botocore's does",
      async () => {
        const environment = {
          ...quiet,
          AWS_ENDPOINT_URL_STS: moto.url,
          AWS_ROLE_ARN: "arn:aws:iam::123456789012:role/pod",
          AWS_WEB_IDENTITY_TOKEN_FILE: file(bench, "web-identity", "eyJhbGciOiJub25lIn0.e30."),
          AWS_ROLE_SESSION_NAME: "session-1",
        };
        const own = await find(environment);
        const theirs = await reference.ask({ cloud: "aws", environment });
        same(theirs.method, "assume-role-with-web-identity");
        same(await arnOf(own.value), "arn:aws:sts::123456789012:assumed-role/pod/session-1");
        same(await arnOf(theirs as unknown as AwsKeys), await arnOf(own.value));
        if (own.endsAtMs < Date.now() + 600_000) throw new Error("the keys end too soon");
      },
    ],
    [
      "an instance's role is had in a session of its metadata service, as botocore has it",
      async () => {
        const environment = { AWS_DEFAULT_REGION: region, AWS_EC2_METADATA_SERVICE_ENDPOINT: moto.url };
        const own = await find(environment, { from: "metadata" });
        const theirs = await reference.ask({ cloud: "aws", environment });
        same(theirs.method, "iam-role");
        same(
          [own.value.accessKeyId, own.value.secretAccessKey, own.value.sessionToken],
          [theirs.accessKeyId, theirs.secretAccessKey, theirs.sessionToken],
        );
      },
    ],
    [
      "a container's keys are had as botocore has them",
      async () => {
        const environment = {
          ...quiet,
          AWS_CONTAINER_CREDENTIALS_FULL_URI: `${tokens.url}/container`,
          AWS_CONTAINER_AUTHORIZATION_TOKEN: "Basic abc",
        };
        const own = await find(environment);
        const [mine] = tokens.taken();
        const theirs = await reference.ask({ cloud: "aws", environment });
        const [asked] = tokens.taken();
        same(
          [own.value.accessKeyId, mine?.path, mine?.headers.authorization],
          [theirs.accessKeyId, asked?.path, asked?.headers.authorization],
        );
      },
    ],
    [
      "a role is assumed by a signed request that moto verifies, and a wrong secret is refused",
      async () => {
        const root = { accessKeyId: "AKIAROOT", secretAccessKey: "root" };
        await call(root, "iam", "Action=CreateUser&UserName=caller&Version=2010-05-08");
        const made = await call(root, "iam", "Action=CreateAccessKey&UserName=caller&Version=2010-05-08");
        const member = (name: string) => new RegExp(`<${name}>([^<]*)</${name}>`).exec(made.text)?.[1] ?? "";
        const policy = encodeURIComponent(
          JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "sts:*", Resource: "*" }] }),
        );
        await call(root, "iam", `Action=PutUserPolicy&UserName=caller&PolicyName=p&PolicyDocument=${policy}&Version=2010-05-08`);
        const config = "[profile role]\nrole_arn = arn:aws:iam::123456789012:role/work\nsource_profile = caller\nrole_session_name = s-1\n";
        const secrets = (secret: string) => `[caller]\naws_access_key_id = ${member("AccessKeyId")}\naws_secret_access_key = ${secret}\n`;
        const environmentWith = (secret: string) => ({
          ...quiet,
          AWS_PROFILE: "role",
          AWS_ENDPOINT_URL_STS: moto.url,
          AWS_CONFIG_FILE: file(bench, "role-config", config),
          AWS_SHARED_CREDENTIALS_FILE: file(bench, "role-credentials", secrets(secret)),
        });
        await moto.checkSignatures(0);
        const own = await find(environmentWith(member("SecretAccessKey")));
        same(await arnOf(own.value), "arn:aws:sts::123456789012:assumed-role/work/s-1");
        const wrong = await refusal(find(environmentWith("wrong")));
        if (!wrong?.includes("SignatureDoesNotMatch")) throw new Error(`a wrong secret: ${wrong}`);
      },
    ],
  ];
}

/** Environments and files without a network: which keys win. */
function foundChecks(bench: Bench, find: (environment: Environment) => Promise<{ readonly value: AwsKeys }>): Check[] {
  const { reference } = bench;
  const environments: Readonly<Record<string, Environment>> = {
    nothing: {},
    keys: { AWS_ACCESS_KEY_ID: "AKENV", AWS_SECRET_ACCESS_KEY: "env" },
    "keys of a session": { AWS_ACCESS_KEY_ID: "AKENV", AWS_SECRET_ACCESS_KEY: "env", AWS_SESSION_TOKEN: "t" },
    "a profile's name": { AWS_PROFILE: "dev" },
    "keys and a profile's name": { AWS_ACCESS_KEY_ID: "AKENV", AWS_SECRET_ACCESS_KEY: "env", AWS_PROFILE: "dev" },
  };
  const section = (name: string, id: string, more = "") => `[${name}]\naws_access_key_id = ${id}\naws_secret_access_key = s-${id}\n${more}`;
  const files: Readonly<Record<string, readonly [config: string, credentials: string]>> = {
    "no files": ["", ""],
    "default keys": ["", section("default", "AKDEFAULT")],
    "default and dev": [
      "[default]\nregion = eu-west-1\n",
      section("default", "AKDEFAULT") + section("dev", "AKDEV", "aws_session_token=t-dev\n"),
    ],
    "keys in the config": [section("default", "AKCONF") + section("profile dev", "AKDEVCONF"), ""],
    "keys in both": [
      section("default", "AKCONF") + section("profile dev", "AKDEVCONF"),
      section("default", "AKDEFAULT") + section("dev", "AKDEV"),
    ],
    "comments, tabs and empty lines": [
      "# first\n\n[profile dev]\n\tregion\t=\teu-west-1\n",
      "; second\n[dev]\naws_access_key_id\t=\tAKTABS\n\naws_secret_access_key=s=with=equals/and+signs\n# aws_session_token = no\n",
    ],
    "nested settings": ["[profile dev]\ns3 =\n  max_concurrent_requests = 20\nregion = eu-west-1\n", section("dev", "AKNESTED")],
  };
  return Object.entries(environments).flatMap(([kind, environment]) =>
    Object.entries(files).map(
      ([name, [config, credentials]]): Check => [
        `botocore finds the same keys: ${kind}, ${name}`,
        async () => {
          const all = {
            ...quiet,
            ...environment,
            AWS_CONFIG_FILE: file(bench, "config", config),
            AWS_SHARED_CREDENTIALS_FILE: file(bench, "credentials", credentials),
          };
          const theirs = await reference.ask({ cloud: "aws", environment: all });
          const own = await find(all).catch(() => undefined);
          const { accessKeyId, secretAccessKey, sessionToken } = own?.value ?? ({} as Partial<AwsKeys>);
          // botocore looks for the profile even where it does not need it.
          if (theirs.error === "ProfileNotFound") return same(accessKeyId, environment.AWS_ACCESS_KEY_ID);
          same(
            [accessKeyId, secretAccessKey, sessionToken],
            [theirs.accessKeyId, theirs.secretAccessKey, theirs.sessionToken ?? undefined],
          );
        },
      ],
    ),
  );
}
