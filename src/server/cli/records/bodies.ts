import { CommandError, type Run } from "../command-line/command.ts";
import { askOperator, operatorOf } from "../gitops/operator.ts";
import { jsonLine } from "../places.ts";
import { parseTime } from "../times.ts";

interface ShownSide {
  readonly type: string;
  readonly length: number;
  readonly truncated: boolean;
  readonly encoding: "utf-8" | "base64";
  readonly data: string;
}

/** `sluice records body` */
export const showBody: Run = async (invocation) => {
  const { flags, terminal } = invocation;
  const part = flags.text("part");
  if (part !== undefined && part !== "request" && part !== "answer")
    throw new CommandError(`A body has no part ${JSON.stringify(part)}.`, "Parts are request and answer.");
  const id = invocation.arguments[0] ?? "";
  const { body } = await askOperator(operatorOf(invocation), "GET", `/records/${encodeURIComponent(id)}/body`);
  if (flags.is("json")) terminal.write(jsonLine(body));
  else if (part !== undefined) terminal.write((body[part] as ShownSide).data);
  else
    terminal.write(`${titleOf("asked", body.request)}\n${body.request.data}\n\n${titleOf("answered", body.answer)}\n${body.answer.data}\n`);
  return 0;
};

/** `── answered: 200, application/json, 312 bytes` */
function titleOf(what: string, side: ShownSide & { readonly status?: number; readonly whole?: boolean }): string {
  const parts = [
    ...(side.status === undefined ? [] : [String(side.status)]),
    ...(side.type === "" ? [] : [side.type]),
    `${side.length} bytes`,
    ...(side.truncated ? ["cut: the beginning is kept"] : []),
    ...(side.whole === false ? ["broken off"] : []),
    ...(side.encoding === "base64" ? ["in base64"] : []),
  ];
  return `── ${what}: ${parts.join(", ")}`;
}

const names = {
  user: "user",
  "end-user": "endUser",
  key: "key",
  application: "application",
  "service-account": "serviceAccount",
  team: "team",
  organisation: "organisation",
} as const;

/** `sluice records erase` */
export const eraseBodies: Run = async (invocation) => {
  const { flags, terminal } = invocation;
  const asked: Record<string, string> = {};
  for (const [flag, name] of Object.entries(names)) {
    const value = flags.text(flag);
    if (value !== undefined) asked[name] = value;
  }
  if (Object.keys(asked).length === 0) throw new CommandError("Nobody was named.", `Say whose: --${Object.keys(names).join(", --")}.`);
  for (const name of ["since", "until"]) {
    const value = flags.text(name);
    if (value !== undefined) asked[name] = new Date(parseTime(value, name, Date.now(), "back")).toISOString();
  }
  const { body } = await askOperator(operatorOf(invocation), "POST", "/bodies/erase", asked);
  terminal.write(flags.is("json") ? jsonLine(body) : erasedText(body.erased));
  return 0;
};

/** A name that nobody has is no error to who asks that somebody be forgotten, and has to be seen. */
function erasedText(erased: number): string {
  if (erased > 0) return `What was kept of ${erased} request${erased === 1 ? "" : "s"} is erased.\n`;
  return "Nothing was erased: nothing is kept of requests of that name. Keys, teams and others are named by their ids, as in records (sluice explain, sluice keys list).\n";
}
