import { randomBytes } from "node:crypto";
import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import { keyGuards } from "../../src/providers/index.ts";
import { openVault, Secret } from "../../src/secrets/index.ts";
import { type Bench, same } from "./bench.ts";
import type { Check } from "./run.ts";

/** Master keys that AWS's key service seals, as moto has rebuilt it. */
export function kmsChecks(bench: Bench): Check[] {
  const { moto, transport, folder } = bench;
  const region = "eu-west-1";
  const put = async (service: string, headers: Record<string, string>, body: string) => {
    const scope = `Credential=a/20260101/${region}/${service}/aws4_request, SignedHeaders=host, Signature=0`;
    const answer = await fetch(moto.url, { method: "POST", headers: { authorization: `AWS4-HMAC-SHA256 ${scope}`, ...headers }, body });
    return answer.text();
  };
  const iam = (form: Readonly<Record<string, string>>) =>
    put(
      "iam",
      { "content-type": "application/x-www-form-urlencoded" },
      new URLSearchParams({ ...form, UserName: "sealer", Version: "2010-05-08" }).toString(),
    );
  /** A key, and an account that may use it: from here on moto refuses what is not signed rightly. */
  const made = async () => {
    await moto.checkSignatures(1_000);
    await iam({ Action: "CreateUser" });
    const keys = await iam({ Action: "CreateAccessKey" });
    const member = (name: string) => new RegExp(`<${name}>([^<]*)</${name}>`).exec(keys)?.[1] ?? "";
    const statement = { Effect: "Allow", Action: "kms:*", Resource: "*" };
    const document = JSON.stringify({ Version: "2012-10-17", Statement: [statement] });
    await iam({ Action: "PutUserPolicy", PolicyName: "seal", PolicyDocument: document });
    const type = { "content-type": "application/x-amz-json-1.1", "x-amz-target": "TrentService.CreateKey" };
    const { KeyMetadata } = JSON.parse(await put("kms", type, "{}")) as { KeyMetadata: { Arn: string } };
    await moto.checkSignatures(0);
    const env = {
      HOME: folder,
      AWS_ACCESS_KEY_ID: member("AccessKeyId"),
      AWS_SECRET_ACCESS_KEY: member("SecretAccessKey"),
      AWS_REGION: region,
      AWS_ENDPOINT_URL_KMS: moto.url,
    };
    return { arn: KeyMetadata.Arn, env, guards: keyGuards(env, async () => transport) };
  };
  const problem = (work: Promise<unknown>) =>
    work.then(
      () => "nothing was refused",
      (error: Error) => error.message,
    );
  return [
    [
      "AWS KMS seals a master key and gives it back, to its own id only",
      async () => {
        const { arn, env, guards } = await made();
        const guard = await guards["aws-kms"]!(arn);
        const key = randomBytes(32);
        const sealed = await guard.seal(key, "mk_one");
        same(sealed.includes(key.toString("base64")), false);
        same(Buffer.from(await guard.open(sealed, "mk_one")), key);
        same(/refused with status 400 InvalidCiphertextException/.test(await problem(guard.open(sealed, "mk_two"))), true);
        const wrong = keyGuards({ ...env, AWS_SECRET_ACCESS_KEY: "wrong" }, async () => transport);
        const unsigned = await wrong["aws-kms"]!(arn);
        same(/refused with status 40[03]/.test(await problem(unsigned.open(sealed, "mk_one"))), true);
      },
    ],
    [
      "a vault whose master key is AWS KMS's is opened by another process, re-keyed, and taken over from a key of the environment",
      async () => {
        const data = mkdtempSync(join(folder, "kms-"));
        const plain = randomBytes(32).toString("base64");
        const { arn, env, guards } = await made();
        const service = `aws-kms:${arn}`;
        const opened = (given: string) => openVault({ folder: data, env: { ...env, SLUICE_MASTER_KEY: given }, guards });
        const first = await opened(plain);
        await first.vault.put("one", new Secret("value one"));
        first.close();
        const both = await opened(`${service},${plain}`);
        same((await both.vault.rekey()).rewrapped, 1);
        await both.vault.renewMasterKey();
        same((await both.vault.rekey()).rewrapped, 1);
        both.close();
        const alone = await opened(service);
        same((await alone.vault.read("one")).value.reveal(), "value one");
        alone.close();
        const gone = await opened(`aws-kms:alias/nobody`);
        same(/refused with status 400 NotFoundException/.test(await problem(gone.vault.put("two", new Secret("x")))), true);
        gone.close();
      },
    ],
  ];
}
