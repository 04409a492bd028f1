/** Numbers on the studio's page keep the digits that say something. */
import { expect, test } from "vitest";
import { shortNumber } from "../../studio/parts/format.ts";

test("a knob shows the digits of its step and one more, and a smaller number is not shown as 0", () => {
  expect(shortNumber(0.0006962, 0.01)).toBe(0.0007);
  expect(shortNumber(-0.0126, 0.01)).toBe(-0.013);
  expect(shortNumber(0.10064, 0.01)).toBe(0.101);
  expect(shortNumber(1.23456, 0.01)).toBe(1.235);
  expect(shortNumber(2.71, 1)).toBe(2.7);
  expect(shortNumber(0, 0.01)).toBe(0);
});
