import { ConfigError } from "../../../config/index.ts";
import { CommandError } from "../command-line/command.ts";
import { systemError } from "./system-error.ts";

/** Why the gateway could not start, in words that tell what to do next. What nobody has foreseen comes back as it is. */
export function startError(error: unknown, port: number | undefined): unknown {
  if (error instanceof ConfigError)
    return new CommandError(`The config has errors, so nothing was started.\n\n${error.message}`, "", error.issues);
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "EADDRINUSE") {
    return new CommandError(
      `The port ${port ?? portIn(error) ?? "of the config's `listen`"} is taken by another program, perhaps by a gateway that runs already.`,
      "Choose another with --port (`npm start -- --port 8788`) or `listen` in the config, or take a free one with --port 0.",
    );
  }
  const known = systemError(error);
  if (known !== undefined) return known;
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
