import { expect, test } from "bun:test";
import { Secret } from "../../secrets/index.ts";
import { providers, Upstream } from "../index.ts";
import { passedType } from "./media-type.ts";

const deadlines = { connectMs: 1, firstEventMs: 1, idleMs: 1, totalMs: 1 };

function upstreamOf(id: string): Upstream {
  const provider = providers.get(id);
  if (!provider) throw new Error(`No provider ${id}.`);
  return new Upstream({ name: id, provider, apiKey: new Secret("secret"), deadlines });
}

test("a credential goes where the provider's own answers lead only within the hosts that its declaration trusts", () => {
  const upstream = upstreamOf("black-forest-labs");
  for (const url of ["https://api.bfl.ai/v1/get_result?id=1", "https://api.eu1.bfl.ai/v1/get_result", "https://bfl.ai/"]) {
    expect(upstream.trusts(new URL(url)), url).toBe(true);
  }
  for (const url of ["http://api.eu1.bfl.ai/", "https://evilbfl.ai/", "https://bfl.ai.evil.example/", "https://delivery.example/x.png"]) {
    expect(upstream.trusts(new URL(url)), url).toBe(false);
  }
  expect(upstreamOf("replicate").trusts(new URL("https://replicate.delivery/a.png"))).toBe(false);
});

test("an upstream's content type passes where no browser would run what it names", () => {
  for (const type of [
    "audio/mpeg",
    "image/png",
    "audio/L16;codec=pcm;rate=24000",
    "text/plain; charset=utf-8",
    "text/vtt",
    "application/json",
  ]) {
    expect(passedType(type)).toBe(type);
  }
  for (const type of ["text/html", "image/svg+xml", "application/xhtml+xml", "text/javascript", "", "audio/mpeg\r\nx: y"]) {
    expect(passedType(type)).toBe("application/octet-stream");
  }
});
