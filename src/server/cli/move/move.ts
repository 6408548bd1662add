import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { ConfigError, loadStores } from "../../../config/index.ts";
import { Fault } from "../../../exchange/index.ts";
import { AuditLog } from "../../../insight/index.ts";
import { isStandingCounter } from "../../../policies/index.ts";
import {
  openAlone,
  openPartMove,
  type PartMove,
  readMoved,
  type SqliteDatabase,
  type StorePart,
  storeParts,
  writeMoved,
} from "../../../storage/index.ts";
import { audited, commandLineActor } from "../audit/audited.ts";
import { CommandError, type Invocation, type Run } from "../command-line/command.ts";
import { configPathOf, dataFolderOf, withData } from "../places.ts";
import { type MoveSecrets, openMoveSecrets } from "./move-secrets.ts";
import { type MovedPart, tellDryRun, tellMoved, tellProgress } from "./tell-move.ts";

const operation = "installation.move";

/** `sluice move`: what is in a data folder goes to the servers that the config names. */
export const move: Run = async (invocation) => {
  const folder = dataFolderOf(invocation);
  const urls = await wantedServers(invocation);
  const sources = await openSources(folder, [...urls.keys()]);
  const open: { close(): void }[] = [...sources.values()];
  try {
    const control = sources.get("control");
    const secrets = control && openMoveSecrets(invocation, folder, control);
    if (secrets) open.push(secrets);
    if (urls.has("control")) await secrets?.refuseLocked();
    const parts: PartMove[] = [];
    // Control last: without it, nobody takes what is not whole for the installation.
    for (const part of ["records", "counters", "control"] as const) {
      const [source, url] = [sources.get(part), urls.get(part)];
      if (source === undefined || url === undefined) continue;
      const opened = await openPart(invocation, folder, part, source, url, secrets);
      open.push(opened);
      parts.push(opened);
    }
    return await moveAll(invocation, folder, parts, secrets);
  } finally {
    for (const each of open.toReversed()) each.close();
  }
};

/** The servers that the config names, by what goes there. @throws CommandError where it names none */
async function wantedServers(invocation: Invocation): Promise<ReadonlyMap<StorePart, string>> {
  const { flags, terminal } = invocation;
  const only = flags
    .text("only")
    ?.split(",")
    .map((part) => part.trim());
  const odd = only?.find((part) => !(storeParts as readonly string[]).includes(part));
  if (odd !== undefined) throw new CommandError(`There is no part ${JSON.stringify(odd)}.`, `Choose of ${storeParts.join(", ")}.`);
  const stores = await loadStores(configPathOf(invocation), terminal.environment, ...storeParts).catch((error) => {
    if (error instanceof ConfigError) throw new CommandError(`The config has errors.\n\n${error.message}`, "", error.issues);
    throw error;
  });
  const wanted = storeParts.filter((part) => stores[part].reveal().includes("://") && (only?.includes(part) ?? true));
  if (wanted.length === 0)
    throw new CommandError(
      "The config names no server to move to.",
      "Name one in `stores`: control (postgres://…), records (postgres://…), counters (redis://… or postgres://…).",
    );
  return new Map(wanted.map((part) => [part, stores[part].reveal()]));
}

/** Those that are there. Nobody else has them open until they are closed. */
async function openSources(folder: string, wanted: readonly StorePart[]): Promise<ReadonlyMap<StorePart, SqliteDatabase>> {
  const sources = new Map<StorePart, SqliteDatabase>();
  try {
    // Control in the folder takes the lines of the audit log, whatever is moved.
    for (const part of new Set<StorePart>(["control", ...wanted])) {
      const source = existsSync(folder) ? await openAlone(folder, part) : undefined;
      if (source) sources.set(part, source);
    }
  } catch (error) {
    for (const source of sources.values()) source.close();
    throw error;
  }
  if (wanted.some((part) => sources.has(part))) return sources;
  for (const source of sources.values()) source.close();
  throw new CommandError(
    `There is nothing to move in ${folder}: it holds no ${wanted.map((part) => `${part}.db`).join(", ")}.`,
    "Name the gateway's data folder with --data FOLDER.",
  );
}

