import { afterAll, describe, expect, it } from "vitest";
import { filterDims } from "../../../src/graph/passes/winograd.ts";
import { WinogradFilters } from "../../../src/runtime/ort/winograd-filters.ts";
import { randomTensor } from "../../graph/vjp/finite-differences.ts";

const shared = new WinogradFilters();
afterAll(() => shared.dispose());

describe("Winograd filters", () => {
  it("are computed once per kernel, whatever a graph names them", async () => {
    const kernel = randomTensor([8, 5, 3, 3], 1);
    const { first } = await shared.of(new Map([["first", kernel]]));
    const { second } = await shared.of(new Map([["second", kernel]]));
    expect(second).toBe(first);
    expect(first!.dims).toEqual(filterDims(kernel));
  });

  it("evaluate the kernel's polynomial at all pairs of points", async () => {
    const kernel = randomTensor([4, 3, 3, 3], 2);
    const { filters } = await shared.of(new Map([["filters", kernel]]));
    const given = filters!.data as Float32Array;
    // The value at a point, over the product of its distances to the other points; the last is at infinity.
    const points = [0, Math.SQRT1_2, -Math.SQRT1_2, Math.SQRT2, -Math.SQRT2];
    const weights = (p: number): number[] => {
      const distance = points.reduce((all, q) => (q === p ? all : all * (p - q)), 1);
      return [1, p, p * p].map((v) => v / distance);
    };
    const rows = [...points.map(weights), [0, 0, 1]];
    for (let y = 0; y < 6; y++)
      for (let x = 0; x < 6; x++)
        for (let k = 0; k < 12; k++) {
          let wanted = 0;
          for (let tap = 0; tap < 9; tap++)
            wanted +=
              rows[y]![Math.floor(tap / 3)]! * rows[x]![tap % 3]! * kernel.data[k * 9 + tap]!;
          expect(given[(y * 6 + x) * 12 + k]).toBeCloseTo(wanted, 5);
        }
  });
});
