import { spawn } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Sluice } from "../../client/src/index.ts";
import { startGateway } from "../faults/gateway-process.ts";
import { installPython } from "../sdks/install.ts";

// `bun test/openapi/run.ts [--examples N] [--only admin|data]`: schemathesis, all its phases, against a real process.
const argument = (name: string) => process.argv[process.argv.indexOf(`--${name}`) + 1];
const examples = process.argv.includes("--examples") ? Number(argument("examples")) : 10;
const only = process.argv.includes("--only") ? argument("only") : undefined;

const { python, missing } = installPython("openapi");
if (missing !== undefined) {
  console.log(`skipped: schemathesis: ${missing}\n0 passed, 0 failed, 1 skipped`);
  process.exit(0);
}

const adminKey = `sk-sluice-admin-${crypto.randomUUID()}`;
process.env.SLUICE_ADMIN_KEY = adminKey;

interface Target {
  readonly name: string;
  readonly document: string;
  readonly keys: "admin" | "key";
  readonly unchecked: readonly string[];
}

const targets: readonly Target[] = [
  {
    name: "admin",
    document: "/openapi.json",
    keys: "admin",
    unchecked: [],
  },
  {
    name: "data",
    document: "/v1/openapi.json",
    keys: "key",
    // A model may be called `x:countTokens`: `/v1/models/x:countTokens` takes GET too, which the document says at another path.
    unchecked: ["allow_header_conformance"],
  },
];

const settings = `[checks]
negative_data_rejection.expected-statuses = [400, 401, 403, 404, 405, 409, 412, 413, 415, 421, 422, 429]
`;

/** One gateway a document: what is made of policies by the admin's would end the answers to the other's. @returns whether all held */
async function checks({ name, document, keys: kind, unchecked }: Target): Promise<boolean> {
  console.log(`\n── schemathesis: ${name}`);
  const gateway = await startGateway({ config: { providers: { demo: {} } } });
  const url = `http://127.0.0.1:${gateway.port}`;
  const sluice = new Sluice({ baseUrl: url, token: adminKey, retries: 10 });
  const made = Array.from({ length: 60 }, async (_, at) => (await sluice.keys.create({ kind, name: `openapi-${kind}-${at}` })).key);
  const keys = await Promise.all(made);
  const config = join(gateway.folder, "schemathesis.toml");
  writeFileSync(config, settings);
  const args = ["-m", "schemathesis.cli", "--config-file", config, "run", `${url}${document}`];
  const choices = ["--phases", "examples,coverage,fuzzing,stateful", "--checks", "all", "--max-examples", String(examples), "--no-color"];
  // What is well formed can still be about nothing that is there, come too late, or break a rule that no schema can say.
  const child = spawn(
    python,
    [
      ...args,
      ...choices,
      "--suppress-health-check",
      "all",
      "--continue-on-failure",
      ...["--exclude-checks", ["positive_data_acceptance", ...unchecked].join(",")],
    ],
    {
      cwd: gateway.folder,
      env: { ...process.env, SCHEMATHESIS_HOOKS: "hooks", PYTHONPATH: import.meta.dirname, OPENAPI_KEYS: JSON.stringify(keys) },
      stdio: ["ignore", "inherit", "inherit"],
    },
  );
  const code = await new Promise((resolve) => child.on("close", resolve));
  const lives = gateway.alive();
  console.log(gateway.log().split("\n").slice(-10).join("\n"));
  await gateway.stop();
  rmSync(gateway.folder, { recursive: true, force: true });
  return code === 0 && lives;
}

let failed = 0;
let passed = 0;
for (const target of targets.filter(({ name }) => only === undefined || name === only)) {
  if (await checks(target)) passed++;
  else failed++;
}
console.log(`\n${passed} passed, ${failed} failed, 0 skipped`);
process.exit(failed === 0 ? 0 : 1);
