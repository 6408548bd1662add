import { isAbsolute, join, normalize, sep } from "node:path";
import { Fault } from "../../exchange/index.ts";
import { Secret } from "../secret.ts";
import { type BackendReading, type SecretBackend, type SourceWorld, unavailable } from "./backend.ts";

const longest = 64 * 1024;
/** Between the two looks that a changed file is given: who writes over a file in place must be done by then. */
const settleMs = 40;
/** Who puts another file in the place of one may take it away first. */
const replacedMs = 250;

/**
 * Files, as Docker and Kubernetes mount secrets. Looked at by their names each time, so that the swap of a link behind them is
 * seen. The end of the last line is not part of the secret.
 */
export class SecretFiles implements SecretBackend {
  readonly mayBeAway = true;
  readonly #folder: string | undefined;
  readonly #world: Pick<SourceWorld, "readFile">;
  readonly #settled = new Map<string, string>();

  /** @param folder undefined: paths are those of the machine */
  constructor(folder: string | undefined, world: Pick<SourceWorld, "readFile">) {
    this.#folder = folder;
    this.#world = world;
  }

  async read(path: string): Promise<BackendReading> {
    const file = this.#fileOf(path);
    let text = await this.#textOf(file);
    while (text !== this.#settled.get(file)) {
      this.#settled.set(file, text);
      await new Promise((resolve) => setTimeout(resolve, settleMs));
      text = await this.#textOf(file);
    }
    return { value: new Secret(text) };
  }

  #fileOf(path: string): string {
    if (this.#folder === undefined) {
      if (!isAbsolute(path)) throw unavailable("the path of a file begins with a slash, as /run/secrets/openai");
      return path;
    }
    const inside = normalize(path);
    if (path === "" || isAbsolute(path) || inside === ".." || inside.startsWith(`..${sep}`))
      throw unavailable("the path of a file leads out of the source's folder");
    return join(this.#folder, inside);
  }

  async #textOf(file: string): Promise<string> {
    const text = (await this.#textThere(file))?.replace(/\r?\n$/, "");
    if (text === undefined) throw new Fault("object_unknown", { message: `there is no file ${file}` });
    if (text === "") throw unavailable(`the file ${file} is empty`);
    if (text.length > longest) throw unavailable(`the file ${file} is larger than a secret can be (64 KB)`);
    return text;
  }

  async #textThere(file: string): Promise<string | undefined> {
    const text = await this.#world.readFile(file);
    if (text !== undefined || !this.#settled.has(file)) return text;
    await new Promise((resolve) => setTimeout(resolve, replacedMs));
    return this.#world.readFile(file);
  }
}
