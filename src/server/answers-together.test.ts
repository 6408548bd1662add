import { expect, test } from "bun:test";
import { connect } from "node:net";
import type { ClientHandler, ClientLink } from "./http/client-link.ts";
import { collectYoung, openBunDoor } from "./listen-bun.ts";

// Short answers wait for the end of a turn (`wire/outbox.ts`): whatever is done with a connection meanwhile, they arrive, and in order.

const clients = 40;
const long = Buffer.alloc(300 * 1024, "L");

/** What each of many clients reads to its end, of a door that does `act` with each connection that asks. */
async function readAll(act: (link: ClientLink, name: string) => void): Promise<string[]> {
  const door = openBunDoor("127.0.0.1", 0, (link): ClientHandler => {
    const onData = (bytes: Uint8Array) => act(link, Buffer.from(bytes).toString());
    return { onData, onFull: () => undefined, onDrain: () => undefined, onClose: () => undefined };
  });
  const read = (name: string) =>
    new Promise<string>((resolve, reject) => {
      const pieces: Buffer[] = [];
      const socket = connect(door.port, "127.0.0.1", () => socket.write(name));
      socket.on("data", (piece: Buffer) => pieces.push(piece));
      socket.on("close", () => resolve(Buffer.concat(pieces).toString()));
      socket.on("error", reject);
    });
  try {
    return await Promise.all(Array.from({ length: clients }, (_, at) => read(`c${at}`)));
  } finally {
    door.close();
  }
}

/** In memory that is another's after each call, as all answers are put together in one. */
const lent = Buffer.alloc(64);
function write(link: ClientLink, text: string): void {
  link.write(lent, 0, lent.write(text));
  lent.fill("!");
}

const all = (of: (name: string) => string) => Array.from({ length: clients }, (_, at) => of(`c${at}`));

test("short ones before and behind a long one, and the end behind them all", async () => {
  const read = await readAll((link, name) => {
    write(link, `${name} one,`);
    write(link, `${name} two,`);
    link.write(long, 0, long.length);
    write(link, `${name} three`);
    link.end();
  });
  expect(read).toEqual(all((name) => `${name} one,${name} two,${long.toString()}${name} three`));
});

test("a connection that is given up takes nothing with it that was written before", async () => {
  const read = await readAll((link, name) => {
    write(link, `${name} one,`);
    write(link, `${name} two`);
    link.destroy();
  });
  expect(read).toEqual(all((name) => `${name} one,${name} two`));
});

test("many small ones, more than wait at once", async () => {
  const read = await readAll((link, name) => {
    for (let count = 0; count < 300; count++) write(link, `${name} ${count},`);
    link.end();
  });
  expect(read).toEqual(all((name) => Array.from({ length: 300 }, (_, count) => `${name} ${count},`).join("")));
});

/** The server's end of a connection whose client reads nothing, and whether it was told that it takes no more. */
async function unread(): Promise<{ readonly link: ClientLink; readonly told: { full: boolean }; end(): void }> {
  const told = { full: false };
  const accepted = Promise.withResolvers<ClientLink>();
  const onFull = () => {
    told.full = true;
  };
  const door = openBunDoor("127.0.0.1", 0, (link): ClientHandler => {
    accepted.resolve(link);
    return { onData: () => undefined, onFull, onDrain: () => undefined, onClose: () => undefined };
  });
  const socket = connect(door.port, "127.0.0.1").pause();
  socket.on("error", () => undefined);
  const end = () => {
    socket.destroy();
    door.close();
  };
  return { link: await accepted.promise, told, end };
}

/** That a message waits takes another one just before it, which a busy machine may prevent. */
const mostTries = 50;

test("whoever had room, and has none when the turn ends, is told so", async () => {
  let seen = false;
  for (let tries = 0; tries < mostTries && !seen; tries++) {
    const { link, told, end } = await unread();
    while (link.flushed) {
      write(link, "short");
      link.write(long, 0, 16_000);
      const waits = !link.settled;
      await new Promise((resolve) => setImmediate(resolve));
      seen = waits && told.full;
    }
    end();
  }
  expect(seen).toBe(true);
});

test("nothing waits for a collection of garbage", async () => {
  const { link, end } = await unread();
  for (let tries = 0; tries < mostTries && link.settled; tries++) {
    write(link, "one,");
    write(link, "two,");
  }
  expect(link.settled).toBe(false);
  collectYoung();
  expect(link.settled).toBe(true);
  end();
});
