import { createHash } from "node:crypto";
import * as z from "zod/mini";
import { type SecretSections, type SecretSource, type SecretStores, unreadStores } from "../../secrets/index.ts";
import { secretSections } from "../document/document.ts";
import { isGroup } from "../findings/findings.ts";
import { type Environment, fillEnvironment } from "./environment.ts";
import { readReferences, type SecretSources } from "./secret-references.ts";

/** Where the secrets are that a document may refer to. */
export interface Shelves {
  readonly environment: Environment;
  /** Those that are there whatever the document names. Default: none. */
  readonly sources?: SecretSources;
  /** Opens those that the document names. Without it none can be named. */
  readonly stores?: SecretStores;
}

/**
 * All that the references of a tree may name. What a store is opened with may itself be a reference, to a file or to the gateway's own
 * vault; a store that is described wrongly is not opened, and says so where it is referred to.
 */
export async function sourcesFor(tree: unknown, { environment, sources = new Map(), stores }: Shelves): Promise<SecretSources> {
  if (stores === undefined) return sources;
  const written = isGroup(tree) && isGroup(tree.secrets) ? tree.secrets : {};
  const builtIn = new Map([...(await stores.builtIn()), ...sources]);
  if (Object.keys(written).length === 0) return builtIn;
  const { tree: filled } = fillEnvironment(written, environment, await readReferences(written, builtIn));
  const parsed = z.safeParse(secretSections, filled);
  const opened = parsed.success ? await stores.open(parsed.data as SecretSections) : misdescribed(Object.keys(written));
  return new Map([...opened, ...builtIn]);
}

function misdescribed(names: readonly string[]): SecretSources {
  const source: SecretSource = { read: () => Promise.reject(new Error("`secrets` has errors, so nothing was read")) };
  return new Map(names.map((name) => [name, source]));
}

/** For checks without a network: every reference stands for a text of its own that opens nothing. */
export const unread: SecretStores = unreadStores((reference) => `unread-${createHash("sha256").update(reference).digest("hex")}`);
