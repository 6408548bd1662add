import { type EntraOptions, entraToken } from "../../src/providers/credentials/entra.ts";
import { Secret } from "../../src/secrets/index.ts";
import { type Bench, type Environment, file, ours, same } from "./bench.ts";
import type { Check } from "./run.ts";
import type { Asked } from "./token-server.ts";

const resource = "https://cognitiveservices.azure.com";

/** `azure-identity` (PyPI) and the gateway, asked for the same credential, send the same. */
export function entraChecks(bench: Bench): Check[] {
  const { tokens, reference } = bench;
  const authorities = file(bench, "authorities.pem", bench.authority.cert);
  const tokenFile = file(bench, "federated-token", "eyJhbGciOiJub25lIn0.e30.");
  const application = { tenant: "11111111-2222-3333-4444-555555555555", clientId: "66666666-7777-8888-9999-000000000000" };

  const both = async (options: EntraOptions, environment: Environment = {}): Promise<readonly [Asked, Asked]> => {
    const authority = { AZURE_AUTHORITY_HOST: tokens.secureUrl, ...environment };
    const own = await ours(bench, authority, (tools, signal) => entraToken(options, resource, tools, signal));
    const [mine] = tokens.taken();
    const kind = options.from;
    const asked = {
      cloud: "entra",
      kind,
      ...options,
      clientSecret: options.clientSecret?.reveal(),
      authority: tokens.secureUrl,
      authorities,
      scope: `${resource}/.default`,
      environment,
    };
    const told = await reference.ask(asked);
    const theirs = tokens.taken().at(-1);
    same(own.value.token, told.token);
    if (!mine || !theirs) throw new Error("nobody asked for a token");
    return [mine, theirs];
  };

  /** Everything that ours sends; the library's own telemetry is left out. */
  const compare = ([mine, theirs]: readonly [Asked, Asked]): void => {
    const named = (all: Asked["form"], names: Asked["form"]) => Object.fromEntries(Object.keys(names).map((name) => [name, all[name]]));
    same([mine.method, mine.path], [theirs.method, theirs.path]);
    same(mine.form, named(theirs.form, mine.form));
    same(mine.query, named(theirs.query, mine.query));
    const extra = Object.keys(theirs.form).filter((name) => mine.form[name] === undefined && name !== "client_info");
    same(extra, []);
  };

  return [
    [
      "an application's secret is sent as azure-identity sends it",
      async () => compare(await both({ from: "client-secret", ...application, clientSecret: new Secret("s~/1+& é") })),
    ],
    [
      "a workload's token is sent as azure-identity sends it",
      async () => compare(await both({ from: "workload-identity", ...application, tokenFile })),
    ],
    [
      "a machine's identity is asked for as azure-identity asks for it",
      async () => {
        const [mine, theirs] = await both(
          { from: "metadata", clientId: application.clientId },
          { AZURE_POD_IDENTITY_AUTHORITY_HOST: tokens.url },
        );
        compare([mine, theirs]);
        same(mine.headers.metadata, theirs.headers.metadata?.toLowerCase());
      },
    ],
    [
      "App Service's identity is asked for as azure-identity asks for it",
      async () => {
        const environment = { IDENTITY_ENDPOINT: `${tokens.url}/msi/token`, IDENTITY_HEADER: "h-1" };
        const [mine, theirs] = await both({ from: "metadata", clientId: application.clientId }, environment);
        compare([mine, theirs]);
        same(mine.headers["x-identity-header"], theirs.headers["x-identity-header"]);
      },
    ],
  ];
}
