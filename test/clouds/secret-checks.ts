import { readConfig } from "../../src/config/index.ts";
import { openSecrets } from "../../src/gateway/index.ts";
import { type AwsKeys, signSigV4 } from "../../src/providers/sign-sigv4.ts";
import type { KeptState } from "../../src/secrets/index.ts";
import { type Bench, same } from "./bench.ts";
import type { Check } from "./run.ts";

const region = "eu-west-1";

/** Secrets Manager and Systems Manager as moto has rebuilt them: it checks our signatures and keeps the versions. */
export function secretChecks(bench: Bench): Check[] {
  const { moto, transport } = bench;
  const root = { accessKeyId: "AKIAROOT", secretAccessKey: "root" };
  const call = async (keys: AwsKeys, service: string, headers: Record<string, string>, text: string): Promise<string> => {
    const url = new URL(`${moto.url}/`);
    const body = new TextEncoder().encode(text);
    const signed = signSigV4({ method: "POST", url, headers, body }, keys, { region, service, atMs: Date.now() });
    const answer = await fetch(url, { method: "POST", headers: { ...headers, ...signed }, body });
    const told = await answer.text();
    if (answer.status !== 200) throw new Error(`${service}: ${answer.status} ${told.slice(0, 300)}`);
    return told;
  };
  const iam = (form: string) => call(root, "iam", { "content-type": "application/x-www-form-urlencoded; charset=utf-8" }, form);
  const does = (keys: AwsKeys, service: string, target: string, body: object) =>
    call(keys, service, { "content-type": "application/x-amz-json-1.1", "x-amz-target": target }, JSON.stringify(body));

  /** Keys of a user who may do the actions. */
  const userWith = async (name: string, actions: readonly string[]): Promise<AwsKeys> => {
    await iam(`Action=CreateUser&UserName=${name}&Version=2010-05-08`);
    const made = await iam(`Action=CreateAccessKey&UserName=${name}&Version=2010-05-08`);
    const policy = JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: actions, Resource: "*" }] });
    await iam(`Action=PutUserPolicy&UserName=${name}&PolicyName=p&PolicyDocument=${encodeURIComponent(policy)}&Version=2010-05-08`);
    const member = (tag: string) => new RegExp(`<${tag}>([^<]*)</${tag}>`).exec(made)?.[1] ?? "";
    return { accessKeyId: member("AccessKeyId"), secretAccessKey: member("SecretAccessKey") };
  };

  const opened = (keys: AwsKeys) => {
    const env = {
      AWS_ENDPOINT_URL: moto.url,
      AWS_ACCESS_KEY_ID: keys.accessKeyId,
      AWS_SECRET_ACCESS_KEY: keys.secretAccessKey,
      AWS_EC2_METADATA_DISABLED: "true",
    };
    const { secrets, close } = openSecrets({ env, transport, log: () => undefined });
    const document = (reference: string) => ({
      secrets: { manager: { type: "aws-secrets-manager", region }, parameters: { type: "aws-parameters", region } },
      providers: { openai: { apiKey: `\${${reference}}` } },
    });
    const read = async (reference: string): Promise<string> => {
      const options = { environment: env, policies: new Map(), stores: secrets };
      const loaded = await readConfig(JSON.stringify(document(reference)), "sluice.yaml", options);
      if (loaded.issues) return loaded.issues.map(({ problem }) => problem).join("\n");
      secrets.taken();
      return loaded.config.providers[0]?.apiKey?.reveal() ?? "no key";
    };
    return { read, refresh: (): Promise<readonly KeptState[]> => secrets.refresh(), close };
  };

  return [
    [
      "a secret of Secrets Manager is read by a signed request, as text and by a field, and its next version is seen",
      async () => {
        const keys = await userWith("secrets-reader", ["secretsmanager:*"]);
        await moto.checkSignatures(0);
        await does(keys, "secretsmanager", "secretsmanager.CreateSecret", {
          Name: "team/openai",
          SecretString: JSON.stringify({ apiKey: "sk-first-in-aws" }),
          ClientRequestToken: "00000000-0000-0000-0000-000000000001",
        });
        const { read, refresh, close } = opened(keys);
        try {
          same(await read("manager:team/openai#apiKey"), "sk-first-in-aws");
          await does(keys, "secretsmanager", "secretsmanager.PutSecretValue", {
            SecretId: "team/openai",
            SecretString: JSON.stringify({ apiKey: "sk-second-in-aws" }),
            ClientRequestToken: "00000000-0000-0000-0000-000000000002",
          });
          const [state] = await refresh();
          same([state?.status, state?.version], ["fresh", "00000000-0000-0000-0000-000000000002"]);
          same(await read("manager:team/openai#apiKey"), "sk-second-in-aws");
          const missing = await read("manager:team/nobody");
          if (!missing.includes("ResourceNotFoundException")) throw new Error(missing);
        } finally {
          await close();
        }
      },
    ],
    [
      "a parameter of Systems Manager is read decrypted by a signed request",
      async () => {
        await moto.checkSignatures(100);
        const keys = await userWith("parameters-reader", ["ssm:*"]);
        await moto.checkSignatures(0);
        await does(keys, "ssm", "AmazonSSM.PutParameter", { Name: "/team/groq", Value: "gsk-in-aws", Type: "SecureString" });
        const { read, close } = opened(keys);
        try {
          same(await read("parameters:/team/groq"), "gsk-in-aws");
          const missing = await read("parameters:/team/nobody");
          if (!missing.includes("ParameterNotFound")) throw new Error(missing);
        } finally {
          await close();
        }
      },
    ],
    [
      "a wrong secret key, and a user who may not read, are refused by moto and told as that",
      async () => {
        await moto.checkSignatures(100);
        const keys = await userWith("nobody", ["s3:ListBuckets"]);
        await moto.checkSignatures(0);
        try {
          for (const used of [{ ...keys, secretAccessKey: "wrong" }, keys]) {
            const { read, close } = opened(used);
            const told = await read("manager:team/openai#apiKey");
            await close();
            if (!told.includes("did not give team/openai (status 403")) throw new Error(told);
          }
        } finally {
          await moto.checkSignatures(1_000_000);
        }
      },
    ],
  ];
}
