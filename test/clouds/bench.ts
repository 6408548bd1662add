import { deepStrictEqual } from "node:assert";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Explanation, Fault, Leaving } from "../../src/exchange/index.ts";
import { type SourceTools, sourceTools, type Transport } from "../../src/providers/index.ts";
import type { TestAuthority } from "../upstreams/certificates.ts";
import type { Moto, Reference } from "./reference.ts";
import type { TokenServer } from "./token-server.ts";

/** What every check stands on. */
export interface Bench {
  readonly folder: string;
  readonly authority: TestAuthority;
  readonly transport: Transport;
  readonly tokens: TokenServer;
  readonly reference: Reference;
  readonly moto: Moto;
}

export type Environment = Readonly<Record<string, string>>;

/** A file of the operator's; its path. */
export function file({ folder }: Bench, name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

/** What the gateway's sources find in an environment. */
export function ours<T>(
  { folder, transport }: Bench,
  environment: Environment,
  fetch: (tools: SourceTools, signal: Leaving) => Promise<T>,
): Promise<T> {
  return fetch(sourceTools({ HOME: folder, ...environment }, transport), new Leaving());
}

/** The operator's reason for a refusal; undefined where there was none. */
export async function refusal(promise: Promise<unknown>): Promise<string | undefined> {
  try {
    await promise;
    return undefined;
  } catch (error) {
    const { cause, code } = Fault.from(error);
    return cause instanceof Explanation ? cause.message : code;
  }
}

export function same(got: unknown, wanted: unknown): void {
  deepStrictEqual(got, wanted);
}
