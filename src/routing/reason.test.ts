import { expect, test } from "bun:test";
import type { Attempt } from "../exchange/index.ts";
import { reasonOf } from "./reason.ts";

const failed = (target: string): Attempt => ({ target, outcome: "upstream_failed", status: 500, ms: 1 });

test("what answered behind a failure says what failed before it, and not more than fits a header", () => {
  const answered: Attempt = { target: "b/m", outcome: "answered", ms: 1 };
  expect(reasonOf({ reason: "first of the list" }, [failed("a/m"), answered])).toBe(
    "first of the list failed (a/m upstream_failed); next try",
  );
  const many = ["a", "b", "c", "d", "e"].map((name) => failed(`${name}/m`));
  expect(reasonOf({ reason: "only target" }, [...many, answered])).toEndWith("c/m upstream_failed and 2 more); next try");
});
