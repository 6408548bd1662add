import { userInfo } from "node:os";
import { Fault } from "../../../exchange/index.ts";
import { type AuditEntry, AuditLog } from "../../../insight/index.ts";
import type { OpenedData } from "../places.ts";

/** As acts by the admin API are: in the audit log before they are done. */
export async function audited<T>(
  { control: { audit: store }, installationKeys }: Pick<OpenedData, "control" | "installationKeys">,
  act: Pick<AuditEntry, "operation" | "organisation" | "object" | "body">,
  work: () => Promise<T>,
): Promise<T> {
  const log = new AuditLog({ store, ...(await installationKeys()).auditKey(), now: Date.now });
  const actor = commandLineActor();
  await log.append({ actor, ...act, outcome: "asked" });
  let result: T;
  try {
    result = await work();
  } catch (error) {
    await log.append({ actor, ...act, outcome: "refused", fault: Fault.from(error).code });
    throw error;
  }
  await log.append({ actor, ...act, outcome: "done" });
  return result;
}

/** As whom the command line acts. */
export function commandLineActor(): AuditEntry["actor"] {
  return { id: "command line", name: userName() };
}

/** In a container the user may have no name: Node then throws, and Bun says `unknown`. */
function userName(): string {
  const number = `user ${process.getuid?.() ?? "unknown"}`;
  try {
    const { username } = userInfo();
    return username === "unknown" ? number : username;
  } catch {
    return number;
  }
}
