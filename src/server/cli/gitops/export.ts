import { stringify } from "yaml";
import type { Run } from "../command-line/command.ts";
import { jsonLine } from "../places.ts";
import { askOperator, operatorOf } from "./operator.ts";

interface Served {
  readonly version: number;
  readonly document: Readonly<Record<string, unknown>>;
  readonly hidden: readonly { readonly path: string; readonly variable: string }[];
  readonly environment: readonly string[];
}

/** `sluice export`. */
export const exportConfig: Run = async (invocation) => {
  const { flags, terminal } = invocation;
  const remote = operatorOf(invocation);
  const served = (await askOperator(remote, "GET", "/config")).body as Served;
  if (flags.is("json")) {
    terminal.write(jsonLine(served));
    return 0;
  }
  const notes = [
    `What ${remote.url} serves, version ${served.version}.`,
    ...served.hidden.map(({ path, variable }) => `Set ${variable}: the secret of ${path} is not in here.`),
    ...(served.environment.length > 0 ? [`From the gateway's environment, and not in here: ${served.environment.join(", ")}.`] : []),
  ];
  const text = Object.keys(served.document).length === 0 ? "{}\n" : stringify(served.document, { lineWidth: 0 });
  terminal.write(`${notes.map((note) => `# ${note.replace(/\p{Cc}/gu, " ")}\n`).join("")}${text}`);
  return 0;
};
