import { createHash } from "node:crypto";

/** Where a body is kept. */
export interface BodyPlace {
  /** When its exchange began, in milliseconds since the epoch: bodies of one day, in UTC, go together. */
  readonly startedAt: number;
  /** Whose it is, as `bodyOwner` has it. */
  readonly owner: string;
  /** Of the record. */
  readonly id: string;
}

/** Keeps sealed bodies. It never sees what is in them. */
export interface BodyStore {
  /** Whole or not at all. @throws where it cannot be written */
  put(place: BodyPlace, sealed: Uint8Array): Promise<void>;
  /** Undefined where there is none. @throws where the store does not answer */
  get(place: BodyPlace): Promise<Uint8Array | undefined>;
  /** @returns whether it was there, where the store tells */
  remove(place: BodyPlace): Promise<boolean>;
  /** Drops all days before the one of `time`, in milliseconds since the epoch. @returns how many days */
  dropBefore(time: number): Promise<number>;
  close(): Promise<void>;
}

/** Why a body was not kept, in words for operators: it holds nothing of the body. */
export class BodyNotKept extends Error {
  override readonly name = "BodyNotKept";
}

export function dayOf(time: number): string {
  return new Date(time).toISOString().slice(0, 10);
}

const plainName = /^[A-Za-z0-9][\w-]{0,63}$/;

/** An organisation, or the installation itself, as a name that stands for nobody else. Tokens may call organisations anything. */
export function bodyOwner(organisation: string | undefined): string {
  if (organisation === undefined) return "installation";
  if (plainName.test(organisation)) return `org-${organisation}`;
  return `hash-${createHash("sha256").update(organisation).digest("hex").slice(0, 40)}`;
}

/** `day/owner/id`, of letters that every file system and S3 take as they are. @throws TypeError where an id holds others */
export function pathOf({ startedAt, owner, id }: BodyPlace): string {
  if (!plainName.test(id)) throw new TypeError("The id of a body is no name.");
  return `${dayOf(startedAt)}/${owner}/${id}`;
}
