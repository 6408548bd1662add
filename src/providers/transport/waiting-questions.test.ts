import assert from "node:assert/strict";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { after, before, test } from "node:test";
import type { Link, OpenLink } from "./link.ts";

// Short questions of one turn wait for its end (`wire/outbox.ts`). Only in Bun; the other runtime's links send at once.

const links: readonly OpenLink[] = typeof Bun === "undefined" ? [] : [(await import("./bun-link.ts")).bunRuntime().openLink];
const heard = new Map<number, string>();
const ended = Promise.withResolvers<void>();
const sockets: Socket[] = [];
const server = createServer((socket) => {
  const place = sockets.push(socket) - 1;
  socket.on("data", (bytes: Buffer) => {
    heard.set(place, (heard.get(place) ?? "") + bytes.toString());
    if (heard.get(place)?.endsWith("end")) ended.resolve();
  });
  socket.on("error", () => socket.destroy());
});
function opened(openLink: OpenLink, calls: string[]): Promise<Link> {
  return new Promise((resolve, reject) => {
    const { port } = server.address() as AddressInfo;
    const note = (what: string) => () => void calls.push(what);
    const handler = { onOpen: () => resolve(link), onData: note("data"), onDrain: note("drain"), onClose: reject };
    const link = openLink({ host: "127.0.0.1", port, tls: undefined, narrow: false }, handler);
  });
}

for (const openLink of links) {
  before(() => new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve)));
  after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });

  test("a question that waits has not left; given up, it never leaves, and the others do", async () => {
    const calls: string[] = [];
    const say = (link: Link, text: string) => link.write(Buffer.from(text), true);
    const first = await opened(openLink, calls);
    let given = first;
    let tries = 0;
    // They wait where they follow each other soon, which a busy machine may prevent.
    while (tries < 500 && (tries === 0 || first.flushed || given.flushed)) {
      given = await opened(openLink, calls);
      tries++;
      say(first, "alone,");
      say(first, "one,");
      say(given, `never ${tries}`);
    }
    assert.deepEqual([first.flushed, given.flushed], [false, false]);
    given.destroy();
    assert.equal(given.flushed, true);
    // What is not lent leaves at once, behind what of its own waits.
    first.write(Buffer.from("end"));
    assert.deepEqual([first.flushed, calls], [true, []]);
    await ended.promise;
    await new Promise((resolve) => setTimeout(resolve, 50));
    assert.equal(heard.get(0), `${"alone,one,".repeat(tries)}end`);
    assert.ok(![...heard.values()].includes(`never ${tries}`));
  });
}
