import { expect, test } from "vitest";
import { DreamError, formatError, printable } from "../src/errors.ts";

test("an error escapes control characters and keeps its lines", () => {
  const error = new DreamError("NOT_A_VIDEO", "first\nsecond \x1b[2J\x07", {
    where: "new\nline\r.mp4",
    hint: "turned \u202eround",
  });
  expect(formatError(error)).toBe(
    "NOT_A_VIDEO: new\\nline\\u000d.mp4: first\nsecond \\u001b[2J\\u0007\n  turned \\u202eround",
  );
});

test("an internal error is escaped too", () => {
  expect(formatError(new TypeError("\x1b]0;title\x07"))).toContain("\\u001b]0;title\\u0007");
});

test("JSON stays valid and keeps its meaning", () => {
  const value = { name: "\u009b31m\u2028\u202e é 漢 🐙", tab: "a\tb\nc" };
  const text = printable(JSON.stringify(value, null, 2));
  expect(text).not.toContain("\u009b");
  expect(JSON.parse(text)).toEqual(value);
});

test("letters of all languages are kept", () => {
  const text = "Grüße, 漢字, עברית, 🐙\n\tnext";
  expect(printable(text)).toBe(text);
});
