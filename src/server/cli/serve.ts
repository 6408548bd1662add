import { ConfigError } from "../../config/index.ts";
import type { RunningServer } from "../running-server.ts";
import { banner } from "./banner.ts";
import { CommandError, type Run } from "./command.ts";
import { configPathOf, dataFolderOf, jsonLine } from "./places.ts";

/** A signal to a whole process group comes again from the launcher in between: such an echo is not a second wish. */
const echoMs = 1000;

/** `sluice serve`: ends when the gateway was told to stop and has drained. */
export const serve: Run = async (invocation) => {
  const { flags, terminal } = invocation;
  const configPath = configPathOf(invocation);
  const dataFolder = dataFolderOf(invocation);
  const port = flags.whole("port");
  const host = flags.text("host");
  if (port !== undefined && port > 65_535)
    throw new CommandError(`There is no port ${port}.`, "Ports go from 0 to 65535; 0 takes a free one.");
  const { startServer } = await import("../start-server.ts");
  let server: RunningServer;
  try {
    server = await startServer({
      dataDir: dataFolder,
      env: terminal.environment,
      ...(configPath !== undefined && { configPath }),
      ...(port !== undefined && { port }),
      ...(host !== undefined && { host }),
    });
  } catch (error) {
    throw startError(error, port);
  }
  if (flags.is("json")) terminal.write(jsonLine({ url: server.url, providers: server.providers ?? [], firstKeys: server.firstKeys }));
  else terminal.write(banner({ server, configPath, dataFolder, adminKeyGiven: Boolean(terminal.environment.SLUICE_ADMIN_KEY) }));
  await stopSignal(terminal.writeError, server);
  return 0;
};

/** A hangup looks at the config and its secrets anew. Resolves when the gateway has drained after a first signal; a second signal ends the process at once. */
function stopSignal(say: (text: string) => void, server: RunningServer): Promise<void> {
  return new Promise((resolve, reject) => {
    let firstAt: number | undefined;
    const onSignal = () => {
      const now = performance.now();
      if (firstAt === undefined) {
        firstAt = now;
        say("Stopping: running requests may end; press Ctrl-C again to quit at once.\n");
        server.close().then(resolve, reject);
      } else if (now - firstAt > echoMs) process.exit(130);
    };
    process.on("SIGHUP", () => void server.refresh());
    process.on("SIGTERM", onSignal);
    process.on("SIGINT", onSignal);
  });
}

function startError(error: unknown, port: number | undefined): unknown {
  if (error instanceof ConfigError)
    return new CommandError(`The config has errors, so nothing was started.\n\n${error.message}`, "", error.issues);
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "EADDRINUSE") {
    return new CommandError(
      `The port ${port ?? portIn(error) ?? "of the config's `listen`"} is taken by another program, perhaps by a gateway that runs already.`,
      "Choose another with --port (`npm start -- --port 8788`) or `listen` in the config, or take a free one with --port 0.",
    );
  }
  if (error instanceof Error && "syscall" in error && (error.syscall === "mkdir" || error.syscall === "open")) {
    return new CommandError(
      `The data folder cannot be written: ${error.message}.`,
      "Choose another with --data FOLDER, or mend its permissions.",
    );
  }
  if (code === "EACCES" || code === "EPERM") {
    return new CommandError(`The port ${port ?? ""} may not be used by this user.`, "Choose a port from 1024 on with --port.");
  }
  if (code === "EADDRNOTAVAIL" || code === "ENOTFOUND") {
    return new CommandError(
      "The address to listen on does not belong to this machine.",
      "Use --host 127.0.0.1, or 0.0.0.0 for every address.",
    );
  }
  return error;
}

/** Runtimes name the port in a field of the error, or only in its words. */
function portIn(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  if ("port" in error && typeof error.port === "number") return String(error.port);
  return /port (\d+)/i.exec(error.message)?.[1];
}
