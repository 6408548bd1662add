import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readConfig, unread } from "../../src/config/index.ts";
import { type OpenedSecrets, openSecrets } from "../../src/gateway/index.ts";
import { openTransport, type Transport } from "../../src/providers/index.ts";

let folder: string;
let transport: Transport;
let opened: OpenedSecrets;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "sluice-files-"));
  transport = await openTransport();
  opened = openSecrets({ env: { FOLDER: folder }, transport, log: () => undefined });
});
afterEach(async () => {
  await opened.close();
  await transport.close();
  rmSync(folder, { recursive: true });
});

async function read(reference: string, stores = opened.secrets as Parameters<typeof readConfig>[2]["stores"]) {
  const document = {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the config's own syntax
    secrets: { mounted: { type: "files", folder: "${FOLDER}" } },
    providers: { openai: { apiKey: `\${${reference}}` }, groq: { apiKey: `\${${reference}}` } },
  };
  const environment = { FOLDER: folder };
  const loaded = await readConfig(JSON.stringify(document), "sluice.yaml", { environment, policies: new Map(), ...(stores && { stores }) });
  const key = loaded.config?.providers[0]?.apiKey as unknown;
  const plain = typeof key === "object" && key !== null && "reveal" in key ? (key as { reveal(): string }).reveal() : key;
  return { key: plain, problems: loaded.issues?.map(({ path, problem }) => `${path}: ${problem}`) ?? [] };
}

/** As kubelet does it: a folder of its own for each version, and a link to it that is swapped by a rename. */
function mount(version: string, key: string): void {
  mkdirSync(join(folder, version));
  writeFileSync(join(folder, version, "openai"), key);
  symlinkSync(version, join(folder, "..data_tmp"));
  renameSync(join(folder, "..data_tmp"), join(folder, "..data"));
}

test("a mounted secret is read through its link, and taken anew when the link is swapped", async () => {
  mount("..2026_01", "sk-of-january\n");
  symlinkSync("..data/openai", join(folder, "openai"));
  expect((await read("mounted:openai")).key).toBe("sk-of-january");
  expect((await read(`file:${folder}/openai`)).key).toBe("sk-of-january");
  const told: (string | undefined)[] = [];
  const references = ["mounted:openai", `file:${folder}/openai`];
  opened.secrets.onChange(async () => {
    for (const reference of references) told.push((await read(reference)).key as string);
  });
  mount("..2026_02", "sk-of-february\n");
  // Each source looks by a clock of its own; those that see it together tell of it once.
  for (let tries = 0; tries < 60 && told.slice(-2).join() !== "sk-of-february,sk-of-february"; tries++) await Bun.sleep(50);
  expect(told.slice(-2)).toEqual(["sk-of-february", "sk-of-february"]);
});

test("a file may hold JSON, and a field of it is named", async () => {
  writeFileSync(join(folder, "keys.json"), JSON.stringify({ openai: "sk-in-json", none: "" }));
  expect((await read("mounted:keys.json#openai")).key).toBe("sk-in-json");
  expect((await read("mounted:keys.json#none")).problems[0]).toContain("has no field none");
});

test("a file that is not there, is empty, leads out of its folder or is no file is an error; none of it is read beyond", async () => {
  writeFileSync(join(folder, "empty"), "\n");
  mkdirSync(join(folder, "inner"));
  for (const [reference, problem] of [
    ["mounted:nope", "there is no file"],
    ["mounted:empty", "is empty"],
    ["mounted:../../etc/hostname", "leads out of the source's folder"],
    ["mounted:/etc/hostname", "leads out of the source's folder"],
    ["file:relative", "begins with a slash"],
    ["mounted:inner", "cannot be read"],
  ] as const) {
    expect((await read(reference)).problems[0], reference).toContain(problem);
  }
});

test("a file that is written over in place is not read half written", async () => {
  const file = join(folder, "slow");
  writeFileSync(file, "sk-whole-before");
  expect((await read("mounted:slow")).key).toBe("sk-whole-before");
  writeFileSync(file, "sk-half");
  setTimeout(() => writeFileSync(file, "sk-half-and-the-rest"), 20);
  await opened.secrets.refresh();
  expect((await read("mounted:slow")).key).toBe("sk-half-and-the-rest");
});

test("a check without the stores takes each reference for a text of its own, and still knows the names of the sources", async () => {
  const { key, problems } = await read("mounted:nope", unread);
  expect(problems).toEqual([]);
  expect(key).toMatch(/^unread-[0-9a-f]{64}$/);
  expect((await read("mountd:nope", unread)).problems[0]).toContain("did you mean `mounted`");
});
