import { formatPath } from "../../../config/index.ts";
import { CommandError, type Invocation, type Run } from "../command-line/command.ts";
import { jsonLine } from "../places.ts";
import type { Remote, RemoteAnswer } from "../remote/remote.ts";
import { askOperator, operatorOf } from "./operator.ts";
import { changeLines, countChanges, type LeftOut, leftOutLines, type PrintedChange } from "./print-changes.ts";
import { type ReadFiles, readFiles } from "./read-files.ts";

interface Plan {
  readonly version: number;
  readonly applied: boolean;
  readonly changes: readonly PrintedChange[];
  readonly inFile: readonly { readonly kind: string; readonly name: string }[];
  readonly notInDocument: readonly { readonly kind: string; readonly name: string }[];
  readonly leftOut: readonly LeftOut[];
}

/** `sluice plan`. */
export const plan: Run = async (invocation) => {
  const { flags, terminal } = invocation;
  const remote = operatorOf(invocation);
  const { body } = await sent(invocation, remote, readFiles(invocation.arguments[0]!, terminal.folder), true);
  const planned = body as Plan;
  if (flags.is("json")) terminal.write(jsonLine({ url: remote.url, ...planned }));
  else
    terminal.write(
      `${planLines(planned)}${planned.changes.length === 0 ? "Nothing to change." : `Plan: ${countChanges(planned.changes, false)}.`}\n`,
    );
  return flags.is("detailed-exitcode") && planned.changes.length > 0 ? 2 : 0;
};

/** `sluice apply`: what it shows is what it does, or nothing is done. */
export const apply: Run = async (invocation) => {
  const { flags, terminal } = invocation;
  const remote = operatorOf(invocation);
  const files = readFiles(invocation.arguments[0]!, terminal.folder);
  const planned = await sent(invocation, remote, files, true);
  let result = planned.body as Plan;
  if (result.changes.length > 0) result = (await sent(invocation, remote, files, false, planned.etag)).body as Plan;
  if (flags.is("json")) terminal.write(jsonLine({ url: remote.url, ...result }));
  else if (result.applied)
    terminal.write(`${planLines(result)}Applied as version ${result.version} (${countChanges(result.changes, true)}).\n`);
  else terminal.write(`${planLines(result)}Nothing to change: version ${result.version} is as the files say.\n`);
  return 0;
};

/** What the gateway finds wrong is told by the file and line that it stands in. @throws CommandError */
async function sent({ flags }: Invocation, remote: Remote, files: ReadFiles, dryRun: boolean, etag?: string): Promise<RemoteAnswer> {
  const owner = flags.text("owner");
  const reason = flags.text("reason");
  const request = {
    objects: files.document,
    prune: flags.is("prune"),
    adopt: flags.is("adopt"),
    ...(owner !== undefined && { owner }),
    ...(reason !== undefined && { reason }),
  };
  try {
    return await askOperator(remote, "POST", `/config/apply?dryRun=${dryRun}`, request, etag === undefined ? {} : { "if-match": etag });
  } catch (error) {
    throw error instanceof CommandError ? placed(error, files) : error;
  }
}

function placed(error: CommandError, { placeOf }: ReadFiles): CommandError {
  const errors = (error.details as { errors?: unknown } | undefined)?.errors;
  if (!Array.isArray(errors) || errors.length === 0) return error;
  const told = (errors as { path: string; message: string }[]).map(({ path, message }) => ({
    place: placeOf(path) ?? "on the gateway",
    path: path.replace(/^objects\./, ""),
    message,
  }));
  const lines = told.map(({ place, path, message }) => `${place}  ${path}: ${message}`).join("\n");
  return new CommandError(`The gateway refused, and nothing was changed.\n\n${lines}`, error.next, told);
}

function planLines({ changes, inFile, notInDocument, leftOut }: Plan): string {
  const removed = new Set(changes.filter(({ action }) => action === "remove").map((change) => nameOf(change)));
  const left = notInDocument.map(nameOf).filter((name) => !removed.has(name));
  const parts = [
    changes.length === 0 ? "" : `${changeLines(changes)}\n`,
    inFile.length === 0 ? "" : `Left as the gateway's own file has it: ${inFile.map(nameOf).join(", ")}.`,
    left.length === 0 ? "" : `Not in the files, and left (--prune removes it): ${left.join(", ")}.`,
    ...leftOutLines(leftOut),
  ].filter(Boolean);
  return parts.length === 0 ? "" : `${parts.join("\n")}\n`;
}

function nameOf({ kind, name }: { readonly kind: string; readonly name: string }): string {
  return formatPath([kind, name]);
}
