import { createHash } from "node:crypto";
import type { SecretSourceOptions } from "../options.ts";
import { Secret } from "../secret.ts";
import type { SecretReading, SecretSource } from "../secret-source.ts";
import { type SecretBackend, type SourceWorld, unavailable } from "../sources/backend.ts";
import { openBackend } from "../sources/open-backend.ts";
import { KeptSource, type KeptState } from "./kept-source.ts";
import { hasLostCredential, textsIn } from "./lost-credential.ts";
import { SignInFiles } from "./sign-in-files.ts";

export interface KeptSecretsOptions {
  /** What a store may be asked with. @throws Fault `secret_unavailable` */
  world(options: SecretSourceOptions | FileSource, around: AroundReading): Promise<SourceWorld>;
  /** Sources of the gateway's own, which every config has. */
  readonly own?: Readonly<Record<string, OwnSource>>;
  now(): number;
  random(): number;
  warn(message: string): void;
}

/** What stands between a store's log-in and the files that it reads. */
export type AroundReading = (readFile: SourceWorld["readFile"]) => SourceWorld["readFile"];

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
/** A store that did not take its new credential may be away. */
const tryAgainMs = 15_000;
/** At the end, so long is waited for stores to end the log-ins. */
const endingMs = 2_000;

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
  #tryingAgain: ReturnType<typeof setTimeout> | undefined;
  readonly #askedWith = new WeakMap<KeptSource, SecretSourceOptions>();
  readonly #ending = new Set<Promise<void>>();

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
    const texts = textsIn(sections);
    const standIns = [...this.#named.values()].flatMap((source) => source.standInsOf(texts));
    const opened = Object.entries(sections).map(async ([name, options]) => {
      return [name, this.#signedOff(name, options, standIns) ?? (await this.#source(name, options))] as const;
    });
    this.#named = new Map([...this.#named, ...(await Promise.all(opened))]);
    return this.#named;
  }

  /** The config that was read last is in use: what it does not refer to is not asked for any more. */
  taken(): void {
    clearTimeout(this.#tryingAgain);
    this.#inUse = this.#named;
    const used = new Set(this.#named.values());
    for (const [key, source] of this.#open) {
      if (used.has(source)) source.taken();
      else {
        this.#end(source);
        this.#open.delete(key);
      }
    }
  }

  /**
   * The config that is in use was read anew, and could not be taken. Stores whose credential is another by now are not asked with the
   * one of before; it is tried again later.
   */
  notTaken(): void {
    let replaced = false;
    for (const [name, source] of this.#inUse) {
      if ((this.#named.get(name) ?? source) === source) continue;
      replaced = true;
      source.signOff("the credential that it was asked with is another now, and the config could not be read with that");
    }
    clearTimeout(this.#tryingAgain);
    if (replaced) this.#tryingAgain = setTimeout(() => this.#changed?.(), tryAgainMs);
    this.#tryingAgain?.unref();
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

  /** Log-ins to stores end as well, those that do not take long to. */
  async close(): Promise<void> {
    clearTimeout(this.#gathering);
    clearTimeout(this.#tryingAgain);
    this.#changed = undefined;
    for (const source of this.#open.values()) this.#end(source);
    this.#open.clear();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, endingMs);
    });
    await Promise.race([Promise.all(this.#ending), late]);
    clearTimeout(timer);
  }

  #end(source: KeptSource): void {
    const ending = source.close().finally(() => this.#ending.delete(ending));
    this.#ending.add(ending);
  }

  /** The source of this name that is in use, where what it is asked with was removed: what is known of it stays, and nobody asks it. */
  #signedOff(name: string, options: SecretSourceOptions, standIns: readonly string[]): KeptSource | undefined {
    const source = this.#inUse.get(name);
    const before = source && this.#askedWith.get(source);
    if (source === undefined || before === undefined || !hasLostCredential(options, before, standIns)) return undefined;
    source.signOff("the credential that it is asked with was removed");
    return source;
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
    known?.signOn();
    if (known) return known;
    const { now, random, warn } = this.#options;
    const near = options.type === "file" || options.type === "files";
    const refreshSeconds = options.type === "file" ? undefined : options.refreshSeconds;
    const made: KeptSource = new KeptSource({
      name,
      backend: await this.#backend(options, () => made),
      refreshMs: refreshSeconds === undefined ? (near ? fileRefreshMs : defaultRefreshMs) : refreshSeconds * 1000,
      now,
      random,
      warn,
      changed: () => this.#gather(),
    });
    this.#open.set(key, made);
    if (options.type !== "file") this.#askedWith.set(made, options);
    return made;
  }

  /** A store that cannot be used says so wherever something refers to it. */
  async #backend(options: SecretSourceOptions | FileSource, made: () => KeptSource): Promise<SecretBackend> {
    try {
      if (options.type === "file")
        return new (await import("../sources/files.ts")).SecretFiles(undefined, await this.#options.world(options, (read) => read));
      // These hold no log-in: what they are read with is read each time.
      if (options.type === "files" || options.type === "kubernetes")
        return await openBackend(options, await this.#options.world(options, (read) => read));
      const backend: SecretBackend = await openBackend(
        options,
        await this.#options.world(options, (read) => this.#watched(read, () => backend, made)),
      );
      return backend;
    } catch (error) {
      return { read: () => Promise.reject(error) };
    }
  }

  #watched(readFile: SourceWorld["readFile"], backend: () => SecretBackend, made: () => KeptSource): SourceWorld["readFile"] {
    const why = (path: string) => `the file ${path} that it is asked with was removed`;
    const files = new SignInFiles({
      readFile,
      gone: (path) => made().signOff(why(path)),
      back: (path) => made().signOn(why(path)),
      changed: () => void backend().signOff?.(),
      isOver: () => !this.#isOpen(made()),
    });
    return (path) => files.read(path);
  }

  #isOpen(source: KeptSource): boolean {
    return [...this.#open.values()].includes(source);
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
