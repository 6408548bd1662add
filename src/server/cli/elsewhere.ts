import type { Flag, Invocation } from "./command-line/command.ts";
import { operatorOf } from "./gitops/operator.ts";
import type { Remote } from "./remote/remote.ts";

/** Of commands that act on the data folder where no gateway is named. */
export const elsewhere: readonly Flag[] = [
  {
    name: "url",
    takes: "URL",
    doc: "A gateway to ask by its admin API. Default: none, but the data folder itself. `--json` then prints what that API answers.",
  },
  { name: "key-file", takes: "FILE", doc: "With --url: a file that holds an admin key. Default: SLUICE_ADMIN_KEY, else the log-in." },
];

/** The gateway of `--url`, with the credential for it; undefined where the data folder itself is meant. @throws CommandError without a credential */
export function gatewayOf(invocation: Invocation): Remote | undefined {
  return invocation.flags.text("url") === undefined ? undefined : operatorOf(invocation);
}
