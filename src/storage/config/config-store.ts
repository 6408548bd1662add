/** A part of the config that was not made in the config file. */
export interface ConfigObject {
  /** The section of the config that it stands in, as `providers`. */
  readonly kind: string;
  /** Its name in that section. */
  readonly name: string;
  /** What stands behind the name, as JSON has it, variables not filled in. */
  readonly definition: unknown;
  /** Its place among those of its kind, from 1; two may have the same. */
  readonly position: number;
  readonly source: "api" | "apply";
  /** Whoever applies it from files, by the label that they chose: nobody else changes it. Present with the source `apply`. */
  readonly owner?: string;
}

/** One difference between a version and the one before it. `before` is absent where the object was made, `after` where it was removed. */
export interface ConfigChange {
  readonly kind: string;
  readonly name: string;
  readonly before?: ConfigObject;
  readonly after?: ConfigObject;
}

export interface VersionAuthor {
  readonly id: string;
  readonly name: string;
}

/** What makes a version. */
export interface NewConfigVersion {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly author: VersionAuthor;
  /** The operation that made it, as `providers.create`. */
  readonly operation: string;
  readonly reason?: string;
  readonly changes: readonly ConfigChange[];
}

export interface ConfigVersion extends NewConfigVersion {
  /** From 1, without a gap. */
  readonly number: number;
}

/** An object with the version that made it what it is. */
export interface VersionedObject extends ConfigObject {
  readonly revision: number;
  readonly changedAt: number;
  readonly author: VersionAuthor;
  readonly reason?: string;
}

/** All objects at one moment. */
export interface ConfigState {
  /** The newest version; 0 where there is none yet. */
  readonly version: number;
  /** By kind, position and name. */
  readonly objects: readonly VersionedObject[];
}

/** Objects of the config and every version of them: versions are added, never changed. */
export interface ConfigStore {
  /** The newest version's number, 0 where there is none. */
  newest(): Promise<number>;
  /** Version and objects that belong together, whoever writes meanwhile. */
  current(): Promise<ConfigState>;
  /**
   * Makes the version behind `basis` and changes the objects: both or neither, durable when it resolves.
   * @returns its number; undefined, and nothing is changed, where another version came between
   */
  commit(version: NewConfigVersion, basis: number): Promise<number | undefined>;
  version(number: number): Promise<ConfigVersion | undefined>;
  /** Versions before `number`, newest first. */
  before(number: number, limit: number): Promise<readonly ConfigVersion[]>;
  /** Versions behind `number`, oldest first. */
  after(number: number, limit: number): Promise<readonly ConfigVersion[]>;
}
