import type { Application, Group, MovedObject, Organisation, Role, ServiceAccount, Team, User, WholeDirectory } from "../storage/index.ts";
import { isSameName } from "./same-name.ts";

const batch = 1_000;

/** Every object of the directory in memory, by its id, and by its name where names are asked for. Follows the store by what has moved. */
export class KnownDirectory {
  readonly organisation = new Map<string, Organisation>();
  readonly team = new Map<string, Team>();
  readonly application = new Map<string, Application>();
  readonly user = new Map<string, User>();
  readonly serviceAccount = new Map<string, ServiceAccount>();
  readonly group = new Map<string, Group>();
  readonly role = new Map<string, Role>();
  readonly #names = new Map<string, string>();
  #change = -1;

  /** Takes over what has moved since the last time: all of it, or where the store fails nothing. @returns whether that was anything */
  async follow(directory: WholeDirectory): Promise<boolean> {
    const moved: MovedObject[] = [];
    for (;;) {
      const rows = await directory.movedAfter(moved.at(-1)?.change ?? this.#change, batch);
      moved.push(...rows);
      if (rows.length < batch) break;
    }
    for (const each of moved) this.#take(each);
    this.#change = moved.at(-1)?.change ?? this.#change;
    return moved.length > 0;
  }

  organisationNamed(name: string): Organisation | undefined {
    const found = this.organisation.get(this.#names.get(placeOf("organisation", name)) ?? "");
    return found && isSameName(found.name, name) ? found : undefined;
  }

  teamNamed(name: string, organisation: string | undefined): Team | undefined {
    const found = this.team.get(this.#names.get(placeOf("team", name, organisation)) ?? "");
    return found && isSameName(found.name, name) ? found : undefined;
  }

  userNamed(name: string, organisation: string | undefined): User | undefined {
    const found = this.user.get(this.#names.get(placeOf("user", name, organisation)) ?? "");
    return found && isSameName(found.userName, name) ? found : undefined;
  }

  #take({ kind, id, object }: MovedObject): void {
    const objects = this[kind] as Map<string, NonNullable<typeof object>>;
    const before = objects.get(id);
    const place = before && nameOf(kind, before);
    // Another one may have the name by now.
    if (place !== undefined && this.#names.get(place) === id) this.#names.delete(place);
    if (!object) {
      objects.delete(id);
      return;
    }
    objects.set(id, object);
    const next = nameOf(kind, object);
    if (next !== undefined) this.#names.set(next, id);
  }
}

function nameOf(kind: MovedObject["kind"], object: NonNullable<MovedObject["object"]>): string | undefined {
  if (kind === "user") return placeOf(kind, (object as User).userName, object.organisation);
  if (kind === "team") return placeOf(kind, (object as Team).name, object.organisation);
  return kind === "organisation" ? placeOf(kind, (object as Organisation).name) : undefined;
}

/** Names are compared whatever the case of their letters. */
function placeOf(kind: MovedObject["kind"], name: string, organisation = ""): string {
  return `${kind} ${organisation} ${name.normalize("NFKC").toLowerCase()}`;
}
