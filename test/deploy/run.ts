/**
 * What is in deploy/ is what the tools of its users take: the compose file by the Compose Specification's own reader, the Helm chart by Helm and kubeconform with Kubernetes' own schemas, the
 * unit by systemd, the executable by running it as nobody on a root that it cannot write to.
 */
import { spawn, spawnSync } from "node:child_process";
import { chownSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { parseAllDocuments } from "yaml";
import { freePort } from "../free-port.ts";
import { checkCompose } from "./compose.ts";
import { bringTools, cache } from "./tools.ts";

const root = join(import.meta.dirname, "..", "..");
const chart = join(root, "deploy", "helm", "sluice");
const kubeVersion = "1.34.0";

let passed = 0;
let failed = 0;
const skipped: string[] = [];
const scratch = mkdtempSync(join(tmpdir(), "sluice-deploy-"));

function run(command: string, args: readonly string[], env: Record<string, string> = {}) {
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: "utf8", env: { ...process.env, ...env }, maxBuffer: 1 << 28 });
  return { ok: status === 0, text: `${stdout ?? ""}${stderr ?? ""}`, out: stdout ?? "" };
}

async function check(name: string, work: () => unknown): Promise<void> {
  try {
    await work();
    passed++;
    process.stdout.write(`✓ ${name}\n`);
  } catch (error) {
    failed++;
    process.stdout.write(
      `✗ ${name}\n  ${String((error as Error).message)
        .split("\n")
        .slice(0, 12)
        .join("\n  ")}\n`,
    );
  }
}

function must(condition: boolean, why: string): void {
  if (!condition) throw new Error(why);
}

const variants: Readonly<Record<string, readonly string[]>> = {
  "as it comes": [],
  "with everything switched on": [
    ...["autoscaling.enabled=true", "serviceMonitor.enabled=true", "ingress.enabled=true", "networkPolicy.enabled=true"],
    ...["serviceMonitor.labels.release=prometheus", "environment.SLUICE_LOG=info", "podLabels.team=ai", "persistence.storageClass=fast"],
    ...["environmentFrom[0].secretRef.name=sluice-secrets", "ingress.className=nginx", "config.models.fast=openai/gpt-5-mini"],
  ],
  "without a disk and with one node": ["persistence.enabled=false", "replicas=1", "podDisruptionBudget.enabled=false"],
};

function rendered(settings: readonly string[]): string {
  const { ok, out, text } = run(join(cache, "helm"), [
    ...["template", "trial", chart, "--kube-version", kubeVersion, "--api-versions", "monitoring.coreos.com/v1"],
    ...settings.flatMap((setting) => ["--set", setting]),
  ]);
  must(ok, text);
  return out;
}

function conforms(manifest: string): { readonly ok: boolean; readonly text: string } {
  const file = join(scratch, "manifest.yaml");
  writeFileSync(file, manifest);
  const location = join(cache, "schemas", "{{.ResourceKind}}{{.KindSuffix}}.json");
  return run(join(cache, "kubeconform"), ["-strict", "-summary", "-schema-location", location, file]);
}

async function checkChart(): Promise<void> {
  await check("helm lint --strict finds nothing", () => {
    const { ok, text } = run(join(cache, "helm"), ["lint", "--strict", chart]);
    must(ok, text);
  });
  for (const [name, settings] of Object.entries(variants)) {
    await check(`the chart ${name} is what Kubernetes ${kubeVersion} takes`, () => {
      const { ok, text } = conforms(rendered(settings));
      must(ok && / Valid: [1-9]\d*, Invalid: 0, Errors: 0, Skipped: 0/.test(text), text);
    });
  }
  await check("a field that Kubernetes does not know, and a value of the wrong kind, are found", () => {
    const manifest = rendered([]);
    must(!conforms(manifest.replace("replicas: 2", "replicas: two")).ok, "replicas: two was taken");
    must(!conforms(manifest.replace("periodSeconds: 10", "periodsSeconds: 10")).ok, "periodsSeconds was taken");
  });
  await check("values that the chart does not know are refused", () => {
    const { ok } = run(join(cache, "helm"), ["template", "trial", chart, "--kube-version", kubeVersion, "--set", "replicaCount=3"]);
    must(!ok, "replicaCount was taken");
  });
  await check("the config that the chart writes is one that sluice takes", () => {
    const documents = parseAllDocuments(rendered(["config.providers.demo.type=demo", "config.models.fast=demo/chat"])).map(
      (document) => document.toJS() as { kind?: string; data?: Record<string, string> },
    );
    const config = documents.find(({ kind }) => kind === "ConfigMap")?.data?.["sluice.yaml"] ?? "";
    must(config.includes("fast"), "no config was written");
    const file = join(scratch, "sluice.yaml");
    writeFileSync(file, config);
    const { ok, text } = run(process.execPath, [join(root, "src/server/main.ts"), "check", file]);
    must(ok, text);
  });
}

