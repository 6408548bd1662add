export const manifestName = "backup.json";

export interface BackedUpFile {
  /** Its path in the data folder, with slashes. */
  readonly name: string;
  readonly size: number;
  readonly sha256: string;
}

/** The last file of a backup: without it, the backup is not whole. */
export interface Manifest {
  readonly format: 1;
  /** Milliseconds since the epoch: all that had settled then is in it. */
  readonly startedAt: number;
  readonly files: readonly BackedUpFile[];
}
