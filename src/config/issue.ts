/** Where something stands in the document, from its root. */
export type DocumentPath = readonly (string | number)[];

/** One thing that is wrong with a config. Never holds a secret: neither what a variable stood for nor a credential. */
export interface ConfigIssue {
  readonly file: string;
  /** From 1; 0 where the file as a whole is meant. */
  readonly line: number;
  readonly column: number;
  /** Where it stands in an object that was not made in the file. */
  readonly object?: { readonly kind: string; readonly name: string };
  /** The object uses what it may not, as secrets that the file does not lend: also a gateway that runs stops serving it. */
  readonly barred?: true;
  /** `models.smart.targets[0]`; empty for the document itself. */
  readonly path: string;
  /** What is wrong, without a full stop. */
  readonly problem: string;
  /** The value as it is written in the file. */
  readonly value?: string;
  readonly expected?: string;
  /** The valid key or name that was most likely meant. */
  readonly nearest?: string;
}

export function formatPath(path: DocumentPath): string {
  let text = "";
  for (const part of path) {
    if (typeof part === "number") text += `[${part}]`;
    else if (/^[A-Za-z_][\w-]*$/.test(part)) text += text === "" ? part : `.${part}`;
    else text += `[${JSON.stringify(part)}]`;
  }
  return text;
}

/** One issue on one line, for people. */
export function formatIssue(issue: ConfigIssue): string {
  const place = issue.line > 0 ? `${issue.file}:${issue.line}:${issue.column}` : issue.file;
  const value = issue.value === undefined ? "" : ` (it is ${issue.value})`;
  const expected = issue.expected === undefined ? "" : `; expected ${issue.expected}`;
  const hint = issue.nearest === undefined ? "" : `; did you mean \`${issue.nearest}\`?`;
  return `${place}  ${issue.path === "" ? "" : `${issue.path}: `}${issue.problem}${value}${expected}${hint}`;
}

/** All issues, a line each, in the order of the file, and what to do. */
export function formatIssues(issues: readonly ConfigIssue[]): string {
  const count = issues.length === 1 ? "1 error" : `${issues.length} errors`;
  if (issues.every(({ object }) => object !== undefined))
    return `${issues.map(formatIssue).join("\n")}\n\n${count} in objects that stand in no file. They were right beside another config file or other variables: put those back, then change the objects.`;
  const file = issues.find(({ object }) => object === undefined)?.file ?? "the config";
  return `${issues.map(formatIssue).join("\n")}\n\n${count} in ${file}. Mend ${issues.length === 1 ? "it" : "them"}, then run \`sluice check --config ${file}\`.`;
}

/** A config that cannot be taken. The message is the whole report for people. */
export class ConfigError extends Error {
  readonly issues: readonly ConfigIssue[];

  constructor(issues: readonly ConfigIssue[]) {
    super(formatIssues(issues));
    this.name = "ConfigError";
    this.issues = issues;
  }
}
