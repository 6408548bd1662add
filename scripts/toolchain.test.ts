import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";

interface Lock {
  readonly packages: Readonly<
    Record<
      string,
      {
        readonly version: string;
        readonly integrity?: string;
        readonly optional?: boolean;
        readonly optionalDependencies?: object;
        readonly hasInstallScript?: boolean;
      }
    >
  >;
}

const root = join(import.meta.dirname, "..");
const lock = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")) as Lock;

test("the lockfile names every optional package, because `npm ci` refuses one that does not", () => {
  const named = Object.values(lock.packages).flatMap((entry) => Object.keys(entry.optionalDependencies ?? {}));
  expect(named.filter((name) => lock.packages[`node_modules/${name}`] === undefined)).toEqual([]);
});

test("every package that is not for another platform is pinned by its hash", () => {
  const loose = Object.entries(lock.packages).filter(
    ([path, entry]) => path !== "" && entry.optional !== true && entry.integrity === undefined,
  );
  expect(loose.map(([path]) => path)).toEqual([]);
});

test("the launchers are plain JavaScript without packages", () => {
  for (const name of ["sluice.mjs", "run.mjs", "test.mjs", "toolchain.mjs"]) {
    const text = readFileSync(join(import.meta.dirname, name), "utf8");
    const imported = [...text.matchAll(/from "([^"]+)"/g)].map(([, from]) => from!);
    expect(imported.filter((from) => !from.startsWith("node:") && !from.startsWith("./"))).toEqual([]);
  }
});
