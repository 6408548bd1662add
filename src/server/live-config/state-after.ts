import type { ConfigChange, ConfigObject, ConfigState, VersionAuthor, VersionedObject } from "../../storage/index.ts";

/** The objects as a version leaves them. */
export function stateAfter(
  { version, objects }: ConfigState,
  made: { readonly at: number; readonly author: VersionAuthor; readonly reason?: string; readonly changes: readonly ConfigChange[] },
): ConfigState {
  const { at, author, reason, changes } = made;
  const gone = new Set(changes.map(({ kind, name }) => JSON.stringify([kind, name])));
  const changed: VersionedObject[] = changes.flatMap(({ after }) =>
    after ? [{ ...after, revision: version + 1, changedAt: at, author, ...(reason !== undefined && { reason }) }] : [],
  );
  const kept = objects.filter(({ kind, name }) => !gone.has(JSON.stringify([kind, name])));
  return { version: version + 1, objects: [...kept, ...changed].toSorted(inOrder) };
}

/** As the store has them. */
function inOrder(one: ConfigObject, other: ConfigObject): number {
  return compared(one.kind, other.kind) || one.position - other.position || compared(one.name, other.name);
}

function compared(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
