import { spawn } from "node:child_process";
import { generateKeyPairSync, type KeyObject, randomBytes } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { SMTPServer } from "smtp-server";
import { clientKey, type GatewayProcess, makeFolder, removeFolder, startGateway } from "../faults/gateway-process.ts";
import { clientSecret, type OpenIdServer, startOpenIdServer } from "../login/openid-server.ts";
import { rootToken, startVault } from "../secrets/vault-stand-in.ts";
import { startFaultUpstream } from "../upstreams/fault-upstream.ts";
import { Canaries } from "./canaries.ts";
import { startEchoUpstream } from "./echo-upstream.ts";
import { configOf, marker } from "./planted-config.ts";
import { Shown } from "./shown.ts";
import { openTap } from "./tap.ts";

export const root = join(import.meta.dir, "../..");

export interface Landscape {
  readonly canaries: Canaries;
  readonly shown: Shown;
  readonly folder: string;
  readonly url: string;
  readonly port: number;
  readonly gateway: GatewayProcess;
  readonly openid: OpenIdServer;
  /** What the gateway's process and its commands get. */
  readonly env: Readonly<Record<string, string>>;
  readonly adminKey: string;
  readonly virtualKey: string;
  /** A key of the config whose limit tells of itself. */
  readonly limitedKey: string;
  /** Ends the gateway hard and starts another on the same folder. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

export interface Printed {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** `sluice` in a process of its own. */
export function sluice(words: readonly string[], env: Readonly<Record<string, string | undefined>>, input = ""): Promise<Printed> {
  const child = spawn(process.execPath, ["src/server/main.ts", ...words], { cwd: root, env: { ...process.env, ...env } });
  const told = { out: "", err: "" };
  child.stdout.on("data", (data: Buffer) => {
    told.out += data.toString();
  });
  child.stderr.on("data", (data: Buffer) => {
    told.err += data.toString();
  });
  child.stdin.on("error", () => undefined);
  child.stdin.end(input);
  const timer = setTimeout(() => child.kill("SIGTERM"), 30_000);
  return new Promise((resolve) =>
    child.on("close", (code) => {
      clearTimeout(timer);
      resolve({ code, ...told });
    }),
  );
}

/**
 * A gateway with a secret in every slot of its config, and everybody whom it speaks to, with an ear at each of their doors.
 * @param storesElsewhere makes what stands as `stores` in the config. Default: everything is kept in the folder
 */
export async function openLandscape(
  storesElsewhere?: (canaries: Canaries) => Promise<Readonly<Record<string, string>>>,
): Promise<Landscape> {
  const canaries = new Canaries();
  const shown = new Shown();
  const folder = makeFolder();
  const adminKey = `sk-sluice-admin-${canaries.make("admin key")}`;
  const masterKey = randomBytes(32).toString("base64");
  canaries.add("master key", masterKey.slice(0, 40));
  canaries.add("virtual key of the suites", clientKey);
  canaries.add("client secret of the log-in", clientSecret);
  canaries.add("token of the store of secrets", rootToken);
  const stores = await storesElsewhere?.(canaries);
  // Commands find in it where the data is.
  if (stores) writeFileSync(join(folder, "sluice.json"), JSON.stringify({ providers: { demo: {} }, stores }));
  const env = {
    ...(stores && { SLUICE_CONFIG: join(folder, "sluice.json") }),
    SLUICE_ADMIN_KEY: adminKey,
    SLUICE_MASTER_KEY: masterKey,
    SLUICE_LOG: "debug",
    CANARY_KEY: canaries.make("key from the environment"),
    XDG_CONFIG_HOME: join(folder, "home"),
  };
  plantOwnFiles(canaries, join(folder, "data", "secrets"));

  const faults = await startFaultUpstream();
  const echo = await startEchoUpstream();
  const vault = startVault();
  vault.put("secret/data/openai", { apiKey: canaries.make("key in a store of secrets") });
  const openid = await startOpenIdServer();
  openid.people.set("ann", { email: `${marker}@example.com`, groups: ["platform"] });
  openid.people.set("eve", { email: "eve@example.com", groups: ["strangers"] });
  const post = await startPost();
  const taps = {
    faults: await openTap(faults.port),
    echo: await openTap(portOf(echo.url)),
    vault: await openTap(portOf(vault.url)),
    hook: await openTap(
      (got, socket) => void socket.end(`HTTP/1.1 400 No\r\ncontent-length: 9\r\nconnection: close\r\n\r\n${got.subarray(0, 9)}`),
    ),
    mail: await openTap(post.port),
  };
  const sealed = canaries.make("sealed credential");
  const put = await sluice(["vault", "put", "canary-sealed", "--data", join(folder, "data")], env, sealed);
  shown.note("commands", "vault put", put.out + put.err);
  if (put.code !== 0) throw new Error(put.err);

  const virtualKey = `sk-sluice-${canaries.make("virtual key")}`;
  const limitedKey = `sk-sluice-${canaries.make("virtual key with a limit")}`;
  const { config: planted, echoed } = configOf({ canaries, taps, openid, echoUrl: taps.echo.url, virtualKey, limitedKey });
  const config = { ...planted, ...(stores && { stores }) };
  let gateway = await startGateway({ config, env, folder });
  await openid.register(`http://127.0.0.1:${gateway.port}`);
  canaries.add("first virtual key", /"virtual":"([^"]+)"/.exec(gateway.printed())?.[1] as string);
  const first = gateway.pid;
  const heard = (of: GatewayProcess) => {
    shown.note("log", `of process ${of.pid}`, of.log());
    shown.note("printed", `by process ${of.pid}`, of.printed(), of.pid === first ? ["first virtual key"] : []);
  };
  return {
    canaries,
    shown,
    folder,
    get url() {
      return `http://127.0.0.1:${gateway.port}`;
    },
    get port() {
      return gateway.port;
    },
    get gateway() {
      return gateway;
    },
    openid,
    env,
    adminKey,
    virtualKey,
    limitedKey,
    async restart() {
      await gateway.kill();
      heard(gateway);
      gateway = await startGateway({ config, env, folder });
    },
    async close() {
      await gateway.stop();
      heard(gateway);
      shown.note("to providers", "the fault upstream", taps.faults.heard(), [
        "keys of the fault upstream",
        "header of the fault upstream",
        "what somebody asked",
      ]);
      shown.note("to providers", "the upstream that tells", taps.echo.heard(), [
        ...echoed,
        "sealed credential",
        "key in a store of secrets",
      ]);
      shown.note("to stores of secrets", "Vault's stand-in", taps.vault.heard(), ["token of the store of secrets"]);
      shown.note("webhooks", "the target", taps.hook.heard(), ["webhook's URL"]);
      shown.note("mail", "the session", taps.mail.heard(), ["password of the mail server"]);
      shown.note("mail", "the letters", post.letters.join("\n"));
      for (const tap of Object.values(taps)) await tap.close();
      await Promise.all([faults.close(), vault.stop(), openid.close(), post.close()]);
      echo.close();
      removeFolder(folder);
    },
  };
}

