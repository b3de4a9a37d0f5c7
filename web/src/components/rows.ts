/** Side-by-side rows of two documents: lines of their pretty form, unchanged stretches folded. */
import { diffLines } from "diff";

export type Cell = { number: number; text: string } | null;
export type Row =
  | { kind: "same"; before: Cell; after: Cell }
  | { kind: "changed"; before: Cell; after: Cell }
  | { kind: "folded"; lines: number };

function lines(text: string): string[] {
  const all = text.split("\n");
  if (all.at(-1) === "") all.pop();
  return all;
}

/** The pretty form a document is compared and shown in; a document that is not there is empty. */
export function pretty(document: unknown): string {
  return document === null || document === undefined ? "" : JSON.stringify(document, null, 2) + "\n";
}

/** Rows of `before` and `after`, with `context` unchanged lines around each difference. */
export function rows(before: unknown, after: unknown, context = 4): Row[] {
  const found: Row[] = [];
  let left = 0;
  let right = 0;
  const parts = diffLines(pretty(before), pretty(after));
  for (let index = 0; index < parts.length; index += 1) {
    const part = parts[index];
    if (!part) continue;
    if (!part.added && !part.removed) {
      for (const text of lines(part.value)) {
        left += 1;
        right += 1;
        found.push({ kind: "same", before: { number: left, text }, after: { number: right, text } });
      }
      continue;
    }
    const next = parts[index + 1];
    const removed = part.removed ? lines(part.value) : [];
    const added = part.added ? lines(part.value) : part.removed && next?.added ? lines(next.value) : [];
    if (part.removed && next?.added) index += 1;
    for (let line = 0; line < Math.max(removed.length, added.length); line += 1) {
      const old = removed[line];
      const fresh = added[line];
      found.push({
        kind: "changed",
        before: old === undefined ? null : { number: (left += 1), text: old },
        after: fresh === undefined ? null : { number: (right += 1), text: fresh },
      });
    }
  }
  return fold(found, context);
}

function fold(all: Row[], context: number): Row[] {
  const near = all.map(() => false);
  all.forEach((row, index) => {
    if (row.kind !== "changed") return;
    for (let at = Math.max(0, index - context); at <= Math.min(all.length - 1, index + context); at += 1) near[at] = true;
  });
  const shown: Row[] = [];
  let hidden = 0;
  all.forEach((row, index) => {
    if (near[index]) {
      if (hidden > 0) shown.push({ kind: "folded", lines: hidden });
      hidden = 0;
      shown.push(row);
    } else {
      hidden += 1;
    }
  });
  if (hidden > 0) shown.push({ kind: "folded", lines: hidden });
  return shown;
}
