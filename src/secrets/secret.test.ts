import { expect, test } from "bun:test";
import { format, inspect } from "node:util";
import { serialize } from "node:v8";
import { Secret } from "./secret.ts";

const value = "sk-canary-0123456789";
const secret = new Secret(value);
const group = new Secret({ accessKeyId: "id-canary", nested: { token: value } });
const holders = [secret, group, { secret }, [secret], new Map([["key", secret]]), new Set([group]), { deep: { er: [{ secret }] } }];

/** Every way in which a program makes text or bytes of a value without meaning this one. */
const printers: Readonly<Record<string, (held: unknown) => unknown>> = {
  "a template": (held) => `${held as string}`,
  addition: (held) => ["", "!"].reduce((text, mark) => text + held + mark, ""),
  String: (held) => String(held),
  join: (held) => [held].join(),
  "JSON.stringify": (held) => JSON.stringify(held),
  "JSON.stringify with a list of names": (held) => JSON.stringify(held, ["secret", "value", "#value", "reveal"], 2),
  inspect: (held) => inspect(held, { depth: 9, showHidden: true, getters: true }),
  "inspect without custom forms": (held) => inspect(held, { depth: 9, showHidden: true, customInspect: false }),
  "Bun.inspect": (held) => Bun.inspect(held, { depth: 9 }),
  "Bun.inspect.table": (held) => Bun.inspect.table([held, held]),
  format: (held) => format("%s %o %O %j %d", held, held, held, held, held),
  "Object.entries": (held) => inspect(Object.entries(held as object), { depth: 9 }),
  spread: (held) => inspect({ ...(held as object) }, { depth: 9 }) + JSON.stringify({ ...(held as object) }),
  "Object.assign": (held) => inspect(Object.assign({}, held), { depth: 9 }),
  "own names": (held) => Reflect.ownKeys(held as object).map((name) => String((held as never)[name])),
  "an error's message": (held) => new Error(`failed with ${held as string}`).stack,
  "a chain of causes": (held) => {
    const error = new Error("outer", { cause: new Error("inner", { cause: held }) });
    return inspect(error, { depth: 9 }) + Bun.inspect(error) + JSON.stringify(error);
  },
  "an error of several": (held) => inspect(new AggregateError([held], "several"), { depth: 9 }),
  "an error that carries it": (held) => Bun.inspect(Object.assign(new Error("carries"), { held })),
  "structured clone": (held) => inspect(clonedOrRefused(held), { depth: 9, showHidden: true }) + Bun.inspect(clonedOrRefused(held)),
  "v8.serialize": (held) => bytesOrRefused(held),
  URLSearchParams: (held) => new URLSearchParams({ held: held as string }).toString(),
  Headers: (held) => headersOrRefused(held),
};

function clonedOrRefused(held: unknown): unknown {
  try {
    return structuredClone(held);
  } catch {
    return "refused";
  }
}

function bytesOrRefused(held: unknown): string {
  try {
    return serialize(held).toString("latin1");
  } catch {
    return "refused";
  }
}

function headersOrRefused(held: unknown): string {
  try {
    return inspect([...new Headers({ held: held as string })]);
  } catch {
    return "refused";
  }
}

test("a secret gives its value only when asked for it", () => {
  expect(secret.reveal()).toBe(value);
  expect(group.reveal().nested.token).toBe(value);
});

test.each(Object.entries(printers))("a secret is not shown by %s", (_name, print) => {
  for (const held of holders) expect(String(print(held))).not.toContain("canary");
});

test("what another process prints of a secret with its own console holds nothing of it", async () => {
  const program = `
    const { Secret } = await import(${JSON.stringify(`${import.meta.dir}/secret.ts`)});
    const secret = new Secret(process.env.CANARY);
    const held = { secret, list: [secret], map: new Map([[1, secret]]) };
    for (const method of ["log", "info", "warn", "error", "debug", "trace"]) console[method](held, secret, "%s %o %j", held);
    console.table([held]); console.dir(held, { depth: 9 }); console.warn("%s %o %j", secret, held, held); console.assert(false, held);
    setTimeout(() => { throw Object.assign(new Error("uncaught " + secret, { cause: held }), { held }); }, 0);
  `;
  const child = Bun.spawn([process.execPath, "-e", program], { env: { CANARY: value }, stdout: "pipe", stderr: "pipe" });
  const said = (await new Response(child.stdout).text()) + (await new Response(child.stderr).text());
  expect(said).toContain("[secret]");
  expect(said).toContain("uncaught");
  expect(said).not.toContain("canary");
});

test("a message to a worker carries no secret", async () => {
  const worker = new Worker(
    URL.createObjectURL(new Blob(["self.onmessage = ({ data }) => postMessage(Bun.inspect(data, { depth: 9 }) + JSON.stringify(data))"])),
  );
  const answer = new Promise<string>((resolve) => worker.addEventListener("message", ({ data }) => resolve(String(data))));
  worker.postMessage({ secret: clonedOrRefused(secret), held: clonedOrRefused({ group }) });
  expect(await answer).not.toContain("canary");
  const direct = new Promise<string>((resolve) => {
    worker.addEventListener("message", ({ data }) => resolve(String(data)));
    try {
      worker.postMessage({ secret });
    } catch (error) {
      resolve(String(error));
    }
  });
  expect(await direct).not.toContain("canary");
  worker.terminate();
});
