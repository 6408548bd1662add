import { columns } from "../columns.ts";
import { CommandError, type Run } from "../command-line/command.ts";
import { jsonLine } from "../places.ts";
import { shortTime } from "../times.ts";
import { askOperator, operatorOf } from "./operator.ts";
import { changeLines, type PrintedChange } from "./print-changes.ts";

interface ListedVersion {
  readonly number: number;
  readonly at: string;
  readonly author: { readonly name: string };
  readonly operation: string;
  readonly reason: string | null;
  readonly changes: readonly { readonly kind: string; readonly name: string; readonly action: string }[];
}

/** `sluice versions`. */
export const versions: Run = async (invocation) => {
  const { flags, terminal } = invocation;
  const limit = Math.min(200, Math.max(1, flags.whole("limit") ?? 20));
  const { data } = (await askOperator(operatorOf(invocation), "GET", `/versions?limit=${limit}`)).body as { data: ListedVersion[] };
  if (flags.is("json")) terminal.write(jsonLine({ versions: data }));
  else if (data.length === 0) terminal.write("There is no version yet: nothing was made by API or applied.\n");
  else {
    const rows = data.map(({ number, at, author, operation, reason, changes }) => [
      String(number),
      shortTime(Date.parse(at)),
      author.name,
      operation,
      String(changes.length),
      reason ?? "",
    ]);
    terminal.write(`${columns([["version", "made", "by", "operation", "changes", "reason"], ...rows], [0, 4])}\n`);
  }
  return 0;
};

/** `sluice rollback`. */
export const rollback: Run = async (invocation) => {
  const { flags, terminal } = invocation;
  const number = invocation.arguments[0]!;
  if (!/^\d{1,9}$/.test(number)) throw new CommandError(`${JSON.stringify(number)} is no version.`, "`sluice versions` lists them.");
  const reason = flags.text("reason");
  const dryRun = flags.is("dry-run");
  const path = `/versions/${Number(number)}/rollback?dryRun=${dryRun}`;
  const { body } = await askOperator(operatorOf(invocation), "POST", path, { ...(reason !== undefined && { reason }) });
  const changes = body.changes as readonly PrintedChange[];
  if (flags.is("json")) terminal.write(jsonLine(body));
  else if (changes.length === 0) terminal.write(`Everything is as in version ${number} already.\n`);
  else terminal.write(`${changeLines(changes)}\n\n${dryRun ? "Nothing was changed." : `This is version ${body.version}.`}\n`);
  return 0;
};
