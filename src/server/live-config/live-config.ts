import { createHash } from "node:crypto";
import {
  type Config,
  ConfigError,
  type ConfigIssue,
  defaultConfig,
  isSameObject,
  type LoadedConfig,
  type LoadOptions,
  readConfig,
  readFitting,
  type WrittenObject,
  withProviders,
} from "../../config/index.ts";
import { Fault } from "../../exchange/index.ts";
import type { OpenedGateway } from "../../gateway/index.ts";
import type { ConfigChange, ConfigObject, ConfigState, VersionAuthor } from "../../storage/index.ts";
import { type MayLeaveOut, onlyBarred, tellLeftOut } from "./left-out.ts";
import { stateAfter } from "./state-after.ts";

/** What is served by now, and what it was made of. */
export interface LiveState extends ConfigState {
  readonly config: Config;
  /** The objects of the file, variables not filled in. */
  readonly written: readonly WrittenObject[];
  /** Of the file; empty without one. */
  readonly text: string;
}

/** What a change starts from. The store may have more in it than this node serves yet. */
export type ChangeBasis = Pick<LiveState, "version" | "objects" | "written">;

/** Says what shall be different. Called again where somebody was faster. @throws Fault where it cannot be */
export type Edit = (basis: ChangeBasis) => readonly ConfigChange[] | Promise<readonly ConfigChange[]>;

export interface Act {
  readonly author: VersionAuthor;
  /** The operation's name. */
  readonly operation: string;
  readonly reason?: string | undefined;
  /** The tag of the whole config that the caller has seen. */
  readonly ifMatch?: string | undefined;
  /** Says what would change, and changes nothing. */
  readonly dryRun?: boolean | undefined;
}

export interface Changed {
  /** What is served now, or would be. */
  readonly state: LiveState;
  /** Of what is served now. */
  readonly tag: string;
  /** Empty where everything was so already: then there is no new version. */
  readonly changes: readonly ConfigChange[];
}

export interface LiveConfigOptions {
  readonly opened: Pick<OpenedGateway, "prepare"> & { readonly storage: Pick<OpenedGateway["storage"], "control"> };
  /** As the file alone says it. */
  readonly config: Config;
  /** Undefined without a file. */
  readonly file?: { readonly text: string; readonly written: readonly WrittenObject[] } | undefined;
  /** With what the config is read; without the objects. */
  readonly reading: LoadOptions;
  /** Told when what was read last is served. */
  taken(): void;
  /** Told when what is served was read anew, as what it refers to has changed, and cannot be served so. */
  notTaken?(): void;
  /** Milliseconds since the epoch. */
  now(): number;
  log(level: "info" | "error", message: string, fields: Readonly<Record<string, unknown>>): void;
}

/** How soon a version that was made elsewhere is served here. */
const lookEveryMs = 400;
const mostTries = 5;

/** The config of a running gateway: its file's objects and those that were made by API, checked together and served together. */
export class LiveConfig {
  readonly #options: LiveConfigOptions;
  #state: LiveState;
  /** A newer text of the file that could not be taken beside the objects. */
  #refusedText: string | undefined;
  #refusedVersion = 0;
  /** The store's, when it was looked at last: in another one a number may be another version's. */
  #history: string;
  #found: Config["providers"] = [];
  #running: Promise<unknown> = Promise.resolve();
  /** The store could not be read the last time; that was told. */
  #troubled = false;
  #timer: ReturnType<typeof setInterval> | undefined;

  private constructor(options: LiveConfigOptions) {
    const { config, file } = options;
    this.#options = options;
    this.#state = { config, written: file?.written ?? [], text: file?.text ?? "", version: 0, objects: [] };
    this.#history = options.opened.storage.control.history();
  }

  /**
   * Puts the objects of the store beside the file's, and follows the store from then on. Those that do not fit are left out, so that
   * there is a gateway to mend them with.
   */
  static async open(options: LiveConfigOptions): Promise<LiveConfig> {
    const live = new LiveConfig(options);
    const kept = await live.#store.current();
    const issues = kept.version === 0 ? undefined : await live.#take(live.#state.text, kept, () => true);
    if (issues) throw new ConfigError(issues);
    live.#timer = setInterval(() => void live.look(), lookEveryMs);
    live.#timer.unref();
    return live;
  }

