import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { createHash, createPublicKey, generateKeyPairSync, verify } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Explanation, Fault, Leaving } from "../../exchange/index.ts";
import { Secret } from "../../secrets/index.ts";
import { openTransport, type Transport } from "../transport/index.ts";
import { type AwsOptions, awsKeys } from "./aws.ts";
import { type EntraOptions, entraToken } from "./entra.ts";
import { type GoogleOptions, googleToken } from "./google.ts";
import { type SourceTools, sourceTools } from "./source.ts";

interface Asked {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly form: Readonly<Record<string, string>>;
}

const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const pem = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
const folder = mkdtempSync(join(tmpdir(), "sources-"));
const nowMs = Date.UTC(2026, 10, 21, 12);
const inAnHour = new Date(nowMs + 3_600_000).toISOString();
const asked: Asked[] = [];
let answer: (asked: Asked) => Response = () => new Response("", { status: 404 });
let server: ReturnType<typeof Bun.serve>;
let transport: Transport;
let base = "";

beforeAll(async () => {
  transport = await openTransport();
  server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    async fetch(request) {
      const url = new URL(request.url);
      const told: Asked = {
        method: request.method,
        path: url.pathname,
        query: Object.fromEntries(url.searchParams),
        headers: Object.fromEntries(request.headers),
        form: Object.fromEntries(new URLSearchParams(await request.text())),
      };
      asked.push(told);
      return answer(told);
    },
  });
  base = `http://127.0.0.1:${server.port}`;
  await mkdir(join(folder, ".aws/sso/cache"), { recursive: true });
});
afterAll(async () => {
  await transport.close();
  await server.stop(true);
  rmSync(folder, { recursive: true });
});
beforeEach(() => {
  asked.length = 0;
});

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

function tools(environment: SourceTools["environment"] = {}): SourceTools {
  return sourceTools({ HOME: folder, ...environment }, transport, { now: () => nowMs });
}

/** What the operator's log would say. */
async function refusal(promise: Promise<unknown>): Promise<string> {
  const fault = await promise.then(
    () => new Fault("gateway_failed", { message: "It was not refused." }),
    (error: unknown) => Fault.from(error),
  );
  expect(fault.message).not.toContain(folder);
  return `${fault.code}: ${fault.cause instanceof Explanation ? fault.cause.message : ""}`;
}

const google = (options: GoogleOptions, environment?: SourceTools["environment"]) =>
  googleToken(options, tools(environment), new Leaving());
const entra = (options: EntraOptions, environment?: SourceTools["environment"]) =>
  entraToken(options, "https://cognitiveservices.azure.com", tools(environment), new Leaving());
const aws = (options: AwsOptions, environment?: SourceTools["environment"]) =>
  awsKeys(options, "eu-west-1", tools(environment), new Leaving());

