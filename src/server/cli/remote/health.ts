import type { Invocation } from "../command-line/command.ts";
import { askRemote, remoteOf } from "./remote.ts";

/** Exit code 0 where the gateway answers that it is well. */
export async function health(invocation: Invocation): Promise<number> {
  const { flags, terminal } = invocation;
  const remote = remoteOf(invocation);
  const { status, body } = await askRemote({ ...remote, token: undefined }, "GET", flags.is("ready") ? "/readyz" : "/healthz");
  terminal.write(`${remote.url}: ${body?.status ?? `status ${status}`}\n`);
  return status === 200 ? 0 : 1;
}
