import assert from "node:assert/strict";
import { test } from "node:test";
import { Connection, type ConnectionUser } from "./connection.ts";
import type { Link, LinkHandler } from "./link.ts";

/** A link that closes while its first bytes are written. */
function closingLink(handler: LinkHandler): Link {
  let flushed = true;
  return {
    write() {
      flushed = false;
      handler.onClose(new Error("reset"));
    },
    get flushed() {
      return flushed;
    },
    pause: () => undefined,
    resume: () => undefined,
    destroy: () => undefined,
    keepAwake: () => undefined,
  };
}

test("a connection that closes while a head is written breaks its call once, and reads nothing of its body", async () => {
  const broken: unknown[] = [];
  let read = 0;
  const user: ConnectionUser = {
    onConnected: () => undefined,
    onSent: () => undefined,
    onBroken: (error) => broken.push(error),
    onHead: () => undefined,
    onBody: () => undefined,
    onEnd: () => undefined,
  };
  const target = { host: "127.0.0.1", port: 1, tls: undefined, narrow: false };
  const free = () => assert.fail("it is free for another call");
  const connection = new Connection((_target, handler) => closingLink(handler), target, user, free, free);
  const body = {
    length: 2,
    async *stream() {
      read += 1;
      yield new Uint8Array(2);
    },
  };
  connection.send({ head: new Uint8Array(10), body });
  await new Promise((resolve) => setTimeout(resolve, 10));
  assert.deepEqual(broken.map(String), ["Error: reset"]);
  assert.equal(read, 0);
});