describe("a token of Google's", () => {
  const account = () =>
    JSON.stringify({
      type: "service_account",
      client_email: "me@p.iam",
      private_key: pem,
      private_key_id: "k1",
      token_uri: `${base}/token`,
    });
  const grant = () => Response.json({ access_token: "ya29.a", expires_in: 3599, token_type: "Bearer" });

  test("is had for a service account's assertion, which its public key verifies", async () => {
    answer = grant;
    expect(await google({ from: "service-account", json: new Secret(account()) })).toEqual({
      value: { token: "ya29.a" },
      endsAtMs: nowMs + 3_599_000,
    });
    const [{ form, headers, method } = {} as Asked] = asked;
    expect([method, headers["content-type"], form.grant_type]).toEqual([
      "POST",
      "application/x-www-form-urlencoded",
      "urn:ietf:params:oauth:grant-type:jwt-bearer",
    ]);
    const [head = "", claims = "", signature = ""] = (form.assertion ?? "").split(".");
    expect(
      verify(
        "RSA-SHA256",
        Buffer.from(`${head}.${claims}`),
        createPublicKey(publicKey.export({ type: "spki", format: "pem" })),
        Buffer.from(signature, "base64url"),
      ),
    ).toBe(true);
    expect(JSON.parse(Buffer.from(head, "base64url").toString())).toEqual({ alg: "RS256", typ: "JWT", kid: "k1" });
    expect(JSON.parse(Buffer.from(claims, "base64url").toString())).toEqual({
      iss: "me@p.iam",
      scope: "https://www.googleapis.com/auth/cloud-platform",
      aud: `${base}/token`,
      iat: nowMs / 1000,
      exp: nowMs / 1000 + 3600,
    });
  });

  test("comes from the file that the environment names, a signed-in user's too, with the project that pays", async () => {
    answer = grant;
    const user = {
      type: "authorized_user",
      client_id: "id",
      client_secret: "s",
      refresh_token: "r",
      quota_project_id: "pays",
      token_uri: `${base}/token`,
    };
    const GOOGLE_APPLICATION_CREDENTIALS = file("user.json", JSON.stringify(user));
    const { value } = await google({ from: "found" }, { GOOGLE_APPLICATION_CREDENTIALS });
    expect(value).toEqual({ token: "ya29.a", headers: { "x-goog-user-project": "pays" } });
    expect(asked[0]?.form).toEqual({ grant_type: "refresh_token", client_id: "id", client_secret: "s", refresh_token: "r" });
  });

  test("comes from gcloud's file where no other is named", async () => {
    answer = grant;
    await mkdir(join(folder, ".config/gcloud"), { recursive: true });
    const path = file(".config/gcloud/application_default_credentials.json", account());
    expect((await google({ from: "found" })).value.token).toBe("ya29.a");
    rmSync(path);
  });

  test("comes from the metadata server only where the config chooses it", async () => {
    answer = () => Response.json({ access_token: "ya29.m", expires_in: 100 }, { headers: { "metadata-flavor": "Google" } });
    const environment = { GCE_METADATA_HOST: new URL(base).host };
    expect((await google({ from: "metadata" }, environment)).value.token).toBe("ya29.m");
    expect((await google({ from: "default" }, environment)).value.token).toBe("ya29.m");
    expect(asked[0]).toMatchObject({ method: "GET", path: "/computeMetadata/v1/instance/service-accounts/default/token" });
    expect(asked[0]?.headers["metadata-flavor"]).toBe("Google");
    asked.length = 0;
    expect(await refusal(google({ from: "found" }, environment))).toContain("No credential of Google's was found");
    expect(asked).toEqual([]);
  });

  test("is refused with a reason for the operator, which holds no secret", async () => {
    answer = () => Response.json({ error: "invalid_grant", error_description: "secret words" }, { status: 400 });
    const source = { from: "service-account", json: new Secret(account()) } as const;
    expect(await refusal(google(source))).toBe(
      "upstream_credentials: Google's token endpoint gave no credential (status 400 invalid_grant).",
    );
    expect(await refusal(google({ from: "service-account", file: "/nowhere.json" }))).toContain("/nowhere.json is not there");
    expect(await refusal(google({ from: "service-account", json: new Secret('{"type":"external_account"}') }))).toContain(
      "external_account",
    );
    expect(await refusal(google({ from: "service-account", json: new Secret("{}") }))).toContain(
      "service_account and authorized_user are supported",
    );
    const plain = account().replace(`${base}/token`, "http://tokens.example/token");
    expect(await refusal(google({ from: "service-account", json: new Secret(plain) }))).toContain(
      "must be a URL that begins with https://",
    );
    const bad = JSON.stringify({ ...JSON.parse(account()), private_key: "no key" });
    expect(await refusal(google({ from: "service-account", json: new Secret(bad) }))).toContain("is no key in PEM");
  });
});