  get state(): LiveState {
    return this.#state;
  }

  /** What the config is read with. Holds secrets: never shown or logged. */
  get environment(): LoadOptions["environment"] {
    return this.#options.reading.environment;
  }

  get #store() {
    return this.#options.opened.storage.control.config;
  }

  /** Of everything that is decided: another version or another file, another tag. */
  tag(version: number = this.#state.version): string {
    const file = createHash("sha256").update(this.#state.text).digest("base64url").slice(0, 12);
    return `"${version}.${file}"`;
  }

  /**
   * Changes objects as one version. Nothing is kept that does not fit together with the rest, and what is kept is served here when
   * this resolves.
   *
   * @throws Fault what the edit throws; `object_changed`; `request_malformed` and `object_conflict` with a ConfigError
   */
  change(edit: Edit, { author, operation, reason, ifMatch, dryRun }: Act): Promise<Changed> {
    return this.#alone(async () => {
      for (let attempt = 0; attempt < mostTries; attempt++) {
        const kept = await this.#store.current();
        if (ifMatch !== undefined && ifMatch !== "*" && ifMatch !== this.tag(kept.version)) throw new Fault("object_changed");
        const changes = await edit({ ...kept, written: this.#state.written });
        if (changes.length === 0) return { state: { ...this.#state, ...kept }, tag: this.tag(kept.version), changes };
        const made = { at: this.#options.now(), author, operation, ...(reason !== undefined && { reason }), changes };
        const next = stateAfter(kept, made);
        const isChanged = (object: ConfigObject) => changes.some((each) => isSameObject(each, object));
        const loaded = await this.#read(this.#state.text, next.objects, (object) => !isChanged(object) && this.#isLeftOut(object));
        if (loaded.issues) throw refusalOf(loaded.issues, changes);
        const state = { ...next, config: loaded.config, written: loaded.written, text: this.#state.text };
        const serve = this.#options.opened.prepare(loaded.config);
        if (dryRun) return { state, tag: this.tag(kept.version), changes };
        // Another process may have been faster; what it did is looked at before anything is decided again.
        if ((await this.#store.commit(made, kept.version)) === undefined) continue;
        this.#serve(serve, state);
        await this.#tryRefusedText();
        return { state, tag: this.tag(), changes };
      }
      throw new Fault("object_changed", { message: "Others were faster several times in a row. Try again." });
    });
  }

  /** The file, or the newest version, says something else than what is served, and was not taken. */
  get isBehind(): boolean {
    return this.#refusedText !== undefined || this.#refusedVersion > this.#state.version;
  }

  /** Serves the file's new text together with the objects. @returns what is wrong, where the old config keeps serving */
  takeText(text: string): Promise<readonly ConfigIssue[] | undefined> {
    return this.#alone(async () => {
      const issues = await this.#take(text, await this.#store.current(), this.#onlyBarred());
      this.#refusedText = issues && text;
      if (issues && text === this.#state.text) this.#options.notTaken?.();
      return issues;
    });
  }

  /** Reads everything anew: what it refers to has changed. */
  reread(): Promise<void> {
    return this.#alone(async () => {
      const issues = await this.#take(this.#state.text, this.#state, this.#onlyBarred());
      if (issues) this.#options.notTaken?.();
      if (issues) this.#refused("The config was not taken anew; the old one keeps serving.", issues);
    });
  }

  /** Runtimes of this machine that answered, for a start without a file. */
  addProviders(found: Config["providers"]): Promise<void> {
    return this.#alone(async () => {
      this.#found = found;
      const config = withProviders(this.#state.config, found);
      this.#serve(this.#options.opened.prepare(config), { ...this.#state, config });
    });
  }

  /** Takes what others have decided meanwhile. Never throws. */
  look(): Promise<void> {
    return this.#alone(async () => {
      try {
        const history = this.#options.opened.storage.control.history();
        const newest = await this.#store.newest();
        this.#troubled = false;
        const isKnown = newest === this.#state.version || newest === this.#refusedVersion;
        if (isKnown && history === this.#history) return;
        const kept = await this.#store.current();
        // Another node may have another file and other variables; what else was decided there must not wait for this one.
        const issues = await this.#take(this.#state.text, kept, () => true);
        this.#refusedVersion = issues ? kept.version : 0;
        this.#history = history;
        if (issues) this.#refused(`Version ${kept.version} of the config was not taken; the old one keeps serving.`, issues);
        else this.#options.log("info", "A version of the config was taken.", { version: kept.version });
        await this.#tryRefusedText();
      } catch (error) {
        if (this.#troubled) return;
        this.#troubled = true;
        this.#options.log("error", "The config's objects cannot be read; the old config keeps serving.", { cause: String(error) });
      }
    });
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#running.catch(() => undefined);
  }

  async #take(text: string, kept: ConfigState, mayLeaveOut: MayLeaveOut): Promise<readonly ConfigIssue[] | undefined> {
    const loaded = await this.#read(text, kept.objects, mayLeaveOut);
    if (loaded.issues) return loaded.issues;
    this.#serve(this.#options.opened.prepare(loaded.config), { ...kept, config: loaded.config, written: loaded.written, text });
    return undefined;
  }

  #serve(serve: () => void, state: LiveState): void {
    serve();
    tellLeftOut(this.#state.config.leftOut, state.config.leftOut, this.#options.log);
    this.#state = state;
    this.#options.taken();
  }

  /** A file that named what was not there yet, or what is gone now, may be right by now. */
  async #tryRefusedText(): Promise<void> {
    const text = this.#refusedText;
    if (text === undefined || (await this.#take(text, this.#state, this.#onlyBarred()))) return;
    this.#refusedText = undefined;
    this.#options.log("info", "The config file was taken, now that it fits the other objects.", { path: this.#state.config.path });
  }

  #isLeftOut(object: ConfigObject): boolean {
    return this.#state.config.leftOut?.some((each) => isSameObject(each, object)) === true;
  }

  #onlyBarred(): MayLeaveOut {
    return onlyBarred((object) => this.#isLeftOut(object));
  }

  #read(text: string, objects: readonly ConfigObject[], mayLeaveOut: MayLeaveOut): Promise<LoadedConfig> {
    return readFitting({ objects, mayLeaveOut, read: (fitting) => this.#readAll(text, fitting) });
  }

  async #readAll(text: string, objects: readonly ConfigObject[]): Promise<LoadedConfig> {
    const { reading, config, file } = this.#options;
    if (file) return readConfig(text, config.path, { ...reading, objects });
    const loaded: LoadedConfig =
      objects.length === 0
        ? { config: defaultConfig(reading.environment), text, written: [] }
        : await readConfig("", undefined, { ...reading, objects });
    return loaded.config ? { ...loaded, config: withProviders(loaded.config, this.#found) } : loaded;
  }

  #refused(message: string, issues: readonly ConfigIssue[]): void {
    this.#options.log("error", `${message}\n${new ConfigError(issues).message}`, {});
  }

  /** One after the other: what is decided by one is the basis of the next. */
  #alone<Result>(work: () => Promise<Result>): Promise<Result> {
    const done = this.#running.then(work, work);
    this.#running = done;
    return done;
  }
}

/** What was sent may be wrong in itself; or something else leans on what it would take away. */
function refusalOf(issues: readonly ConfigIssue[], changes: readonly ConfigChange[]): Fault {
  const own = issues.every(({ object }) =>
    changes.some(({ kind, name, after }) => after && object && kind === object.kind && name === object.name),
  );
  const [first] = issues;
  const message = `${first?.path ? `${first.path}: ` : ""}${first?.problem}${first?.expected === undefined ? "" : `; expected ${first.expected}`}.`;
  return own
    ? new Fault("request_malformed", { message, ...(first?.path && { param: first.path }), cause: new ConfigError(issues) })
    : new Fault("object_conflict", { message: `The config would not be right any more. ${message}`, cause: new ConfigError(issues) });
}