/** What the data folder's own secrets are is known before the first start. */
function plantOwnFiles(canaries: Canaries, folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const keep = (name: string, bytes: Buffer | string) => writeFileSync(join(folder, name), bytes, { mode: 0o600 });
  keep("pepper", canaries.add("pepper", randomBytes(32)));
  const pemOf = ({ privateKey }: { readonly privateKey: KeyObject }) => privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  // Before the secret's own letters stand those that say which kind of key it is; behind them may stand the public key.
  const signing = pemOf(generateKeyPairSync("ed25519"));
  keep("audit-key.pem", signing);
  canaries.add("audit-key.pem", (signing.split("\n")[1] as string).slice(24, 60));
  const token = pemOf(generateKeyPairSync("ec", { namedCurve: "P-256" }));
  keep("token-key.pem", token);
  canaries.add("token-key.pem", (token.split("\n")[2] as string).slice(0, 24));
}

/** A real mail server, which refuses whoever does not log in. */
async function startPost() {
  const letters: string[] = [];
  const server = new SMTPServer({
    authOptional: false,
    allowInsecureAuth: true,
    disabledCommands: ["STARTTLS"],
    onAuth: ({ username }, _session, done) => done(null, { user: username ?? "" }),
    onData(stream, _session, done) {
      let text = "";
      stream.on("data", (chunk) => (text += chunk));
      stream.on("end", () => {
        letters.push(text);
        done();
      });
    },
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.server.address() as { port: number };
  return { port, letters, close: () => new Promise<void>((resolve) => server.close(resolve)) };
}

function portOf(url: string): number {
  return Number(new URL(url).port);
}
