import { expect, test } from "vitest";
import { fromSeverity, sentence } from "./words";

test("a fragment of the server becomes a sentence; names keep their case", () => {
  expect(sentence("there is no finding '7'")).toBe("There is no finding '7'.");
  expect(sentence("aws.s3.bukket is no technology")).toBe("aws.s3.bukket is no technology.");
  expect(sentence("The server answered 502.")).toBe("The server answered 502.");
  expect(sentence("as_of: that is no instant")).toBe("as_of: that is no instant.");
  expect(sentence("")).toBe("");
});

test("a lowest score is the severity it begins, or itself", () => {
  expect([null, undefined, 0].map(fromSeverity)).toEqual(["any", "any", "any"]);
  expect([1, 4, 7, 9].map(fromSeverity)).toEqual(["low and above", "medium and above", "high and above", "critical"]);
  expect(fromSeverity(8)).toBe("score 8 and above");
});
