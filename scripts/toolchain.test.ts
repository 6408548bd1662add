import { expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

interface Lock {
  readonly packages: Readonly<
    Record<
      string,
      {
        readonly version: string;
        readonly integrity?: string;
        readonly optional?: boolean;
        readonly optionalDependencies?: object;
        readonly hasInstallScript?: boolean;
      }
    >
  >;
}

const root = join(import.meta.dirname, "..");
const lock = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")) as Lock;

test("the lockfile names every optional package, because `npm ci` refuses one that does not", () => {
  const named = Object.values(lock.packages).flatMap((entry) => Object.keys(entry.optionalDependencies ?? {}));
  expect(named.filter((name) => lock.packages[`node_modules/${name}`] === undefined)).toEqual([]);
});

test("every package that is not for another platform is pinned by its hash", () => {
  const loose = Object.entries(lock.packages).filter(
    ([path, entry]) => path !== "" && entry.optional !== true && entry.integrity === undefined,
  );
  expect(loose.map(([path]) => path)).toEqual([]);
});

test("the container and the unit give their process what the launcher gives its own", async () => {
  const { runtimeSettings } = (await import(join(import.meta.dirname, "toolchain.mjs"))) as { runtimeSettings: Record<string, string> };
  const said = (file: string, words: RegExp) => [...readFileSync(join(root, file), "utf8").matchAll(words)].map(([, setting]) => setting);
  const settings = Object.entries(runtimeSettings).map(([name, value]) => `${name}=${value}`);
  expect(settings.length).toBeGreaterThan(0);
  expect(said("deploy/Containerfile", /^ENV (.+)$/gm)).toEqual(settings);
  expect(said("deploy/systemd/sluice.service", /^Environment=(.+)$/gm)).toEqual(settings);
});

test("the launchers are plain JavaScript without packages", () => {
  for (const name of ["sluice.mjs", "run.mjs", "test.mjs", "toolchain.mjs"]) {
    const text = readFileSync(join(import.meta.dirname, name), "utf8");
    const imported = [...text.matchAll(/from "([^"]+)"/g)].map(([, from]) => from!);
    expect(imported.filter((from) => !from.startsWith("node:") && !from.startsWith("./"))).toEqual([]);
  }
});

test("a start takes neither code nor variables from the folder that it is made in", async () => {
  const folder = mkdtempSync(join(tmpdir(), "sluice-planted-"));
  // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the config's own syntax
  writeFileSync(join(folder, "planted.yaml"), 'providers:\n  one: { type: openai, apiKey: "${PLANTED}" }\n');
  writeFileSync(join(folder, ".env"), "PLANTED=sk-planted\n");
  writeFileSync(join(folder, "bunfig.toml"), 'preload = ["./planted.js"]\n');
  writeFileSync(join(folder, "planted.js"), 'console.log("planted code");\n');
  const child = Bun.spawn(["node", join(import.meta.dirname, "sluice.mjs"), "check", "planted.yaml"], {
    cwd: folder,
    stdout: "pipe",
    stderr: "pipe",
  });
  const [said, complained] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
  rmSync(folder, { recursive: true });
  expect(said + complained).not.toContain("planted code");
  expect(said + complained).toContain("PLANTED is not set");
  expect(await child.exited).toBe(1);
}, 60_000);

test("the launcher gives the gateway what the runtime takes from its environment only", async () => {
  const folder = mkdtempSync(join(tmpdir(), "sluice-settings-"));
  // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the config's own syntax
  const key = "${MIMALLOC_PURGE_HOLES_MIN_INTERVAL}";
  writeFileSync(join(folder, "sluice.yaml"), `providers:\n  one: { type: openai, apiKey: "${key}" }\n`);
  const { MIMALLOC_PURGE_HOLES_MIN_INTERVAL: _, ...env } = process.env;
  const child = Bun.spawn(["node", join(import.meta.dirname, "sluice.mjs"), "check", "sluice.yaml"], {
    cwd: folder,
    env,
    stdout: "pipe",
    stderr: "pipe",
  });
  const [said, complained] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
  rmSync(folder, { recursive: true });
  expect(said + complained).not.toContain("is not set");
  expect(await child.exited).toBe(0);
}, 60_000);

test("the signal that changes the workers one after another reaches the gateway where Node stays in between", async () => {
  const folder = mkdtempSync(join(tmpdir(), "sluice-signal-"));
  const command = [
    "node",
    join(import.meta.dirname, "sluice.mjs"),
    "serve",
    "--workers",
    "1",
    "--port",
    "0",
    "--data",
    join(folder, "data"),
  ];
  const gateway = Bun.spawn(command, {
    cwd: folder,
    env: { ...process.env, npm_lifecycle_event: "start" },
    stdout: "pipe",
    stderr: "pipe",
  });
  let said = "";
  const reading = (async () => {
    for await (const piece of gateway.stderr) said += Buffer.from(piece).toString();
  })();
  let url: string | undefined;
  let printed = "";
  for await (const piece of gateway.stdout) {
    printed += Buffer.from(piece).toString();
    url = /serves on (\S+)/.exec(printed)?.[1];
    if (url !== undefined) break;
  }
  gateway.kill("SIGUSR2");
  await Bun.sleep(1_000);
  expect([gateway.exitCode, gateway.signalCode]).toEqual([null, null]);
  expect((await fetch(`${url}/healthz`)).status).toBe(200);
  gateway.kill("SIGTERM");
  expect(await gateway.exited).toBe(0);
  await reading;
  expect(said).toContain("Stopping");
  rmSync(folder, { recursive: true });
}, 60_000);
