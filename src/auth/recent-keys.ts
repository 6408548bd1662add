import { hash, randomBytes } from "node:crypto";

const most = 10_000;

/** What keys that came before were found to be, by a hash that is made in half the time and means nothing outside of this process. */
export class RecentKeys<Found> {
  readonly #found = new Map<string, Found>();
  readonly #salt = randomBytes(32).toString("base64url");

  nameOf(key: string): string {
    return hash("sha256", this.#salt + key, "base64url");
  }

  get(name: string): Found | undefined {
    return this.#found.get(name);
  }

  add(name: string, found: Found): void {
    // The one that came first goes: all at once would be met anew at once.
    if (this.#found.size >= most) this.#found.delete(this.#found.keys().next().value as string);
    this.#found.set(name, found);
  }

  clear(): void {
    this.#found.clear();
  }
}
