import type { RunningServer } from "../running-server.ts";
import { banner } from "./banner.ts";
import { CommandError, type Run } from "./command.ts";
import { startError } from "./errors/start-error.ts";
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
