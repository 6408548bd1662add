import { expect, test } from "bun:test";
import { Fault } from "../../exchange/index.ts";
import { providers, type Transport, type UpstreamRequest } from "../../providers/index.ts";
import { defaultConfig, findLocalRuntimes, withProviders } from "../index.ts";

const local = [...providers.values()].find((provider) => provider.local === true && provider.baseUrl !== undefined)!;

/** A machine on which `answer` is all that listens. */
function machine(answer: (request: UpstreamRequest) => string): Transport {
  return {
    async send(request) {
      const text = answer(request);
      async function* body() {
        yield new TextEncoder().encode(text);
      }
      return { status: 200, header: () => undefined, body: body() };
    },
    addresses: async (host) => [host],
    async close() {},
  };
}

test("a runtime that lists its models becomes a provider with these models", async () => {
  const found = await findLocalRuntimes(
    machine(({ url }) => {
      if (!url.href.startsWith(local.baseUrl!)) throw new Fault("upstream_unreachable");
      return '{"object":"list","data":[{"id":"qwen3:8b"},{"id":7}]}';
    }),
  );
  expect(found.map(({ name, models }) => ({ name, models }))).toEqual([{ name: local.id, models: ["qwen3:8b"] }]);
  const config = withProviders(defaultConfig({}), found);
  expect(config.providers.map(({ name }) => name)).toContain(local.id);
  expect(withProviders(config, found).providers).toHaveLength(config.providers.length);
});

test("an address that several runtimes have by default is asked once", async () => {
  const asked: string[] = [];
  const found = await findLocalRuntimes(
    machine(({ url }) => {
      asked.push(url.href);
      return '{"object":"list","data":[{"id":"m"}]}';
    }),
  );
  expect(new Set(asked).size).toBe(asked.length);
  const addresses = [...providers.values()].flatMap(({ local, baseUrl }) => (local === true && baseUrl !== undefined ? [baseUrl] : []));
  expect(found).toHaveLength(new Set(addresses).size);
  expect(addresses.length).toBeGreaterThan(found.length);
});

test.each(["<html>a development server</html>", "{}", "[]", '{"data":"no"}', ""])(
  "another program on the port (%p) is no runtime",
  async (text) => {
    expect(await findLocalRuntimes(machine(() => text))).toEqual([]);
  },
);

test("without any variable set, only what needs no key is there", () => {
  const config = defaultConfig({});
  expect(config.providers.every(({ provider }) => provider.answer !== undefined)).toBe(true);
  expect(config.listen).toEqual({ host: "127.0.0.1", port: 8787 });
});
