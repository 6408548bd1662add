/** A flag of a command. Without `takes` it is a switch. */
export interface Flag {
  /** Without the dashes. */
  readonly name: string;
  /** What stands for the value in the help: `PORT`. */
  readonly takes?: string;
  /** The value is a whole number. */
  readonly whole?: boolean;
  readonly doc: string;
}

export interface Argument {
  readonly name: string;
  readonly required: boolean;
  readonly doc: string;
}

/** One row of the command table: everything that help, parsing and the docs need, without loading the command itself. */
export interface Command {
  /** As it is typed: `serve`, `keys create`. */
  readonly name: string;
  readonly summary: string;
  /** More than the summary says, for the command's own help. */
  readonly details?: string;
  readonly arguments: readonly Argument[];
  readonly flags: readonly Flag[];
  readonly examples: readonly string[];
  load(): Promise<Run>;
}

/** Does the command. @returns the exit code @throws CommandError */
export type Run = (invocation: Invocation) => Promise<number>;

export interface Invocation {
  readonly arguments: readonly string[];
  readonly flags: Flags;
  readonly terminal: Terminal;
}

/** The flags that were given. */
export interface Flags {
  text(name: string): string | undefined;
  whole(name: string): number | undefined;
  is(name: string): boolean;
}

/** Everything that a command sees of the world around the process. */
export interface Terminal {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Where relative paths begin. */
  readonly folder: string;
  /** All of the standard input. */
  read?(): Promise<string>;
  write(text: string): void;
  writeError(text: string): void;
  /** Asks whoever sits there; absent where nobody does. */
  readLine?(prompt: string): Promise<string>;
}

/** Something that went wrong and that people can mend: what happened and where, and what to do next. */
export class CommandError extends Error {
  readonly next: string;
  /** For `--json`, beside the message. */
  readonly details: unknown;

  constructor(problem: string, next: string, details?: unknown) {
    super(problem);
    this.name = "CommandError";
    this.next = next;
    this.details = details;
  }
}