function openPart(
  invocation: Invocation,
  folder: string,
  part: StorePart,
  source: SqliteDatabase,
  url: string,
  secrets: MoveSecrets | undefined,
): Promise<PartMove> {
  return openPartMove(part, {
    folder,
    source,
    url,
    isStanding: isStandingCounter,
    async finish(control) {
      const keys = await secrets?.takeOver(control);
      if (keys === undefined) return;
      const log = new AuditLog({ store: control.audit, ...keys.auditKey(), now: Date.now });
      await log.append({ actor: commandLineActor(), operation, body: { parts: ["control"] }, outcome: "done" });
    },
    warn: (message) => invocation.terminal.writeError(`sluice: ${message}\n`),
    progress: (done, of) => tellProgress(invocation, done, of),
  });
}

async function moveAll(
  invocation: Invocation,
  folder: string,
  parts: readonly PartMove[],
  secrets: MoveSecrets | undefined,
): Promise<number> {
  const known = readMoved(folder);
  const states: MovedPart[] = [];
  for (const each of parts) {
    const { part } = each;
    const mark = await each.look(known?.id);
    if (mark === undefined && known?.parts[part]?.doneAt !== undefined) throw movedElsewhere(folder, part, known.parts[part].doneAt);
    states.push({ part, counts: mark?.counts ?? each.count(), state: mark === undefined ? "new" : mark.counts ? "done" : "begun" });
  }
  if (invocation.flags.is("dry-run")) return tellDryRun(invocation, states);
  const left = parts.filter((_, at) => states[at]?.state !== "done");
  if (left.length === 0) {
    await secrets?.noteDone(operation);
    return tellMoved(invocation, folder, states);
  }
  const times = { ...known?.parts };
  const note = () => writeMoved(folder, { id, parts: times });
  const id = known?.id ?? `move_${randomBytes(9).toString("base64url")}`;
  const now = () => new Date().toISOString();
  for (const { part } of left) times[part] ??= { begunAt: now() };
  const work = async () => {
    note();
    for (const each of left) {
      const { part } = each;
      const counts = await each.move(id).catch((error) => brokenOff(error));
      times[part] = { begunAt: now(), ...times[part], doneAt: now() };
      note();
      states[parts.indexOf(each)] = { part, counts, state: "moved" };
    }
  };
  const act = { operation, body: { parts: left.map(({ part }) => part) } };
  // Control that was moved before takes no lines any more.
  if (secrets && known?.parts.control?.doneAt === undefined) await audited(secrets.place, act, work);
  else await withData(invocation, (data) => audited(data, act, work));
  return tellMoved(invocation, folder, states);
}

function movedElsewhere(folder: string, part: StorePart, doneAt: string): CommandError {
  return new CommandError(
    `${part}.db in ${folder} was moved to another server (${doneAt}), which has what has happened since; it is not moved twice.`,
    "Take it from that server to this one by the server's own means: pg_dump --schema=sluice, or Redis's.",
  );
}

/** What was done is marked on both sides. */
function brokenOff(error: unknown): never {
  const { message, cause } = Fault.from(error);
  const { errno, code } = (cause ?? {}) as { errno?: unknown; code?: unknown };
  // Of a statement that is refused, the server's own words may hold what it was about.
  const reason = [errno, code].find((each) => typeof each === "string");
  throw new CommandError(
    `The move was broken off. ${message}${reason === undefined ? "" : ` What it said: ${reason}.`}`,
    "Nothing is lost, and nothing is there twice: run it again. To go on in the folder as before instead, remove its moved.json and start the gateway with the config of before; empty the servers before another move then.",
  );
}
