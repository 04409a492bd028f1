import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { splitShot } from "../../../src/farm/pieces/split.ts";
import type { ShotOutline } from "../../../src/farm/share/outline.ts";
import { isDreamed } from "../../../src/pipeline/plan/cadence.ts";

const shotOf = (given: Partial<ShotOutline>): ShotOutline => ({
  ...{
    offset: 0,
    start: 0,
    frames: 100,
    length: 100,
    preRoll: 0,
    warmUp: 0,
    cadence: 1,
    feeds: true,
    anew: [],
  },
  states: [],
  ...given,
});

const ranges = (shot: ShotOutline, cuts: readonly number[], size: number): string[] =>
  splitShot(shot, cuts, size).map(({ from, to, goesOn }) => `${goesOn ? "+" : ""}${from}-${to}`);

describe("a shot", () => {
  test("that feeds back is one chain", () => {
    expect(ranges(shotOf({}), [], 30)).toEqual(["0-33", "+34-67", "+68-99"]);
    expect(ranges(shotOf({}), [], 200)).toEqual(["0-99"]);
  });

  test("is split at cuts, where nothing goes on, and short stretches are one piece", () => {
    expect(ranges(shotOf({}), [40], 60)).toEqual(["0-39", "40-99"]);
    expect(ranges(shotOf({}), [10, 20, 30, 90], 30)).toEqual(["0-29", "30-59", "+60-89", "90-99"]);
    expect(ranges(shotOf({ anew: [50] }), [], 60)).toEqual(["0-49", "50-99"]);
  });

  test("with a cadence ends its stretches at dreamed frames", () => {
    expect(ranges(shotOf({ cadence: 8 }), [], 30)).toEqual(["0-40", "+41-80", "+81-99"]);
    expect(ranges(shotOf({ cadence: 8, feeds: false }), [], 30)).toEqual([
      "0-40",
      "41-80",
      "81-99",
    ]);
  });

  test("that loops is one chain, and without feedback its end, which blends into the pre-roll, is one piece", () => {
    const loop = { preRoll: 24 };
    expect(ranges(shotOf(loop), [50], 60)).toEqual(["0-49", "+50-99"]);
    expect(ranges(shotOf({ ...loop, feeds: false }), [], 8).at(-1)).toBe("76-99");
  });

  test("is covered once, in order, by stretches of at most one and a half pieces and a gap", () => {
    fc.assert(
      fc.property(
        fc.record({
          frames: fc.integer({ min: 1, max: 400 }),
          cadence: fc.integer({ min: 1, max: 9 }),
          preRoll: fc.constantFrom(0, 8),
          feeds: fc.boolean(),
          cuts: fc.uniqueArray(fc.integer({ min: 1, max: 399 }), { maxLength: 12 }),
          size: fc.integer({ min: 1, max: 150 }),
        }),
        ({ cuts, size, ...given }) => {
          const preRoll = Math.min(given.preRoll, Math.floor(given.frames / 3));
          const shot = shotOf({ ...given, preRoll });
          const own = cuts.filter((cut) => cut < shot.frames).sort((a, b) => a - b);
          const stretches = splitShot(shot, own, size);
          let next = 0;
          for (const { from, to, goesOn } of stretches) {
            expect(from).toBe(next);
            expect(to).toBeGreaterThanOrEqual(from);
            expect(to - from + 1).toBeLessThanOrEqual(Math.max(1.5 * size, preRoll) + shot.cadence);
            if (goesOn) expect(isDreamed(shot, from - 1)).toBe(true);
            next = to + 1;
          }
          expect(next).toBe(shot.frames);
        },
      ),
    );
  });
});
