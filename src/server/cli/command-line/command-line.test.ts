import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import packageJson from "../../../../package.json" with { type: "json" };
import { commands } from "../commands.ts";
import type { Terminal } from "./command.ts";
import { cliReference } from "./help.ts";
import { runCommandLine } from "./run-command-line.ts";

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "sluice-cli-"));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function run(line: string, environment: Record<string, string> = {}) {
  let out = "";
  let errors = "";
  const terminal: Terminal = {
    environment,
    folder,
    write: (text) => {
      out += text;
    },
    writeError: (text) => {
      errors += text;
    },
  };
  const code = await runCommandLine(line.split(" ").filter(Boolean), commands, terminal);
  return { code, out, errors };
}

describe("the command line", () => {
  test("lists every command in its help", async () => {
    const { code, out } = await run("--help");
    expect(code).toBe(0);
    for (const command of commands) expect(out).toContain(`sluice ${command.name}`);
  });

  test.each(commands.map((command) => command.name))("has help and a reference for %s", async (name) => {
    const { code, out } = await run(`${name} --help`);
    expect(code).toBe(0);
    expect(out).toContain(`sluice ${name}`);
    expect(cliReference(commands)).toContain(`## sluice ${name}`);
  });

  test.each([
    ["srve", "Did you mean `sluice serve`?"],
    ["keys craete x", "Did you mean `sluice keys create`?"],
    ["keys", "sluice keys create, sluice keys list"],
    ["serve --prot 1", "Did you mean `--port`?"],
    ["serve --port", "--port needs a value"],
    ["serve --port x", "--port takes a whole number"],
    ["explain", "needs REQUEST_ID"],
    ["keys list surplus", "surplus"],
  ])("does not understand %p and says what would be right", async (line, said) => {
    const { code, errors } = await run(line);
    expect(code).toBe(2);
    expect(errors).toContain(said);
  });

  test.each(["keys --help", "keys -h", "help keys"])("shows what begins with a word: %p", async (line) => {
    const { code, out } = await run(line);
    expect(code).toBe(0);
    for (const name of ["create", "list", "rotate", "revoke"]) expect(out).toContain(`sluice keys ${name}`);
    expect(out).not.toContain("sluice serve");
  });

  test("explains a command that `help` names, and says where it knows none", async () => {
    expect((await run("help keys create")).out).toContain("--expires DATE");
    expect(await run("help srve")).toMatchObject({ code: 2, errors: expect.stringContaining("Did you mean `sluice serve`?") });
  });

  test.each(["--version", "-v", "version"])("says its version: %p", async (line) => {
    expect(await run(line)).toEqual({ code: 0, out: `sluice ${packageJson.version}\n`, errors: "" });
  });

  test("gives errors as JSON where JSON was asked for", async () => {
    const { code, out } = await run("usage --data nothing-here --json");
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject({
      error: { message: expect.stringContaining("There is no data"), next: expect.stringContaining("--data") },
    });
  });
});

describe("sluice check", () => {
  test("passes a right file and fails a wrong one with every error", async () => {
    writeFileSync(join(folder, "right.yaml"), "providers: { demo: {} }\nmodels: { m: demo/chat }\n");
    writeFileSync(join(folder, "wrong.yaml"), "provider: {}\nmodels: { m: demo }\n");
    const right = await run("check right.yaml");
    expect([right.code, right.out]).toEqual([0, expect.stringContaining("1 provider, 1 model, 0 teams")]);
    const wrong = await run("check --config wrong.yaml");
    expect(wrong.code).toBe(1);
    expect(wrong.errors).toContain("wrong.yaml:1:1  provider: unknown key; did you mean `providers`?");
    expect(wrong.errors).toContain("2 errors");
    const json = await run("check wrong.yaml --json");
    expect(JSON.parse(json.out)).toMatchObject({
      valid: false,
      errors: [
        { line: 1, path: "provider" },
        { line: 2, path: "models.m" },
      ],
    });
  });

  test("without a file says what to type", async () => {
    expect((await run("check")).errors).toContain("sluice check FILE");
  });
});

describe("sluice models", () => {
  test("lists the config's names with their targets and prices", async () => {
    writeFileSync(
      join(folder, "models.yaml"),
      "providers: { openai: { apiKey: k } }\nmodels: { fast: openai/gpt-4o-mini, own: openai/nobody-knows-this }\n",
    );
    const { code, out } = await run("models --config models.yaml");
    expect(code).toBe(0);
    expect(out).toMatch(/fast +openai\/gpt-4o-mini +\d+ +[\d.]+/);
    expect(out).toMatch(/own +openai\/nobody-knows-this +no price/);
  });
});
