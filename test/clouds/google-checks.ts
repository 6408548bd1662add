import { generateKeyPairSync } from "node:crypto";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { type GoogleOptions, googleToken } from "../../src/providers/credentials/google.ts";
import { type Bench, type Environment, file, ours, same } from "./bench.ts";
import type { Check } from "./run.ts";
import type { Asked } from "./token-server.ts";

/** `google-auth` (PyPI) and the gateway, asked for the same credential, send the same. */
export function googleChecks(bench: Bench): Check[] {
  const { tokens, reference } = bench;
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const pem = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  const token_uri = `${tokens.url}/token`;
  const account = {
    type: "service_account",
    client_email: "me@p.iam.gserviceaccount.com",
    private_key: pem,
    private_key_id: "k1",
    project_id: "p",
    token_uri,
  };
  const user = { type: "authorized_user", client_id: "id", client_secret: "s/&+", refresh_token: "1//r", token_uri };
  const accountFile = file(bench, "account.json", JSON.stringify(account));
  const userFile = file(bench, "user.json", JSON.stringify(user));

  const both = async (environment: Environment, options: GoogleOptions = { from: "found" }): Promise<readonly [Asked, Asked]> => {
    const own = await ours(bench, environment, (tools, signal) => googleToken(options, tools, signal));
    const [mine] = tokens.taken();
    const told = await reference.ask({ cloud: "google", environment, tokenUri: token_uri });
    const theirs = tokens.taken().at(-1);
    same(own.value.token, told.token);
    if (!mine || !theirs) throw new Error("nobody asked for a token");
    return [mine, theirs];
  };

  return [
    [
      "a service account's assertion is verified by google-auth, and says what its own says",
      async () => {
        const [mine, theirs] = await both({ GOOGLE_APPLICATION_CREDENTIALS: accountFile });
        same([mine.method, mine.path, mine.form.grant_type], [theirs.method, theirs.path, theirs.form.grant_type]);
        const publicPem = publicKey.export({ type: "spki", format: "pem" }).toString();
        const read = async ({ form }: Asked, audience: string) => {
          const told = await reference.ask({ cloud: "jwt", assertion: form.assertion, publicKey: publicPem, audience });
          const { iat, exp, aud, ...claims } = told.claims as Record<string, number>;
          return { header: told.header, claims, life: (exp ?? 0) - (iat ?? 0) };
        };
        // The library writes Google's own endpoint as the audience whatever the file says; in real files they are the same.
        same(await read(mine, token_uri), await read(theirs, "https://oauth2.googleapis.com/token"));
      },
    ],
    [
      "a signed-in user's refresh token is sent as google-auth sends it",
      async () => {
        const [mine, theirs] = await both({ GOOGLE_APPLICATION_CREDENTIALS: userFile });
        const { scope: _scope, ...form } = theirs.form;
        same([mine.method, mine.path, mine.form], [theirs.method, theirs.path, form]);
      },
    ],
    [
      "gcloud's own file is found where google-auth finds it",
      async () => {
        mkdirSync(join(bench.folder, "gcloud"), { recursive: true });
        file(bench, "gcloud/application_default_credentials.json", JSON.stringify({ ...user, refresh_token: "1//gcloud" }));
        const [mine, theirs] = await both({ CLOUDSDK_CONFIG: join(bench.folder, "gcloud") });
        same([mine.form.refresh_token, theirs.form.refresh_token], ["1//gcloud", "1//gcloud"]);
      },
    ],
    [
      "the metadata server is asked as google-auth asks it",
      async () => {
        const host = new URL(tokens.url).host;
        const environment = { GCE_METADATA_HOST: host, GCE_METADATA_IP: host, CLOUDSDK_CONFIG: join(bench.folder, "nowhere") };
        const [mine, theirs] = await both(environment, { from: "default" });
        same([mine.method, mine.path, mine.headers["metadata-flavor"]], [theirs.method, theirs.path, theirs.headers["metadata-flavor"]]);
      },
    ],
  ];
}
