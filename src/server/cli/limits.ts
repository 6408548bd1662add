import { formatUsd } from "../../exchange/index.ts";
import { columns } from "./columns.ts";
import { CommandError, type Invocation, type Run } from "./command-line/command.ts";
import { askOperator, operatorOf, pagesOf } from "./gitops/operator.ts";
import { jsonLine } from "./places.ts";
import { shortTime } from "./times.ts";

interface ShownLimit {
  readonly id: string;
  readonly name: string;
  readonly whose: string;
  readonly measure: string;
  readonly limit: number;
  readonly used: number;
  readonly left: number;
  readonly endsAt: string | null;
}

/** `sluice limits`: what is left of each. */
export const listLimits: Run = async (invocation) => {
  const { flags, terminal } = invocation;
  const remote = operatorOf(invocation);
  const query: Record<string, string> = {};
  for (const name of ["kind", "of"]) {
    const value = flags.text(name);
    if (value !== undefined) query[name] = value;
  }
  const limits = await pagesOf<ShownLimit>(remote, "/limits", Number.MAX_SAFE_INTEGER, query);
  if (flags.is("json")) terminal.write(jsonLine({ limits }));
  else if (limits.length === 0) terminal.write("Nothing is limited.\n");
  else terminal.write(tableOf(limits));
  return 0;
};

/** `sluice limits reset` */
export const resetLimit: Run = (invocation) => changed(invocation, "reset", {});

/** `sluice limits add`: in units of the measure, of a budget in dollars. */
export const addToLimit: Run = async (invocation) => {
  const [id = "", text = ""] = invocation.arguments;
  const amount = Number(text);
  const add = id.includes("|nanos|") ? Math.round(amount * 1e9) : amount;
  if (text.trim() === "" || !Number.isSafeInteger(add))
    throw new CommandError(`${JSON.stringify(text)} is no amount.`, "Write a whole number; of a budget, dollars.");
  return changed(invocation, "add", { add });
};

async function changed(invocation: Invocation, act: string, fields: object): Promise<number> {
  const { flags, terminal } = invocation;
  const id = invocation.arguments[0] ?? "";
  const reason = flags.text("reason");
  const body = { ...fields, ...(reason !== undefined && { reason }) };
  const answer = await askOperator(operatorOf(invocation), "POST", `/limits/${encodeURIComponent(id)}/${act}`, body);
  terminal.write(flags.is("json") ? jsonLine(answer.body) : tableOf([answer.body]));
  return 0;
}

function tableOf(limits: readonly ShownLimit[]): string {
  const rows = limits.map(({ id, whose, measure, limit, used, left, endsAt }) => {
    const amount = (value: number) => (measure === "nanos" ? `${formatUsd(BigInt(value))} USD` : String(value));
    return [
      whose,
      measure === "nanos" ? "budget" : measure,
      amount(limit),
      amount(used),
      amount(left),
      endsAt ? shortTime(Date.parse(endsAt)) : "–",
      id,
    ];
  });
  return `${columns([["whose", "what", "limit", "used", "left", "until", "id"], ...rows], [2, 3, 4])}\n`;
}
