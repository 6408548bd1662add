import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const folder = import.meta.dirname;
const root = join(folder, "..", "..");

/** What was installed, or why it was not. */
export interface Installed {
  /** Undefined: the packages are there. */
  readonly missing: string | undefined;
  /** They were not there before. */
  readonly fresh?: boolean;
}

/** The npm packages of the lockfile, into `test/sdks/node_modules`, unless they are there already. */
export function installNpm(): Installed {
  const wanted = lockedVersions(join(folder, "package-lock.json"));
  const there = lockedVersions(join(folder, "node_modules", ".package-lock.json"));
  if (Object.entries(wanted).every(([path, version]) => path === "" || there[path] === version)) return { missing: undefined };
  process.stdout.write("Installing the npm packages …\n");
  // Their own word about Node does not matter here: they run on Bun.
  return { ...run("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], folder), fresh: true };
}

/** Lists of PyPI packages that go together. `litellm` pins older versions of what the others need; `clouds` is for `test/clouds`, `openapi` for `test/openapi`, `scim` for `test/scim`, `focus` for `test/ledger`, `models` for `test/models`. */
export const requirements = {
  sdks: "requirements.txt",
  litellm: "requirements-litellm.txt",
  clouds: "requirements-clouds.txt",
  openapi: "requirements-openapi.txt",
  scim: "requirements-scim.txt",
  focus: "requirements-focus.txt",
  models: "requirements-models.txt",
} as const;

/** The PyPI packages of a list, into a virtual environment of their own. */
export function installPython(list: keyof typeof requirements): Installed & { readonly python: string } {
  const file = requirements[list];
  const environment = join(root, ".cache", list === "sdks" ? "sdks-venv" : `sdks-venv-${list}`);
  const python = join(environment, "bin", "python");
  const wanted = readFileSync(join(folder, file), "utf8");
  const mark = join(environment, "installed.txt");
  if (existsSync(mark) && readFileSync(mark, "utf8") === wanted) return { python, missing: undefined };
  process.stdout.write(`Installing the PyPI packages of ${file} …\n`);
  mkdirSync(join(root, ".cache"), { recursive: true });
  const made = run("python3", ["-m", "venv", environment], root);
  if (made.missing) return { python, ...made };
  const filled = run(
    python,
    ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--only-binary", ":all:", "-r", file],
    folder,
  );
  if (!filled.missing) writeFileSync(mark, wanted);
  return { python, ...filled };
}

/** The version of each package that is named in a lockfile, and of each that the page names. */
export function lockedVersions(file: string): Record<string, string> {
  if (!existsSync(file)) return {};
  const { packages } = JSON.parse(readFileSync(file, "utf8")) as { packages: Record<string, { version?: string }> };
  return Object.fromEntries(Object.entries(packages).flatMap(([path, { version }]) => (version ? [[path, version]] : [])));
}

function run(command: string, args: readonly string[], cwd: string): Installed {
  const { status, stderr, error } = spawnSync(command, args, { cwd, encoding: "utf8", stdio: ["ignore", "ignore", "pipe"] });
  if (status === 0) return { missing: undefined };
  const said = error?.message ?? stderr.split("\n").find((line) => /error/i.test(line)) ?? `exit code ${status}`;
  return { missing: `\`${command} ${args.slice(0, 3).join(" ")}\` failed (${said})` };
}

const named = [
  ...["openai", "@anthropic-ai/sdk", "@google/genai", "cohere-ai", "@mistralai/mistralai", "ollama"],
  ...["ai", "@ai-sdk/openai", "@ai-sdk/anthropic", "@ai-sdk/google", "@ai-sdk/amazon-bedrock", "@ai-sdk/cohere", "@ai-sdk/mistral"],
  ...["@ai-sdk/openai-compatible", "@langchain/openai", "@langchain/anthropic"],
];

/** The versions of the SDKs, for people. */
export function packageVersions(): string[] {
  const locked = lockedVersions(join(folder, "package-lock.json"));
  const pinned = [
    ...pinnedIn(requirements.sdks, /^(openai|anthropic|google-genai|boto3|pydantic-ai-slim)==(.+)$/gm),
    ...pinnedIn(requirements.litellm, /^(litellm)==(.+)$/gm),
  ];
  return [
    ...named.map((name) => `${name} ${locked[`node_modules/${name}`]} (npm)`),
    ...pinned.map(([, name, version]) => `${name} ${version} (PyPI)`),
  ];
}

function pinnedIn(file: string, pins: RegExp): RegExpExecArray[] {
  return [...readFileSync(join(folder, file), "utf8").matchAll(pins)];
}
