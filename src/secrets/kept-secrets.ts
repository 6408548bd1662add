import { createHash } from "node:crypto";
import { KeptSource, type KeptState } from "./kept-source.ts";
import type { SecretSourceOptions } from "./options.ts";
import { Secret } from "./secret.ts";
import type { SecretReading, SecretSource } from "./secret-source.ts";
import { type SecretBackend, type SourceWorld, unavailable } from "./sources/backend.ts";
import { openBackend } from "./sources/open-backend.ts";

export interface KeptSecretsOptions {
  /** What a store may be asked with. @throws Fault `secret_unavailable` */
  world(options: SecretSourceOptions | FileSource): Promise<SourceWorld>;
  /** Sources of the gateway's own, which every config has. */
  readonly own?: Readonly<Record<string, OwnSource>>;
  now(): number;
  random(): number;
  warn(message: string): void;
}

export interface OwnSource {
  readonly backend: SecretBackend;
  readonly refreshMs: number;
}

/** The one source that every config has. */
export interface FileSource {
  readonly type: "file";
}

export type SecretSections = Readonly<Record<string, SecretSourceOptions>>;

const defaultRefreshMs = 60_000;
/** Files are near, and their owner expects them to be taken at once. */
const fileRefreshMs = 1_000;
/** Several secrets that change at the same time are one change. */
const gatherMs = 20;

/** Opens the stores that a document names. */
export interface SecretStores {
  /** Those that need no name: a config is about to be read. */
  builtIn(): Promise<ReadonlyMap<string, SecretSource>>;
  open(sections: SecretSections): Promise<ReadonlyMap<string, SecretSource>>;
}

/** The stores that configs name, and what was read from them; outlives every reload. */
export class KeptSecrets implements SecretStores {
  readonly #options: KeptSecretsOptions;
  /** By a hash of name and options: a source whose options change is another. */
  readonly #open = new Map<string, KeptSource>();
  /** Of the config that was read last, and of the one that is in use. */
  #named: ReadonlyMap<string, KeptSource> = new Map();
  #inUse: ReadonlyMap<string, KeptSource> = new Map();
  #changed: (() => void) | undefined;
  #gathering: ReturnType<typeof setTimeout> | undefined;

  constructor(options: KeptSecretsOptions) {
    this.#options = options;
  }

  /** @param listener called when a secret that is in use has changed */
  onChange(listener: () => void): void {
    this.#changed = listener;
  }

  async builtIn(): Promise<ReadonlyMap<string, SecretSource>> {
    for (const source of this.#open.values()) source.begin();
    const own = Object.entries(this.#options.own ?? {}).map(([name, source]) => [name, this.#ownSource(name, source)] as const);
    this.#named = new Map([["file", await this.#source("file", { type: "file" })], ...own]);
    return this.#named;
  }

  /** Those that are open already, with what they have read, stay so. */
  async open(sections: SecretSections): Promise<ReadonlyMap<string, SecretSource>> {
    const opened = Object.entries(sections).map(async ([name, options]) => [name, await this.#source(name, options)] as const);
    this.#named = new Map([...this.#named, ...(await Promise.all(opened))]);
    return this.#named;
  }

  /** The config that was read last is in use: what it does not refer to is not asked for any more. */
  taken(): void {
    this.#inUse = this.#named;
    const used = new Set(this.#named.values());
    for (const [key, source] of this.#open) {
      if (used.has(source)) source.taken();
      else {
        source.close();
        this.#open.delete(key);
      }
    }
  }

  /** Until when what is kept for `NAME:PATH#FIELD` is good, in milliseconds since the epoch. */
  endsAt(reference: string): number {
    const { source, place } = this.#found(reference);
    return source?.endsAt(place) ?? Number.POSITIVE_INFINITY;
  }

  /** Reads `NAME:PATH#FIELD` anew. @throws Fault `secret_unavailable` */
  async reread(reference: string): Promise<SecretReading> {
    const { name, source, place } = this.#found(reference);
    if (source === undefined) throw unavailable(`no source of secrets is called ${name}`);
    return source.reread(place);
  }

  #found(reference: string) {
    const colon = reference.indexOf(":");
    const name = reference.slice(0, colon);
    return { name, place: reference.slice(colon + 1), source: this.#inUse.get(name) };
  }

  /** Looks at the secrets of one source that are in use, now. */
  async refreshSource(name: string): Promise<void> {
    await this.#inUse.get(name)?.refresh();
  }

  /** Looks at all secrets that are in use, now. */
  async refresh(): Promise<readonly KeptState[]> {
    await Promise.all([...this.#open.values()].map((source) => source.refresh()));
    return this.states();
  }

  states(): readonly KeptState[] {
    return [...this.#open.values()].flatMap((source) => source.states());
  }

  close(): void {
    clearTimeout(this.#gathering);
    this.#changed = undefined;
    for (const source of this.#open.values()) source.close();
    this.#open.clear();
  }

  #ownSource(name: string, { backend, refreshMs }: OwnSource): KeptSource {
    const known = this.#open.get(name);
    if (known) return known;
    const { now, random, warn } = this.#options;
    const made = new KeptSource({ name, backend, refreshMs, now, random, warn, changed: () => this.#gather() });
    this.#open.set(name, made);
    return made;
  }

  async #source(name: string, options: SecretSourceOptions | FileSource): Promise<KeptSource> {
    const key = createHash("sha256")
      .update(JSON.stringify([name, options]))
      .digest("base64url");
    const known = this.#open.get(key);
    if (known) return known;
    const { now, random, warn } = this.#options;
    const near = options.type === "file" || options.type === "files";
    const refreshSeconds = options.type === "file" ? undefined : options.refreshSeconds;
    const made = new KeptSource({
      name,
      backend: await this.#backend(options),
      refreshMs: refreshSeconds === undefined ? (near ? fileRefreshMs : defaultRefreshMs) : refreshSeconds * 1000,
      now,
      random,
      warn,
      changed: () => this.#gather(),
    });
    this.#open.set(key, made);
    return made;
  }

  /** A store that cannot be used says so wherever something refers to it. */
  async #backend(options: SecretSourceOptions | FileSource): Promise<SecretBackend> {
    try {
      const world = await this.#options.world(options);
      if (options.type === "file") return new (await import("./sources/files.ts")).SecretFiles(undefined, world);
      return await openBackend(options, world);
    } catch (error) {
      return { read: () => Promise.reject(error) };
    }
  }

  #gather(): void {
    clearTimeout(this.#gathering);
    this.#gathering = setTimeout(() => this.#changed?.(), gatherMs);
  }
}

/** For checks without a network. @param stand the text that a reference stands for: one of its own that opens nothing */
export function unreadStores(stand: (reference: string) => string): SecretStores {
  const source = (name: string): SecretSource => ({ read: async (path) => ({ value: new Secret(stand(`${name}:${path}`)) }) });
  const sources = (names: readonly string[]) => new Map(names.map((name) => [name, source(name)]));
  return { builtIn: async () => sources(["file", "vault"]), open: async (sections) => sources(Object.keys(sections)) };
}
