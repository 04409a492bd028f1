import { existsSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeFlo, encodeFlo } from "../../src/flow/flo-file.ts";
import { makeFlow } from "../../src/flow/flow-field.ts";
import { flowPicture } from "../../src/flow/flow-picture.ts";

const example = new URL("../../../shared/media/marple/forward_1_2.flo", import.meta.url);

describe("flow files", () => {
  test("are read as they were written", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 1, max: 9 }),
        fc.integer(),
        (height, width, seed) => {
          const flow = makeFlow(height, width, (x, y) => [seed % 100, x * 0.5 - y]);
          expect(decodeFlo(encodeFlo(flow), "x.flo")).toEqual(flow);
        },
      ),
      { seed: 1 },
    );
  });

  test("start with PIEH, width and height, and interleave x and y", () => {
    const bytes = encodeFlo(makeFlow(1, 2, (x) => [x + 1, -x]));
    expect(Buffer.from(bytes.subarray(0, 4)).toString()).toBe("PIEH");
    const view = new DataView(bytes.buffer);
    expect([view.getInt32(4, true), view.getInt32(8, true)]).toEqual([2, 1]);
    expect([12, 16, 20, 24].map((at) => view.getFloat32(at, true))).toEqual([1, -0, 2, -1]);
  });

  test("are refused by name if they are invalid or truncated", () => {
    const bytes = encodeFlo(makeFlow(3, 4, () => [0, 0]));
    const refusal = { code: "FLOW_INVALID", where: "bad.flo" };
    for (const bad of [bytes.subarray(0, 50), new Uint8Array(40), new Uint8Array(0)]) {
      expect(() => decodeFlo(bad, "bad.flo")).toThrow(expect.objectContaining(refusal));
    }
  });

  test.skipIf(!existsSync(example))(
    "of other programs are read (skipped without shared media)",
    () => {
      const flow = decodeFlo(readFileSync(example), "forward_1_2.flo");
      expect([flow.width, flow.height]).toEqual([450, 350]);
      expect(flow.data.every((v) => Math.abs(v) < 50)).toBe(true);
    },
  );
});

describe("flow as a picture", () => {
  const colour = (u: number, v: number): number[] => [
    ...flowPicture(
      makeFlow(1, 1, () => [u, v]),
      1,
    ).data,
  ];

  test("is white without motion and black for unknown flow", () => {
    expect(colour(0, 0)).toEqual([1, 1, 1]);
    expect(colour(Number.NaN, 0)).toEqual([0, 0, 0]);
  });

  test("is red for motion to the right, yellow down, cyan left, blue up", () => {
    const [r, g, b] = colour(1, 0);
    expect([r, g, b]).toEqual([1, expect.closeTo(0, 1), expect.closeTo(0, 1)]);
    expect(colour(0, 1)).toEqual([expect.closeTo(1, 1), expect.closeTo(0.9, 0), 0]);
    expect(colour(-1, 0)[0]).toBeLessThan(0.05);
    expect(colour(-1, 0)[2]).toBeGreaterThan(0.8);
    expect(colour(0, -1)[2]).toBeGreaterThan(0.9);
  });
});