const adminKey = "sk-sluice-admin-0123456789abcdef0123456789abcdef0123456789";

async function checkExecutable(): Promise<void> {
  const executable = join(scratch, "sluice");
  await check("npm run build makes one file", () => {
    const { ok, text } = run("node", [join(root, "scripts/build-executable.mjs"), "--out", executable]);
    must(ok && existsSync(executable), text);
  });
  await check("the executable serves beside nothing else, says how it is, and ends in order", async () => {
    const port = await freePort();
    const folder = mkdtempSync(join(scratch, "alone-"));
    await served(executable, [], folder, join(folder, "data"), port, async (url) => {
      const answer = await fetch(`${url}/v1/chat/completions`, {
        method: "POST",
        headers: { authorization: "Bearer sk-unknown" },
        body: "{}",
      });
      must(answer.status === 401, `a stranger got ${answer.status}`);
      must((await fetch(`${url}/metrics`)).ok && (await fetch(`${url}/docs`)).ok, "metrics or docs are not there");
      must(run(executable, ["health", "--ready", "--url", url]).ok, "health does not say yes");
    });
    must(!run(executable, ["health", "--url", `http://127.0.0.1:${port}`]).ok, "health says yes of nobody");
  });
  await check("the executable starts sooner than the source", async () => {
    const [source, built] = [[] as number[], [] as number[]];
    for (let turn = 0; turn < 4; turn++) {
      source.push(await startMs(process.execPath, [join(root, "src/server/main.ts")]));
      built.push(await startMs(executable, []));
    }
    const [slow, quick] = [Math.min(...source), Math.min(...built)];
    must(quick < 0.8 * slow, `${quick.toFixed(0)} ms, and ${slow.toFixed(0)} from source`);
  });
  await check("the executable takes neither code nor variables from the folder that it is started in", () => {
    const folder = plantedFolder();
    const { ok, text } = run("sh", ["-c", 'cd "$0" && exec "$1" check planted.yaml', folder, executable]);
    must(!ok && text.includes("PLANTED is not set") && !text.includes("planted code"), text);
  });
  await check("an error that nobody foresaw is told with files and lines of the source", () => {
    const file = join(scratch, "broken.mjs");
    writeFileSync(file, 'URL.canParse = () => { throw new Error("made to fail"); };');
    const { ok, text } = run(executable, ["models"], { BUN_OPTIONS: `--preload ${file}` });
    must(!ok && /^ +at resolveConfig \(\S*src\/config\/resolving\/resolve\.ts:\d+:\d+\)$/m.test(text), text);
  });
  const libraries = run("ldd", [executable]).out.match(/\/\S+(?= \()/g) ?? [];
  if (process.getuid?.() !== 0 || Bun.which("unshare") === null || libraries.length === 0) {
    skipped.push("a root of the C library and the executable alone: needs root, unshare and ldd");
    return;
  }
  await check("as user 65532 on a root of the C library alone, where only /data can be written, it serves", async () => {
    const jail = mkdtempSync(join(scratch, "jail-"));
    for (const file of libraries) {
      mkdirSync(join(jail, dirname(file)), { recursive: true });
      copyFileSync(file, join(jail, file));
    }
    copyFileSync(executable, join(jail, "sluice"));
    mkdirSync(join(jail, "data"));
    chownSync(join(jail, "data"), 65532, 65532);
    spawnSync("chmod", ["755", jail, join(jail, "sluice"), scratch]);
    const port = await freePort();
    for (const name of ["proc", "dev"]) mkdirSync(join(jail, name));
    // What every container has.
    const mounts = `mount --rbind /proc ${jail}/proc && mount --rbind /dev ${jail}/dev`;
    const inside = `${mounts} && exec chroot --userspec=65532:65532 ${jail} /sluice "$@"`;
    await served("unshare", ["--mount", "sh", "-c", inside, "sh"], jail, "/data", port, async (url) => {
      must((await fetch(`${url}/readyz`)).ok, "it is not ready");
      const keys = await fetch(`${url}/admin/v1/keys`, { headers: { authorization: `Bearer ${adminKey}` } });
      must(keys.ok, `the admin key got ${keys.status}`);
    });
  });
}

/** A config whose variable is only in a `.env` beside it, and a `bunfig.toml` that names code. */
function plantedFolder(): string {
  const folder = mkdtempSync(join(scratch, "planted-"));
  // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the config's own syntax
  writeFileSync(join(folder, "planted.yaml"), 'providers:\n  one: { type: openai, apiKey: "${PLANTED}" }\n');
  writeFileSync(join(folder, ".env"), "PLANTED=sk-planted\n");
  writeFileSync(join(folder, "bunfig.toml"), 'preload = ["./planted.js"]\n');
  writeFileSync(join(folder, "planted.js"), 'console.log("planted code");\n');
  return folder;
}

/** From its spawn until it serves. */
async function startMs(command: string, before: readonly string[]): Promise<number> {
  const port = await freePort();
  const folder = mkdtempSync(join(scratch, "start-"));
  const begun = performance.now();
  let ms = Number.POSITIVE_INFINITY;
  await served(command, before, folder, join(folder, "data"), port, async () => {
    ms = performance.now() - begun;
  });
  return ms;
}

async function served(
  command: string,
  before: readonly string[],
  cwd: string,
  data: string,
  port: number,
  work: (url: string) => Promise<void>,
): Promise<void> {
  const child = spawn(command, [...before, "serve", "--host", "0.0.0.0", "--port", String(port), "--data", data], {
    cwd,
    env: { PATH: process.env.PATH, SLUICE_ADMIN_KEY: adminKey },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  child.stdout.on("data", (chunk) => (said += chunk));
  child.stderr.on("data", (chunk) => (said += chunk));
  const ended = new Promise<number | null>((resolve) => child.once("exit", resolve));
  const url = `http://127.0.0.1:${port}`;
  try {
    for (let tries = 0; ; tries++) {
      if (child.exitCode !== null || tries > 1_000) throw new Error(`it does not serve: ${said}`);
      if (
        await fetch(`${url}/healthz`).then(
          ({ ok }) => ok,
          () => false,
        )
      )
        break;
      await Bun.sleep(10);
    }
    await work(url);
  } finally {
    child.kill("SIGTERM");
  }
  const code = await ended;
  must(code === 0, `it ended with ${code}: ${said}`);
}

async function checkUnit(): Promise<void> {
  if (Bun.which("systemd-analyze") === null) {
    skipped.push("the systemd unit: systemd-analyze is not here");
    return;
  }
  await check("systemd takes the unit, and finds it well closed", () => {
    const unit = readFileSync(join(root, "deploy/systemd/sluice.service"), "utf8");
    const file = join(scratch, "sluice.service");
    writeFileSync(file, unit.replace("/usr/local/bin/sluice serve", "/bin/true serve"));
    const { text } = run("systemd-analyze", ["verify", file]);
    must(text.trim() === "", text);
    const exposure = Number(
      /overall exposure level for \S+: ([\d.]+)/i.exec(run("systemd-analyze", ["security", "--offline=true", file]).text)?.[1],
    );
    must(exposure < 2, `its exposure is ${exposure} of 10`);
  });
}

await checkCompose(root, check, (reason) => skipped.push(reason));
const missing = bringTools();
if (missing === undefined) await checkChart();
else skipped.push(`the Helm chart: ${missing}`);
await checkExecutable();
await checkUnit();
rmSync(scratch, { recursive: true, force: true });
for (const reason of skipped) process.stdout.write(`skipped: ${reason}\n`);
process.stdout.write(`${passed} passed, ${failed} failed, ${skipped.length} skipped\n`);
process.exit(failed > 0 ? 1 : 0);