describe("a token of Entra's", () => {
  const grant = () => Response.json({ access_token: "eyJ.t", expires_in: 3599 });
  const variables = { AZURE_TENANT_ID: "tenant", AZURE_CLIENT_ID: "client" };

  test("is had for an application's secret", async () => {
    answer = grant;
    const options = { from: "client-secret", tenant: "t-1", clientId: "c-1", clientSecret: new Secret("s/1+&") } as const;
    expect(await entra(options, { AZURE_AUTHORITY_HOST: `${base}/` })).toEqual({ value: { token: "eyJ.t" }, endsAtMs: nowMs + 3_599_000 });
    expect(asked[0]).toMatchObject({
      path: "/t-1/oauth2/v2.0/token",
      form: {
        grant_type: "client_credentials",
        client_id: "c-1",
        client_secret: "s/1+&",
        scope: "https://cognitiveservices.azure.com/.default",
      },
    });
  });

  test("is had for the token of another platform, which is read each time", async () => {
    answer = grant;
    const AZURE_FEDERATED_TOKEN_FILE = file("federated", "jwt-1\n");
    const environment = { ...variables, AZURE_FEDERATED_TOKEN_FILE, AZURE_AUTHORITY_HOST: base };
    await entra({ from: "found" }, environment);
    file("federated", "jwt-2");
    await entra({ from: "workload-identity" }, environment);
    expect(asked.map(({ form }) => form.client_assertion)).toEqual(["jwt-1", "jwt-2"]);
    expect(asked[0]?.form.client_assertion_type).toBe("urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
  });

  test("is the machine's own where the config chooses it", async () => {
    answer = () => Response.json({ access_token: "eyJ.m", expires_on: String(nowMs / 1000 + 60), expires_in: undefined });
    const machine = { AZURE_POD_IDENTITY_AUTHORITY_HOST: base };
    expect(await entra({ from: "default", clientId: "mine" }, machine)).toEqual({ value: { token: "eyJ.m" }, endsAtMs: nowMs + 60_000 });
    expect(asked[0]).toMatchObject({
      path: "/metadata/identity/oauth2/token",
      query: { "api-version": "2018-02-01", resource: "https://cognitiveservices.azure.com", client_id: "mine" },
    });
    expect(asked[0]?.headers.metadata).toBe("true");
    await entra({ from: "metadata" }, { IDENTITY_ENDPOINT: `${base}/msi/token`, IDENTITY_HEADER: "h-1" });
    expect(asked[1]).toMatchObject({ path: "/msi/token", query: { "api-version": "2019-08-01" } });
    expect(asked[1]?.headers["x-identity-header"]).toBe("h-1");
    asked.length = 0;
    expect(await refusal(entra({ from: "found" }, machine))).toContain("No credential of Entra's was found");
    expect(asked).toEqual([]);
  });

  test("is refused with the name of the error and without its words", async () => {
    answer = () => Response.json({ error: "invalid_client", error_description: "AADSTS7000215: secret" }, { status: 401 });
    const environment = { ...variables, AZURE_CLIENT_SECRET: "s", AZURE_AUTHORITY_HOST: base };
    expect(await refusal(entra({ from: "found" }, environment))).toBe(
      "upstream_credentials: Entra gave no credential (status 401 invalid_client).",
    );
    expect(await refusal(entra({ from: "client-secret", tenant: "../x", clientId: "c", clientSecret: new Secret("s") }))).toContain(
      "Entra needs `tenant`",
    );
  });
});

describe("keys of AWS", () => {
  const container = (id: string) => () =>
    Response.json({ AccessKeyId: id, SecretAccessKey: "secret", Token: "token", Expiration: inAnHour });
  const idOf = async (options: AwsOptions, environment?: SourceTools["environment"]) => (await aws(options, environment)).value.accessKeyId;
  const shared = (config: string, credentials = "") => ({
    AWS_CONFIG_FILE: file("config", config),
    AWS_SHARED_CREDENTIALS_FILE: file("credentials", credentials),
  });

  test("are those of the environment first, of a named profile before them", async () => {
    const keys = { AWS_ACCESS_KEY_ID: "AKENV", AWS_SECRET_ACCESS_KEY: "s", AWS_SESSION_TOKEN: "t" };
    const files = shared("", "[other]\naws_access_key_id = AKOTHER # mine\naws_secret_access_key=s2\n");
    expect(await aws({ from: "found" }, { ...keys, ...files })).toEqual({
      value: { accessKeyId: "AKENV", secretAccessKey: "s", sessionToken: "t" },
      endsAtMs: Number.POSITIVE_INFINITY,
    });
    expect(await idOf({ from: "found", profile: "other" }, { ...keys, ...files })).toBe("AKOTHER");
    expect(await idOf({ from: "profile" }, { ...files, AWS_PROFILE: "other" })).toBe("AKOTHER");
  });

  test("never come from a program", async () => {
    const files = shared("[default]\ncredential_process = /bin/true\n");
    expect(await refusal(aws({ from: "found" }, files))).toContain(
      "runs a program for its keys (credential_process), which the gateway never does",
    );
  });

  test("of a container come from the address that its platform names", async () => {
    answer = container("AKTASK");
    const AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE = file("pod-token", "pod-jwt\n");
    const environment = {
      AWS_CONTAINER_CREDENTIALS_FULL_URI: `${base}/v1/credentials`,
      AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE,
      ...shared(""),
    };
    expect(await aws({ from: "found" }, environment)).toEqual({
      value: { accessKeyId: "AKTASK", secretAccessKey: "secret", sessionToken: "token" },
      endsAtMs: nowMs + 3_600_000,
    });
    expect(asked[0]).toMatchObject({ path: "/v1/credentials" });
    expect(asked[0]?.headers.authorization).toBe("pod-jwt");
    for (const host of ["http://example.com", "http://10.0.0.1", "http://169.254.169.254", "ftp://x"]) {
      const other = { AWS_CONTAINER_CREDENTIALS_FULL_URI: `${host}/x` };
      expect(await refusal(aws({ from: "container" }, other))).toContain("must begin with https://");
    }
  });

  test("of an instance come from a session of its metadata service, and only where the config chooses it", async () => {
    answer = ({ method, path, headers }) => {
      if (method === "PUT")
        return headers["x-aws-ec2-metadata-token-ttl-seconds"] === "21600" ? new Response("session-1") : new Response("", { status: 400 });
      if (headers["x-aws-ec2-metadata-token"] !== "session-1") return new Response("", { status: 401 });
      return path.endsWith("/security-credentials/") ? new Response("my role\n") : container("AKINST")();
    };
    const environment = { AWS_EC2_METADATA_SERVICE_ENDPOINT: base, ...shared("") };
    expect(await idOf({ from: "default" }, environment)).toBe("AKINST");
    expect(asked.map(({ path }) => path)).toEqual([
      "/latest/api/token",
      "/latest/meta-data/iam/security-credentials/",
      "/latest/meta-data/iam/security-credentials/my%20role",
    ]);
    asked.length = 0;
    expect(await refusal(aws({ from: "found" }, environment))).toContain("No credential of AWS's was found");
    expect(await refusal(aws({ from: "default" }, { ...environment, AWS_EC2_METADATA_DISABLED: "true" }))).toContain("No credential");
    expect(asked).toEqual([]);
  });

  test("of single sign-on last as long as the session, which is never renewed here", async () => {
    const files = shared(
      "[sso-session corp]\nsso_start_url = https://corp.example/start\nsso_region = eu-west-1\n[profile dev]\nsso_session = corp\nsso_account_id = 42\nsso_role_name = Dev\n",
    );
    const cache = `.aws/sso/cache/${createHash("sha1").update("corp").digest("hex")}.json`;
    file(cache, JSON.stringify({ accessToken: "sso-token", expiresAt: inAnHour }));
    answer = () =>
      Response.json({ roleCredentials: { accessKeyId: "AKSSO", secretAccessKey: "s", sessionToken: "t", expiration: nowMs + 1000 } });
    const environment = { ...files, AWS_PROFILE: "dev", AWS_ENDPOINT_URL_SSO: base };
    expect(await aws({ from: "found" }, environment)).toMatchObject({ value: { accessKeyId: "AKSSO" }, endsAtMs: nowMs + 1000 });
    expect(asked[0]).toMatchObject({ path: "/federation/credentials", query: { role_name: "Dev", account_id: "42" } });
    expect(asked[0]?.headers["x-amz-sso_bearer_token"]).toBe("sso-token");
    file(cache, JSON.stringify({ accessToken: "sso-token", expiresAt: new Date(nowMs - 1000).toISOString() }));
    expect(await refusal(aws({ from: "found" }, environment))).toContain("run `aws sso login`");
  });

  test("of a role come from the token service; chains and errors have names", async () => {
    const xml = (id: string) =>
      new Response(
        `<R><Credentials><AccessKeyId>${id}</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken><Expiration>${inAnHour}</Expiration></Credentials></R>`,
      );
    answer = ({ form }) => xml(`AK-${form.Action}-${form.RoleArn}`);
    const AWS_ENDPOINT_URL_STS = base;
    const web = { AWS_WEB_IDENTITY_TOKEN_FILE: file("web", "jwt"), AWS_ROLE_ARN: "arn:r", AWS_ENDPOINT_URL_STS };
    expect(await idOf({ from: "found" }, web)).toBe("AK-AssumeRoleWithWebIdentity-arn:r");
    expect(asked[0]?.form.WebIdentityToken).toBe("jwt");
    expect(asked[0]?.headers.authorization).toBeUndefined();
    const files = shared(
      "[profile a]\nrole_arn = arn:a\nsource_profile = b\nexternal_id = x-1\n[profile b]\nrole_arn = arn:b\nsource_profile = b\n[profile loop]\nrole_arn = arn:l\nsource_profile = loop2\n[profile loop2]\nrole_arn = arn:l2\nsource_profile = loop\n",
      "[b]\naws_access_key_id = AKB\naws_secret_access_key = s\n",
    );
    asked.length = 0;
    expect(await idOf({ from: "profile", profile: "a" }, { ...files, AWS_ENDPOINT_URL_STS })).toBe("AK-AssumeRole-arn:a");
    expect(
      asked.map(({ form, headers }) => [
        form.RoleArn,
        /Credential=([^/]+)\/20261121\/eu-west-1\/sts/.exec(headers.authorization ?? "")?.[1],
        form.ExternalId,
      ]),
    ).toEqual([
      ["arn:b", "AKB", undefined],
      ["arn:a", "AK-AssumeRole-arn:b", "x-1"],
    ]);
    expect(await refusal(aws({ from: "profile", profile: "loop" }, { ...files, AWS_ENDPOINT_URL_STS }))).toContain("lead too far");
    answer = () => new Response("<E><Error><Code>AccessDenied</Code><Message>secret</Message></Error></E>", { status: 403 });
    expect(await refusal(aws({ from: "web-identity" }, web))).toBe(
      "upstream_credentials: AWS's token service (STS) gave no keys (status 403 AccessDenied).",
    );
  });
});
