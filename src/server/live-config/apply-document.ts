import { isDeepStrictEqual } from "node:util";
import { ConfigError, type ConfigIssue, formatPath, isOrderedKind, objectKinds, type WrittenObject } from "../../config/index.ts";
import { Fault } from "../../exchange/index.ts";
import type { ConfigChange, ConfigObject, VersionedObject } from "../../storage/index.ts";
import { changeOf, find, nextPosition, plain } from "./edits.ts";
import type { ChangeBasis, Edit } from "./live-config.ts";

export interface ApplyOptions {
  /** Whose the objects are from then on. */
  readonly owner: string;
  /** Removes this owner's objects that are not in the document. */
  readonly prune: boolean;
  /** Takes over objects of the same name that were made by API or are another owner's. */
  readonly adopt: boolean;
}

/** Makes the owner's objects as the document has them. @throws Fault `object_conflict` where a name is another's, all at once */
export function applyDocument(document: readonly WrittenObject[], options: ApplyOptions): Edit {
  return (basis) => {
    const wanted = document.filter((object) => !inFile(basis, object));
    refuseTaken(basis, wanted, options);
    return objectKinds.flatMap((kind) => {
      const own = wanted.filter((object) => object.kind === kind);
      const kept = basis.objects.filter((object) => object.kind === kind);
      return [...changesOf(own, kept, options.owner), ...(options.prune ? prunedOf(document, kept, options.owner) : [])];
    });
  };
}

/** What of a document stands in the gateway's own file, where the file's counts. */
export function inFile(
  { written }: Pick<ChangeBasis, "written">,
  { kind, name }: { readonly kind: string; readonly name: string },
): boolean {
  return written.some((object) => object.kind === kind && object.name === name);
}

function refuseTaken({ objects }: ChangeBasis, wanted: readonly WrittenObject[], { owner, adopt }: ApplyOptions): void {
  if (adopt) return;
  const taken = wanted.flatMap(({ kind, name }): readonly ConfigIssue[] => {
    const found = find(objects, kind, name);
    if (!found || found.owner === owner) return [];
    const problem = found.owner === undefined ? "was made by API" : `is applied by another owner (${found.owner})`;
    return [
      { file: "made by API", line: 0, column: 0, path: formatPath([kind, name]), problem, expected: "a name of its own, or --adopt" },
    ];
  });
  if (taken.length === 0) return;
  const names = taken.map(({ path }) => path).join(", ");
  throw new Fault("object_conflict", {
    message: `Others have made ${names}. Adopt what is there (\`adopt\`), or choose other names.`,
    cause: new ConfigError(taken),
  });
}

/** Places are shared out anew among the same objects: applied twice, nothing moves. */
function changesOf(own: readonly WrittenObject[], kept: readonly VersionedObject[], owner: string): readonly ConfigChange[] {
  let next = nextPosition(kept, own[0]?.kind ?? "");
  const places = own.map(({ kind, name }) => find(kept, kind, name)?.position ?? next++);
  const ordered = own[0] !== undefined && isOrderedKind(own[0].kind) ? places.toSorted((one, other) => one - other) : places;
  return own.flatMap(({ kind, name, definition }, index): readonly ConfigChange[] => {
    const before = find(kept, kind, name);
    const after: ConfigObject = { kind, name, definition, position: ordered[index]!, source: "apply", owner };
    if (!before) return [{ kind, name, after }];
    return isDeepStrictEqual(plain(before), after) ? [] : [changeOf(before, after)];
  });
}

function prunedOf(document: readonly WrittenObject[], kept: readonly VersionedObject[], owner: string): readonly ConfigChange[] {
  return kept
    .filter(({ kind, name, owner: own }) => own === owner && !document.some((each) => each.kind === kind && each.name === name))
    .map((object) => changeOf(object, undefined));
}
