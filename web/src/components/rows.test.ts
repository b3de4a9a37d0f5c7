import { expect, test } from "vitest";
import { rows } from "./rows";

test("equal documents fold into one row", () => {
  expect(rows({ a: 1 }, { a: 1 })).toEqual([{ kind: "folded", lines: 3 }]);
});

test("a changed member stands beside its old value, with line numbers of both sides", () => {
  expect(rows({ a: 1, b: 2 }, { a: 1, b: 3 }, 0)).toEqual([
    { kind: "folded", lines: 2 },
    { kind: "changed", before: { number: 3, text: '  "b": 2' }, after: { number: 3, text: '  "b": 3' } },
    { kind: "folded", lines: 1 },
  ]);
});

test("a document that did not exist before is all new", () => {
  const found = rows(null, { a: 1 }, 0);
  expect(found.every((row) => row.kind === "changed" && row.before === null)).toBe(true);
  expect(found).toHaveLength(3);
});
