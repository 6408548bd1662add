import assert from "node:assert/strict";
import { test } from "node:test";
import { Outbox, type Sender } from "./outbox.ts";

/** An outbox whose clock and turns are the test's. */
class Bench {
  nowMs = 1_000;
  ends: (() => void)[] = [];
  readonly sent: string[] = [];
  readonly outbox = new Outbox({ now: () => this.nowMs, atEnd: (callback) => void this.ends.push(callback) });

  sender(name: string, then: () => void = () => undefined): Sender {
    return {
      waiting: 0,
      sendNow: (bytes, from, to) => {
        this.sent.push(`${name}:${bytes.toString("latin1", from, to)}`);
        then();
      },
    };
  }

  take(sender: Sender, text: string, more?: boolean): boolean {
    const bytes = Buffer.from(`<${text}>`);
    const taken = this.outbox.take(sender, bytes, 1, 1 + text.length, more);
    // Lent: they are others as soon as they were given.
    bytes.fill(0x21);
    return taken;
  }

  endTurn(): void {
    for (const callback of this.ends.splice(0)) callback();
  }
}

test("a message that comes alone is not kept", () => {
  const bench = new Bench();
  assert.equal(bench.take(bench.sender("a"), "1"), false);
  bench.nowMs += 0.5;
  assert.equal(bench.take(bench.sender("a"), "2"), false);
  assert.deepEqual([bench.sent, bench.ends.length], [[], 0]);
});

test("messages that follow each other leave together at the end of the turn, each as it was given, in their order", () => {
  const bench = new Bench();
  const [a, b] = [bench.sender("a"), bench.sender("b")];
  bench.take(a, "alone");
  assert.deepEqual(
    [bench.take(a, "one"), bench.take(b, "two"), bench.take(a, "three"), bench.sent, bench.ends.length],
    [true, true, true, [], 1],
  );
  bench.endTurn();
  assert.deepEqual(bench.sent, ["a:one", "b:two", "a:three"]);
  bench.nowMs += 0.05;
  bench.take(b, "four");
  bench.endTurn();
  assert.deepEqual(bench.sent.slice(3), ["b:four"]);
  bench.endTurn();
  assert.equal(bench.sent.length, 4);
});

test("a long message is its sender's to send, behind what waits", () => {
  const bench = new Bench();
  const a = bench.sender("a");
  bench.take(a, "");
  assert.equal(bench.take(a, "short"), true);
  assert.equal(bench.take(a, "x".repeat(16 * 1024 + 1)), false);
  assert.deepEqual(bench.sent, []);
  bench.outbox.flush();
  assert.deepEqual(bench.sent, ["a:short"]);
  bench.endTurn();
  assert.equal(bench.sent.length, 1);
});

test("nothing waits much longer than a quarter of a millisecond while messages come", () => {
  const bench = new Bench();
  const [a, b] = [bench.sender("a"), bench.sender("b")];
  bench.take(a, "");
  for (const at of [0, 1, 2, 3]) {
    bench.nowMs += at === 0 ? 0 : 0.08;
    assert.equal(bench.take(at % 2 === 0 ? a : b, String(at)), true);
  }
  bench.nowMs += 0.08;
  // Not even behind what the same one has said.
  assert.equal(bench.take(b, "4"), false);
  assert.deepEqual(bench.sent, ["a:0", "b:1", "a:2", "b:3"]);
});

test("more than there is room for is not kept, and what was is not lost", () => {
  const bench = new Bench();
  const a = bench.sender("a");
  bench.take(a, "");
  const piece = "y".repeat(16 * 1024);
  for (let count = 0; count < 16; count++) assert.equal(bench.take(a, piece), true);
  assert.equal(bench.take(a, "z"), false);
  assert.equal(bench.sent.length, 1);
  assert.ok(bench.sent[0] === `a:${piece.repeat(16)}`);
});

