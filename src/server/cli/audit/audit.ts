import type { KeyObject } from "node:crypto";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { type AuditFlaw, type AuditLine, AuditLog, type Checkpoint, readCheckpoint, verifyExport } from "../../../insight/index.ts";
import { columns } from "../columns.ts";
import { CommandError, type Invocation, type Run } from "../command-line/command.ts";
import { gatewayOf } from "../elsewhere.ts";
import { askOperator, pagesOf } from "../gitops/operator.ts";
import { jsonLine, type OpenedData, withData, withVault } from "../places.ts";
import type { Remote } from "../remote/remote.ts";

const ordinaryLines = 50;

/** `sluice audit list`: what operators did, newest first. */
export const listAudit: Run = async (invocation) => {
  const { flags, terminal } = invocation;
  const limit = flags.whole("limit") ?? ordinaryLines;
  const gateway = gatewayOf(invocation);
  const lines = gateway
    ? await pagesOf<AuditLine>(gateway, "/audit", limit)
    : await withData(invocation, async (data) => (await logOf(data)).newest(limit));
  if (flags.is("json")) terminal.write(jsonLine({ lines }));
  else if (lines.length === 0) terminal.write("Nothing has been done yet.\n");
  else {
    const rows = lines.map(({ seq, at, actor, operation, outcome, object, fault, changed }) => [
      String(seq),
      at,
      actor.name,
      operation,
      fault === undefined ? outcome : `${outcome} (${fault})`,
      object ?? (changed ? `version ${changed.version}, ${changed.count} changes` : ""),
    ]);
    terminal.write(`${columns([["line", "when", "who", "what", "outcome", "object"], ...rows], [0])}\n`);
  }
  return 0;
};

/** `sluice audit export`: every line and the signed checkpoint of the end, for a second place. */
export const exportAudit: Run = async (invocation) => {
  const gateway = gatewayOf(invocation);
  if (gateway) for await (const line of exportElsewhere(gateway)) invocation.terminal.write(line);
  else
    await withData(invocation, async (data) => {
      for await (const line of (await logOf(data)).export()) invocation.terminal.write(line);
    });
  return 0;
};

async function* exportElsewhere(gateway: Remote): AsyncGenerator<string, void> {
  for (let cursor: string | null = ""; cursor !== null; ) {
    const { body } = await askOperator(gateway, "GET", `/audit/export${cursor === "" ? "" : `?cursor=${encodeURIComponent(cursor)}`}`);
    for (const { seq, hash, line } of body.data) yield jsonLine({ seq, hash, line });
    cursor = body.next;
    if (cursor === null && body.checkpoint) yield jsonLine(body.checkpoint);
  }
}

/** `sluice audit checkpoint`: how far the log goes, signed; a line to be kept where whoever can write here cannot. */
export const auditCheckpoint: Run = async (invocation) => {
  const gateway = gatewayOf(invocation);
  const checkpoint = gateway
    ? (await askOperator(gateway, "GET", "/audit/checkpoint")).body
    : await withData(invocation, async (data) => (await logOf(data)).checkpoint());
  if (!checkpoint) throw new CommandError("The audit log is empty.", "A checkpoint can be made once something was done.");
  invocation.terminal.write(jsonLine(checkpoint));
  return 0;
};

/** `sluice audit verify`. Ends with 1 where the log is not whole. */
export const verifyAudit: Run = async (invocation) => {
  const { flags, terminal } = invocation;
  const file = invocation.arguments[0];
  const gateway = gatewayOf(invocation);
  if (gateway && (file !== undefined || flags.text("checkpoints") !== undefined))
    throw new CommandError(
      "A gateway looks at its own log, not at files of yours.",
      "Look at a file beside the data folder, without --url.",
    );
  const { count, flaws } = gateway
    ? await verifyElsewhere(gateway)
    : file === undefined
      ? await withData(invocation, async (data) => (await logOf(data)).verify(checkpointsOf(invocation)))
      : verifyExport(readBytes(resolve(terminal.folder, file)), await publicKeyOf(invocation));
  if (flags.is("json")) terminal.write(jsonLine({ lines: count, whole: flaws.length === 0, flaws }));
  else if (flaws.length === 0) terminal.write(`The audit log is whole: ${count} lines, each chained to the one before, the end signed.\n`);
  else terminal.write(`The audit log is not whole.\n${flaws.map(flawLine).join("\n")}\n`);
  return flaws.length === 0 ? 0 : 1;
};

async function verifyElsewhere(gateway: Remote): Promise<{ readonly count: number; readonly flaws: readonly AuditFlaw[] }> {
  const { lines, flaws } = (await askOperator(gateway, "GET", "/audit/verification")).body;
  return { count: lines, flaws };
}

function flawLine({ seq, problem }: AuditFlaw): string {
  return `  ${seq === 0 ? "" : `line ${seq}: `}${problem}`;
}

function checkpointsOf({ flags, terminal }: Invocation): readonly Checkpoint[] {
  const file = flags.text("checkpoints");
  if (file === undefined) return [];
  return readBytes(resolve(terminal.folder, file))
    .toString("utf8")
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line, at) => {
      const checkpoint = readCheckpoint(line.trim());
      if (!checkpoint) throw new CommandError(`Line ${at + 1} of ${file} is no checkpoint.`, "`sluice audit checkpoint` prints one.");
      return checkpoint;
    });
}

function readBytes(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new CommandError(`${path} cannot be read: ${(error as Error).message}`, "Name a file that is there.");
  }
}

async function logOf({ control, installationKeys }: OpenedData): Promise<AuditLog> {
  return new AuditLog({ store: control.audit, ...(await installationKeys()).auditKey(), now: Date.now });
}

async function publicKeyOf(invocation: Invocation): Promise<KeyObject> {
  const keys = await withVault(invocation, ({ installationKeys }) => installationKeys());
  return keys.auditKey().publicKey;
}
