import { runCommandLine } from "./cli/command-line/run-command-line.ts";
import { commands } from "./cli/commands.ts";

// A reader that left (`sluice models | head`) is no failure.
process.stdout.on("error", (error) => {
  if ("code" in error && error.code === "EPIPE") process.exit(0);
  throw error;
});

const code = await runCommandLine(process.argv.slice(2), commands, {
  environment: process.env,
  folder: process.cwd(),
  read: async () => (await import("node:stream/consumers")).text(process.stdin),
  write: (text) => process.stdout.write(text),
  writeError: (text) => process.stderr.write(text),
  async readLine(prompt) {
    const { createInterface } = await import("node:readline/promises");
    const lines = createInterface({ input: process.stdin, output: process.stderr, terminal: false });
    process.stderr.write(prompt);
    try {
      for await (const line of lines) return line;
      return "";
    } finally {
      lines.close();
    }
  },
});

process.exitCode = code;
// What still hangs on a socket or a timer by then holds nothing that anyone waits for.
setTimeout(() => process.exit(code), 1000).unref();
