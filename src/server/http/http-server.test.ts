import assert from "node:assert/strict";
import { test } from "node:test";
import type { Front } from "../listener.ts";
import { HttpServer } from "./http-server.ts";

const options = { gateway: { isForPages: () => true } as unknown as Front, host: "127.0.0.1", port: 0, rules: () => ({ hosts: [] }) };

test("a server that is closed without draining takes no further connections", async () => {
  let closed = 0;
  const server = await HttpServer.listen(options, () => ({ port: 7, close: () => closed++ }));
  assert.equal(server.port, 7);
  await server.close();
  assert.ok(closed > 0);
});

test("an address that cannot be listened on is told as it is", async () => {
  const refuse = () => Promise.reject(new Error("EADDRINUSE"));
  await assert.rejects(HttpServer.listen(options, refuse), /EADDRINUSE/);
});
