import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { commands } from "../../src/server/cli/commands.ts";
import { inParallel, sleep } from "../faults/promise.ts";
import { type Landscape, type Printed, sluice } from "./landscape.ts";
import { marker } from "./planted-config.ts";

/** Those that do not end by themselves, or that have steps of their own below. */
const apart = new Set(["serve", "login", "logout", "backup", "restore", "vault put", "vault rotate"]);

/** Every command that there is, as text and as JSON; with what is right, and with what is not. @returns how many were run */
export async function tourCommands(land: Landscape): Promise<number> {
  const { canaries, env, folder, shown, url } = land;
  const data = join(folder, "data");
  const place = join(folder, "sluice.json");
  const git = join(folder, "git");
  mkdirSync(git);
  const late = { type: "openai-compatible", baseUrl: "http://127.0.0.1:9/v1", apiKey: `\${vault:canary-by-api}` };
  writeFileSync(join(git, "good.json"), JSON.stringify({ providers: { [`late-${marker}`]: late } }));
  const literal = canaries.make("literal key in a file that is applied");
  writeFileSync(join(folder, "literal.json"), JSON.stringify({ providers: { literal: { ...late, apiKey: literal } } }));
  let count = 0;
  const run = async (words: readonly string[], { input = "", extra = {} }: { input?: string; extra?: Record<string, string> } = {}) => {
    count++;
    const told = await sluice(words, { ...env, ...extra }, input);
    note(land, words, told);
    return told;
  };
  const known: Record<string, string> = { FILE: place, PATH: git, MONTH: "2026-10", VERSION: "0", NAME: `cli-${marker}` };
  const lines = commands
    .filter(({ name }) => !apart.has(name))
    .flatMap(({ name, arguments: all, flags }) => {
      const has = (flag: string) => flags.some((each) => each.name === flag);
      const words = [
        ...name.split(" "),
        ...all.map(({ name: each }) => known[each] ?? "nothing-there"),
        ...(has("config") ? ["--config", place] : []),
        ...(has("data") ? ["--data", data] : []),
        ...(has("url") ? ["--url", url] : []),
        ...(has("dry-run") ? ["--dry-run"] : []),
      ];
      return [words, ...(has("json") ? [[...words, "--json"]] : [])];
    });
  await inParallel(lines, 3, async (words) => void (await run(words)));
  const operator = ["--url", url];
  await run(["plan", join(folder, "literal.json"), ...operator]);
  await run(["apply", join(folder, "literal.json"), ...operator]);
  await run(["export", ...operator], { extra: { SLUICE_ADMIN_KEY: `sk-sluice-admin-${canaries.make("admin key that is wrong")}` } });
  await run(["login", "--admin-key", ...operator]);
  await run(["whoami", ...operator, "--json"]);
  const kept = JSON.parse(readFileSync(join(folder, "home", "sluice", "logins.json"), "utf8")) as {
    logins: Record<string, { token: string }>;
  };
  canaries.add("token that a command keeps", (kept.logins[url] as { token: string }).token.slice(16));
  await run(["versions", ...operator, "--json"], { extra: { SLUICE_ADMIN_KEY: "" } });
  await run(["logout", ...operator]);
  const input = canaries.make("credential by a command");
  await run(["vault", "put", "canary-by-command", "--data", data], { input });
  await run(["vault", "put", "canary-by-command", "--data", data, "--json"], { input });
  await run(["vault", "rotate", "canary-by-command", "--data", data], { input: canaries.make("credential that a command rotates") });
  await run(["vault", "put", "../wrong/name", "--data", data], { input });
  const made = await sluice(["keys", "create", "by-command", "--data", data, "--json"], env);
  canaries.add("key that a command made", (JSON.parse(made.out) as { key: string }).key);
  shown.note("commands, as JSON", "keys create", made.out + made.err, ["key that a command made"]);

  // A config that is wrong in many places is read anew; the old one keeps serving.
  const good = readFileSync(place, "utf8");
  for (const wrong of [wrongConfig(land), `${good.slice(0, -3)},,`, good.replace('"providers"', '"provider"')]) {
    writeFileSync(place, wrong);
    await sleep(300);
    for (const words of [["check"], ["check", "--json"], ["doctor"], ["models"]]) await run([...words, "--config", place]);
    await run(["serve", "--port", "0", "--config", place, "--data", join(folder, "elsewhere")]);
  }
  writeFileSync(place, good);
  await sleep(300);

  const file = join(folder, "backup.tar");
  const saved = await run(["backup", file, "--data", data, "--json"]);
  if (saved.code !== 0) throw new Error(saved.out + saved.err);
  const unpacked = join(folder, "unpacked");
  mkdirSync(unpacked);
  const { status } = spawnSync("tar", ["-xf", file, "-C", unpacked]);
  if (status !== 0) throw new Error("The backup is no archive.");
  // What the folder's own keys are is in it, as its page says.
  shown.noteFolder("backup", unpacked, ["secrets"]);
  await run(["restore", file, "--data", data]);
  await run(["restore", file, "--data", join(folder, "restored"), "--json"]);
  return count;
}

function note({ shown }: Landscape, words: readonly string[], { out, err, code }: Printed): void {
  const where = `sluice ${words.slice(0, 2).join(" ")} (${code})`;
  const [kind] = words;
  if (words[0] === "audit" && words[1] === "export") shown.note("audit lines", where, out + err);
  else if (kind === "export") shown.note("exported config", where, out + err);
  else if (kind === "serve") shown.note("ends of processes", where, out + err);
  else shown.note(words.includes("--json") ? "commands, as JSON" : "commands", where, out + err);
}

/** A secret at every place where a config may have none, or where it is written wrongly. */
export function wrongConfig({ canaries }: Pick<Landscape, "canaries">): string {
  let turn = 0;
  const make = (name: string): string => {
    for (;;) {
      const full = turn === 0 ? name : `${name}, ${turn}`;
      turn++;
      if (!canaries.names.includes(full)) return canaries.make(full);
    }
  };
  return JSON.stringify({
    providers: {
      [marker]: { type: "nothing", apiKey: { key: make("key in the wrong place") }, apikey: make("key under a wrong name") },
      nobody: { apiKey: make("key of an unknown provider") },
      url: {
        type: "openai-compatible",
        baseUrl: `ftp://user:${make("password in an address")}@127.0.0.1/`,
        headers: [make("header in a list")],
      },
    },
    keys: [{ name: "short", value: make("key of a bad entry"), scope: "x" }, make("key without a name")],
    stores: {
      counters: `mysql://user:${make("password of a database")}@127.0.0.1/x`,
      records: `mysql://user:${make("password of the records' database")}@127.0.0.1/x?key=${make("key behind an address")}`,
      bodies: {
        s3: { bucket: "b", accessKeyId: "AKIA", secretAccessKey: `${make("key of the bucket that is too long")}${"x".repeat(260)}` },
      },
    },
    alerts: {
      targets: {
        hook: { webhook: { url: `ftp://${make("address of a webhook")}`, secret: [make("secret of a webhook in a list")] } },
        desk: { mail: { host: 7, password: { is: make("password of the mail in a group") } } },
      },
    },
    login: {
      openid: { issuer: 7, clientSecret: [make("client secret in a list")], clientsecret: make("client secret under a wrong name") },
    },
    secrets: { hashi: { type: "hashicorp-vault", address: 7, auth: { method: "token", tokens: make("token under a wrong name") } } },
  });
}
