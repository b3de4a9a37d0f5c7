import { expect, test } from "vitest";
import { absolute, relative } from "./time";

test("an instant is shown in UTC without its fraction", () => {
  expect(absolute("2026-11-22T03:00:05.123456Z")).toBe("2026-11-22 03:00:05 UTC");
});

test("a distance is shown in its largest whole unit", () => {
  const now = Date.parse("2026-11-22T12:00:00Z");
  expect(relative("2026-11-22T09:00:00Z", now)).toBe("3 hours ago");
  expect(relative("2026-11-20T09:00:00Z", now)).toBe("2 days ago");
  expect(relative("2026-11-22T12:00:00Z", now)).toBe("now");
  expect(relative("2026-11-22T12:05:00Z", now)).toBe("in 5 minutes");
});
