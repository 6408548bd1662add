import { hiddenSecret, isOrderedKind, isSameObject, type ObjectKind, withSecrets } from "../../config/index.ts";
import type { VersionAuthor, VersionedObject } from "../../storage/index.ts";
import { find } from "./edits.ts";
import type { LiveState } from "./live-config.ts";

/** An object that counts, and where it comes from. */
export interface EffectiveObject {
  readonly kind: ObjectKind;
  readonly name: string;
  /** As it is written, secrets hidden. Empty for what the environment makes. */
  readonly definition: unknown;
  readonly source: "file" | "environment" | "api" | "apply";
  readonly owner: string | null;
  /** The version that made it what it is; null for what stands in no version. */
  readonly revision: number | null;
  readonly changedAt: number | null;
  readonly author: VersionAuthor | null;
  readonly reason: string | null;
  /** Why it is left out, and what it governs refused; null where it is served. */
  readonly misfit: string | null;
  /** What was made elsewhere under a name of the file, and does not count. */
  readonly drift: {
    readonly source: "api" | "apply";
    readonly owner: string | null;
    readonly revision: number;
    readonly definition: unknown;
  } | null;
}

const unversioned = { owner: null, revision: null, changedAt: null, author: null, reason: null, misfit: null, drift: null } as const;

/** The objects of a kind that are served, in the order in which they count, else by name. */
export function effectiveObjects(state: Pick<LiveState, "config" | "written" | "objects">, kind: ObjectKind): readonly EffectiveObject[] {
  const written = state.written.filter((object) => object.kind === kind);
  const ofFile = written.map((object): EffectiveObject => {
    const shadowed = find(state.objects, kind, object.name);
    const definition = withSecrets(object, () => hiddenSecret);
    return { ...unversioned, kind, name: object.name, definition, source: "file", drift: shadowed ? driftOf(shadowed) : null };
  });
  const others = state.objects
    .filter((object) => object.kind === kind && !find(ofFile, kind, object.name))
    .map((object) => shown(object, state.config));
  const named = [...ofFile, ...others];
  const found = kind === "providers" ? state.config.providers.filter(({ name }) => !named.some((object) => object.name === name)) : [];
  const environment = found.map(({ name }): EffectiveObject => ({ ...unversioned, kind, name, definition: {}, source: "environment" }));
  const all = [...named, ...environment];
  return isOrderedKind(kind) ? all : all.toSorted((one, other) => (one.name < other.name ? -1 : 1));
}

/** An object of the store as what it would be if no file had its name. */
export function shown(object: VersionedObject, { leftOut = [] }: Pick<LiveState["config"], "leftOut">): EffectiveObject {
  const { kind, name, definition, source, owner, revision, changedAt, author, reason } = object;
  const issues = leftOut.find((each) => isSameObject(each, object))?.issues ?? [];
  return {
    kind: kind as ObjectKind,
    name,
    definition,
    source,
    owner: owner ?? null,
    revision,
    changedAt,
    author,
    reason: reason ?? null,
    misfit: issues.length === 0 ? null : issues.map(({ path, problem }) => `${path}: ${problem}`).join("; "),
    drift: null,
  };
}

function driftOf({ source, owner, revision, definition }: VersionedObject): NonNullable<EffectiveObject["drift"]> {
  return { source, owner: owner ?? null, revision, definition };
}