test("what one sender says with nobody between leaves as one message", () => {
  const bench = new Bench();
  const [a, b] = [bench.sender("a"), bench.sender("b")];
  bench.take(a, "");
  for (const [sender, text] of [
    [a, "1"],
    [a, "2"],
    [b, "3"],
    [a, "4"],
    [a, "5"],
  ] as const)
    assert.equal(bench.take(sender, text), true);
  assert.deepEqual([a.waiting, b.waiting], [2, 1]);
  bench.endTurn();
  assert.deepEqual(bench.sent, ["a:12", "b:3", "a:45"]);
  assert.deepEqual([a.waiting, b.waiting], [0, 0]);
});

test("who has more to say is kept though alone, and what follows leaves with it, soon or not", () => {
  const bench = new Bench();
  const [a, b] = [bench.sender("a"), bench.sender("b")];
  assert.equal(bench.take(a, "head ", true), true);
  bench.nowMs += 0.2;
  assert.equal(bench.take(a, "piece"), true);
  bench.endTurn();
  assert.deepEqual(bench.sent, ["a:head piece"]);
  bench.nowMs += 1;
  assert.equal(bench.take(a, "nothing follows", true), true);
  bench.nowMs += 0.2;
  assert.equal(bench.take(b, "another's comes alone"), false);
  bench.endTurn();
  assert.deepEqual(bench.sent.slice(1), ["a:nothing follows"]);
  bench.nowMs += 1;
  assert.equal(bench.take(a, "x".repeat(16 * 1024 + 1), true), false);
});

test("what has waited long, or would have to, leaves before what came is worked on", () => {
  const bench = new Bench();
  const a = bench.sender("a");
  bench.outbox.before(1_000_000);
  bench.take(a, "");
  bench.take(a, "1");
  bench.nowMs += 0.2;
  bench.outbox.before(500);
  assert.deepEqual(bench.sent, []);
  bench.outbox.before(20_000);
  assert.deepEqual(bench.sent, ["a:1"]);
  bench.take(a, "");
  bench.take(a, "2");
  bench.nowMs += 0.26;
  bench.outbox.before(500);
  assert.deepEqual(bench.sent, ["a:1", "a:2"]);
});

test("the bytes of whoever sends stay theirs, though the rest was flushed meanwhile", () => {
  const bench = new Bench();
  const b = bench.sender("b");
  const seen: string[] = [];
  const first: Sender = {
    waiting: 0,
    sendNow(bytes, from, to) {
      bench.outbox.flush();
      assert.equal(bench.take(b, "another's"), false);
      seen.push(bytes.toString("latin1", from, to));
    },
  };
  bench.take(b, "");
  for (const [sender, text] of [
    [first, "first of all"],
    [b, "second"],
  ] as const)
    assert.equal(bench.take(sender, text), true);
  bench.endTurn();
  assert.deepEqual([seen, bench.sent], [["first of all"], ["b:second"]]);
  assert.equal(bench.take(b, "third"), true);
});

test("what sending leads to is not kept, and the rest still leaves once and in its order", () => {
  const bench = new Bench();
  const [a, b] = [bench.sender("a"), bench.sender("b")];
  const answers: boolean[] = [];
  const nested = bench.sender("n", () => {
    answers.push(bench.take(b, "late"));
    // As one does whose earlier messages wait.
    bench.outbox.flush();
  });
  bench.take(a, "");
  for (const [sender, text] of [
    [a, "1"],
    [nested, "2"],
    [b, "3"],
    [nested, "4"],
    [a, "5"],
  ] as const)
    assert.equal(bench.take(sender, text), true);
  bench.endTurn();
  assert.deepEqual(answers, [false, false]);
  assert.deepEqual(bench.sent, ["a:1", "n:2", "b:3", "n:4", "a:5"]);
  assert.equal(bench.take(a, "6"), true);
});

test("a sender that throws keeps no other from sending", () => {
  const bench = new Bench();
  const a = bench.sender("a");
  const broken = bench.sender("x", () => {
    throw new Error("gone");
  });
  bench.take(a, "");
  for (const sender of [a, broken, a, broken, a]) assert.equal(bench.take(sender, "m"), true);
  for (let turns = 0; turns < 3; turns++) {
    try {
      bench.endTurn();
    } catch (error) {
      assert.equal((error as Error).message, "gone");
    }
  }
  assert.deepEqual(bench.sent, ["a:m", "x:m", "a:m", "x:m", "a:m"]);
  assert.equal(bench.take(a, "again"), true);
});
