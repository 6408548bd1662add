import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freshGateway, type GatewayProcess, stopAll } from "./gateway-process.ts";

setDefaultTimeout(120_000);
const rounds = 40;
let folder: string;
let nodes: readonly GatewayProcess[];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "sluice-key-races-"));
  nodes = [await freshGateway(join(folder, "one")), await freshGateway(join(folder, "one"))];
});
afterAll(async () => {
  await stopAll();
  rmSync(folder, { recursive: true });
});

const made = async (name: string) => (await nodes[0]?.ask("POST", "/keys", { name })) as Awaited<ReturnType<GatewayProcess["ask"]>>;
/** No more than the admin API lets one key ask for. */
const rest = () => new Promise((resolve) => setTimeout(resolve, 80));

test("of two who rotate a key at once, at two processes, one gets a new one", async () => {
  for (let round = 0; round < rounds; round++) {
    const { id } = (await made(`rotated-${round}`)).body;
    const told = await Promise.all(nodes.map((node) => node.ask("POST", `/keys/${id}/rotate`, {})));
    const statuses = told.map(({ status }) => status).toSorted();
    expect([round, statuses[0], statuses[1] === 409 || statuses[1] === 412]).toEqual([round, 201, true]);
    await rest();
  }
});

test("of two who change what they have read, at two processes, one is first and the other is told", async () => {
  for (let round = 0; round < rounds; round++) {
    const { body, etag } = await made(`changed-${round}`);
    const change = (node: GatewayProcess, at: number) =>
      node.ask("PATCH", `/keys/${body.id}`, { metadata: { by: String(at) } }, { "if-match": etag as string });
    const told = await Promise.all(nodes.map(change));
    expect([round, told.map(({ status }) => status).toSorted()]).toEqual([round, [200, 412]]);
    await rest();
  }
});

test("of two who make keys of one name, at two processes, one has it, and the other is told; so it is with renaming", async () => {
  for (let round = 0; round < rounds; round++) {
    const name = `twin-${round}`;
    const told = await Promise.all(nodes.map((node) => node.ask("POST", "/keys", { name })));
    expect([round, told.map(({ status }) => status).toSorted()]).toEqual([round, [201, 409]]);
    await rest();
    const others = [(await made(`${name}-a`)).body.id, (await made(`${name}-b`)).body.id];
    const renamed = await Promise.all(nodes.map((node, at) => node.ask("PATCH", `/keys/${others[at]}`, { name: `${name}-c` })));
    expect([round, renamed.map(({ status }) => status).toSorted()]).toEqual([round, [200, 409]]);
    await rest();
  }
  const listed = await nodes[0]?.ask("GET", "/keys?name=twin-0");
  expect(listed?.body.data.length).toBe(1);
});
