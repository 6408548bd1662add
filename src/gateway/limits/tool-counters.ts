import type { Config } from "../../config/index.ts";
import { type Exchange, taskOf } from "../../exchange/index.ts";
import { type Counter, countersOf, matchesGlob } from "../../policies/index.ts";
import { toolNames } from "../../protocols/index.ts";

const none: readonly Counter[] = [];

/** The limits of tools: a request counts in those of each tool that it lets the model use, whoever sends it. */
export class ToolCounters {
  readonly #limited: readonly { readonly name: string; readonly counters: readonly Counter[] }[];

  constructor(tools: Config["tools"]) {
    this.#limited = tools.map(({ name, limits, budget }) => ({
      name,
      counters: countersOf({ kind: "tool", id: name, whose: `the tool "${name}"` }, limits, budget),
    }));
  }

  /** @throws Fault `request_malformed` where the request cannot be read */
  of(exchange: Exchange): readonly Counter[] {
    if (this.#limited.length === 0 || taskOf(exchange.surface) !== "chat") return none;
    if (holdsNone(exchange)) return none;
    const names = toolNames(exchange.read());
    return this.#limited.flatMap(({ name, counters }) => (names.some((each) => matchesGlob(name, each)) ? counters : none));
  }
}

/** Of the many forms of Bedrock's InvokeModel those that nobody here reads pass untouched; without this member they know no tools. */
function holdsNone({ surface, body }: Exchange): boolean {
  return surface === "bedrock-invoke" && !body.has("messages") && !body.has("tools");
}
