import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";
import { bringComposeReader } from "./tools.ts";

type Check = (name: string, work: () => unknown) => Promise<void>;

interface Service {
  readonly image: string;
  readonly user?: string;
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
  readonly security_opt?: readonly string[];
  readonly healthcheck?: object;
  readonly ports?: readonly string[];
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
}

/** The compose file: there is no container engine here, so what would run is looked at with the tools that would read it. */
export async function checkCompose(root: string, check: Check, skip: (reason: string) => void): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "sluice-compose-"));
  cpSync(join(root, "deploy/compose"), folder, { recursive: true });
  const text = readFileSync(join(folder, "compose.yaml"), "utf8");
  const { services } = parse(text, { merge: true }) as { services: Record<string, Service> };

  const reader = bringComposeReader();
  if (reader === undefined) skip("the compose file: compose-go could not be built");
  else
    await check("the compose file is what the Compose Specification's reader takes, and a key that it does not know is not", () => {
      const read = (name: string) => spawnSync(reader, ["--no-interpolation", name], { cwd: folder, encoding: "utf8" });
      const good = read("compose.yaml");
      must(good.status === 0 && good.stdout.includes("service_healthy"), good.stderr);
      writeFileSync(join(folder, "bad.yaml"), text.replace("healthcheck:", "helthcheck:"));
      must(read("bad.yaml").status !== 0, "helthcheck was taken");
    });

  await check("every container has a version, no root, a root that it cannot write to, no capability, and says how it is", () => {
    must(Object.keys(services).toSorted().join() === "balancer,one,postgres,two,valkey", Object.keys(services).join());
    for (const [name, service] of Object.entries(services)) {
      must(/:[\w.-]*\d+\.\d+[\w.-]*$/.test(service.image), `${name}: ${service.image} has no version`);
      must(service.user !== undefined && !/^(0|root)(:|$)/.test(service.user), `${name} runs as ${service.user}`);
      must(service.read_only === true && service.cap_drop?.join() === "ALL", `${name} may write or do too much`);
      must(service.security_opt?.includes("no-new-privileges:true") === true, `${name} may gain privileges`);
      must(service.healthcheck !== undefined, `${name} does not say how it is`);
      for (const port of service.ports ?? []) must(port.startsWith("127.0.0.1:"), `${name} is open to the world: ${port}`);
      for (const [other, { condition }] of Object.entries(service.depends_on ?? {}))
        must(other in services && condition === "service_healthy", `${name} waits for ${other}`);
    }
  });

  await check("every variable of the compose file is explained, and none is given a value", () => {
    const wanted = new Set([...text.matchAll(/\$\{(\w+)/g)].map(([, name]) => name));
    const lines = readFileSync(join(folder, ".env.example"), "utf8").split("\n");
    const explained = new Set(lines.flatMap((line) => /^(\w+)=$/.exec(line)?.[1] ?? []));
    must([...wanted].toSorted().join() === [...explained].toSorted().join(), `${[...wanted]} and ${[...explained]}`);
    must([...text.matchAll(/\$\{\w+(?!:\?|\w)/g)].length === 0, "a variable may be left out");
  });

  await check("the config of the compose file is one that sluice takes", () => {
    const env = { PATH: process.env.PATH, STORE_URL: "postgres://sluice:p@postgres:5432/sluice", COUNTERS_URL: "redis://:p@valkey:6379" };
    const words = [join(root, "src/server/main.ts"), "check", join(folder, "sluice.yaml")];
    const { status, stdout, stderr } = spawnSync(process.execPath, words, { cwd: folder, env, encoding: "utf8" });
    must(status === 0, `${stdout}${stderr}`);
  });

  if (Bun.which("haproxy") === null) skip("the balancer's config: haproxy is not here");
  else
    await check("the balancer's config is one that HAProxy takes", () => {
      const { status, stderr } = spawnSync("haproxy", ["-c", "-f", join(folder, "haproxy.cfg")], { encoding: "utf8" });
      must(status === 0, stderr);
    });
  rmSync(folder, { recursive: true });
}

function must(condition: boolean, why: string): void {
  if (!condition) throw new Error(why);
}
