import { Fault } from "../../../exchange/index.ts";
import type { Application, StoredKey } from "../../../storage/index.ts";
import type { AnyCall, OwnTools } from "../operation.ts";

type Trusted = Pick<StoredKey, "mayPassUser" | "application">;

/**
 * Nobody gets a key that is believed about its users who may not give one: by rotating one that is, or by an application that is.
 *
 * @param before what it was already; undefined where the caller gets to see the key
 * @throws Fault `grant_refused`
 */
export async function refuseTrustedKey(key: Trusted, before: Trusted | undefined, call: AnyCall, tools: OwnTools): Promise<void> {
  if (call.access.permissions.has("end-users:trust") || !(await isBelieved(key, tools))) return;
  if (before === undefined || !(await isBelieved(before, tools))) throw refused("This key is, or its application's keys are,");
}

/** An application that limits its users is told who they are. @throws Fault `grant_refused` */
export function refuseTrustingApplication(
  change: { readonly before: object | undefined; readonly after: object | undefined },
  call: AnyCall,
): void {
  if (!call.access.permissions.has("end-users:trust") && believes(change.after) && !believes(change.before))
    throw refused("Keys of an application with `endUsers` are", "endUsers");
}

async function isBelieved({ mayPassUser, application }: Trusted, { directory }: OwnTools): Promise<boolean> {
  const program = application === undefined ? undefined : await directory.application.get(application);
  return program?.endUsers !== undefined || (mayPassUser ?? program?.mayPassUser ?? false);
}

function believes(application: object | undefined): boolean {
  const { mayPassUser, endUsers } = (application ?? {}) as Partial<Application>;
  return mayPassUser === true || endUsers !== undefined;
}

function refused(what: string, param?: string): Fault {
  return new Fault("grant_refused", {
    message: `${what} believed about users, and you do not have end-users:trust.`,
    ...(param !== undefined && { param }),
  });
}
