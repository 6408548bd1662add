import { isDeepStrictEqual } from "node:util";
import { isOrderedKind, objectsIn, type WrittenObject } from "../../../config/index.ts";
import { CommandError, type Invocation, type Run } from "../command-line/command.ts";
import { jsonLine } from "../places.ts";
import { askOperator, operatorOf } from "./operator.ts";
import { changeLines, type LeftOut, leftOutLines, type PrintedChange } from "./print-changes.ts";
import { readFiles } from "./read-files.ts";

/** `sluice diff`: of two versions, or of what is served and files. */
export const diff: Run = async (invocation) => {
  const { flags, terminal } = invocation;
  const difference = await (flags.whole("from") === undefined ? fromServed(invocation) : fromVersion(invocation, flags.whole("from")!));
  const { changes, leftOut } = difference;
  const notes = leftOutLines(leftOut).map((line) => `${line}\n`);
  if (flags.is("json")) terminal.write(jsonLine(difference));
  else terminal.write(`${changes.length === 0 ? "Nothing differs." : changeLines(changes)}\n${notes.join("")}`);
  return flags.is("detailed-exitcode") && changes.length > 0 ? 2 : 0;
};

interface Difference {
  readonly changes: readonly PrintedChange[];
  /** Of what is served now. */
  readonly leftOut: readonly LeftOut[];
}

async function fromVersion(invocation: Invocation, from: number): Promise<Difference> {
  const remote = operatorOf(invocation);
  const { version, leftOut } = (await askOperator(remote, "GET", "/config")).body;
  const to = invocation.flags.whole("to") ?? version;
  return { changes: (await askOperator(remote, "GET", `/versions/${to}/diff?against=${from}`)).body.changes, leftOut };
}

/** What would have to change on the gateway, whoever made it, for it to be as the files say. */
async function fromServed(invocation: Invocation): Promise<Difference> {
  const path = invocation.arguments[0];
  if (path === undefined)
    throw new CommandError(
      "There is nothing to compare.",
      "Name a file or a folder (`sluice diff PATH`), or versions (`--from 3 --to 5`).",
    );
  const wanted = objectsIn(readFiles(path, invocation.terminal.folder).document);
  const { body } = await askOperator(operatorOf(invocation), "GET", "/config");
  const served = objectsIn(body.document);
  const removed = served.filter((object) => !twinOf(object, wanted)).map((object) => changeOf("remove", object, undefined));
  const others = wanted.flatMap((object) => different(twinOf(object, served), object));
  return { changes: [...removed, ...others, ...moved(served, wanted)], leftOut: body.leftOut };
}

function different(before: WrittenObject | undefined, after: WrittenObject): readonly PrintedChange[] {
  if (!before) return [changeOf("create", undefined, after)];
  return isDeepStrictEqual(before.definition, after.definition) ? [] : [changeOf("change", before, after)];
}

/** Those that both have, where the order counts and is another one. */
function moved(served: readonly WrittenObject[], wanted: readonly WrittenObject[]): readonly PrintedChange[] {
  const order = (own: readonly WrittenObject[], others: readonly WrittenObject[]) =>
    own.filter((object) => isOrderedKind(object.kind) && twinOf(object, others));
  const before = order(served, wanted);
  return order(wanted, served).flatMap((object, place) =>
    before[place]?.name === object.name && before[place]?.kind === object.kind ? [] : [changeOf("move", object, object)],
  );
}

function twinOf({ kind, name }: WrittenObject, others: readonly WrittenObject[]): WrittenObject | undefined {
  return others.find((each) => each.kind === kind && each.name === name);
}

function changeOf(action: PrintedChange["action"], before: WrittenObject | undefined, after: WrittenObject | undefined): PrintedChange {
  const { kind, name } = (before ?? after)!;
  const side = (object: WrittenObject | undefined) => (object ? { definition: object.definition } : null);
  return { kind, name, action, before: side(before), after: side(after) };
}
