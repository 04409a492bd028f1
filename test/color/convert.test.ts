import { describe, expect, test } from "vitest";
import { convertColors } from "../../src/color/convert.ts";
import { toBt709 } from "../../src/color/primaries.ts";
import { toneMap } from "../../src/color/tone-map.ts";
import { lightToPq, pqToLight } from "../../src/color/transfer.ts";
import { createFrame } from "../../src/frame.ts";

/** The conversion of one pixel, 0..255. */
function convert(primaries: string, transfer: string, rgb: readonly number[]): number[] {
  const frame = createFrame(1, 1);
  frame.data.set(rgb);
  convertColors({ primaries, transfer }).apply?.(frame);
  return [...frame.data].map((v) => v * 255);
}

const pq = (...nits: number[]): number[] => nits.map(lightToPq);

describe("HDR", () => {
  test.each([
    ["HLG", "arib-std-b67", (share: number) => share, 0.75],
    ["PQ", "smpte2084", lightToPq, 203],
  ] as const)("of %s maps white to nearly white, and grey to grey", (_, transfer, to, white) => {
    const [r, g, b] = convert("bt2020", transfer, Array(3).fill(to(white)));
    expect(r).toBeGreaterThan(215);
    expect(r).toBeLessThan(245);
    expect(Math.max(Math.abs(r! - g!), Math.abs(r! - b!))).toBeLessThan(0.1);
  });

  test("keeps dark tones and compresses bright ones, without a step", () => {
    // Light of 20 cd/m² is 20/203 of white: sRGB 88.4.
    expect(convert("bt2020", "smpte2084", pq(20, 20, 20))[0]).toBeCloseTo(88.4, 0);
    expect(convert("bt2020", "smpte2084", pq(1000, 1000, 1000))[0]).toBeCloseTo(255, 0);
    expect(convert("bt2020", "smpte2084", pq(9000, 9000, 9000))[0]).toBeCloseTo(255, 0);
    const lights = Array.from({ length: 400 }, (_, i) => toneMap(i / 80, 1000));
    for (let i = 1; i < lights.length; i++) {
      expect(lights[i]!).toBeGreaterThanOrEqual(lights[i - 1]!);
      expect(lights[i]! - lights[i - 1]!).toBeLessThan(0.02);
    }
  });

  test("is compressed up to the peak in its file's metadata", () => {
    const grey = (nits: number, peak?: number): number => {
      const frame = createFrame(1, 1);
      frame.data.set(pq(nits, nits, nits));
      const meaning = { primaries: "bt2020", transfer: "smpte2084" };
      convertColors(peak === undefined ? meaning : { ...meaning, peak }).apply?.(frame);
      return frame.data[0]! * 255;
    };
    // Calculated with BT.2390 in Python: with a peak of 4000 cd/m², tones above 1000 remain distinct and white is
    // darker.
    for (const [nits, peak, expected] of [
      [203, 1000, 229],
      [203, 4000, 207.9],
      [1000, 4000, 249.8],
      [4000, 4000, 255],
      [203, 400, 243.8],
      [400, 400, 255],
      [203, 100, 255],
    ] as const)
      expect(grey(nits, peak)).toBeCloseTo(expected, 0);
    expect(grey(1000)).toBeCloseTo(255, 0);
    expect(grey(203, 1000)).toBeCloseTo(grey(203), 5);
  });

  test("keeps the hue of light brighter than white", () => {
    const [r, g, b] = convert("bt709", "smpte2084", pq(800, 200, 50));
    expect(r).toBeGreaterThan(g! + 60);
    expect(g).toBeGreaterThan(b! + 60);
  });

  test("gives a notice", () => {
    const notice = convertColors({ primaries: "bt2020", transfer: "arib-std-b67" }).notice;
    expect(notice).toContain("HLG");
  });
});

describe("primaries", () => {
  // BT.709 red, green and blue in wider primaries, from ITU-R BT.2087 and SMPTE EG 432-1.
  test.each([
    ["bt2020", [1.6605, -0.5876, -0.0728, -0.1246, 1.1329, -0.0083, -0.0182, -0.1006, 1.1187]],
    ["smpte432", [1.2249, -0.2247, 0, -0.042, 1.0419, 0, -0.0197, -0.0786, 1.0979]],
    ["bt709", [1, 0, 0, 0, 1, 0, 0, 0, 1]],
  ])("of %s are converted to BT.709 by the published matrix", (name, expected) => {
    toBt709(name).forEach((value, i) => {
      expect(value).toBeCloseTo(expected[i]!, 3);
    });
  });

  test.each(["bt470m", "bt470bg", "smpte170m", "film", "smpte431", "ebu3213"])(
    "of %s keep white",
    (name) => {
      const [r, g, b] = convert(name, "bt709", [0.7, 0.7, 0.7]);
      for (const value of [r, g, b]) expect(value).toBeCloseTo(0.7 * 255, 0);
    },
  );

  test("of BT.2020 are converted to give BT.709 cyan", () => {
    const signal = (v: number): number => 1.055 * v ** (1 / 2.4) - 0.055;
    const cyan = [0.3726, 0.9309, 0.9836].map(signal);
    const [r, g, b] = convert("bt2020", "bt2020-10", cyan);
    expect(r).toBeLessThan(4);
    expect(Math.min(g!, b!)).toBeGreaterThan(253);
  });
});

test("sRGB is not converted, and an unknown space is not converted with a notice", () => {
  expect(convertColors({ primaries: "bt709", transfer: "iec61966-2-1" })).toEqual({});
  for (const [primaries, transfer] of [
    ["smpte428", "bt709"],
    ["bt709", "log100"],
    ["constructor", "bt709"],
  ] as const) {
    const { apply, notice } = convertColors({ primaries, transfer });
    expect(apply).toBeUndefined();
    expect(notice).toContain("not converted");
  }
});

test("PQ is its own inverse", () => {
  for (const nits of [0.01, 1, 100, 203, 1000, 10_000])
    expect(pqToLight(lightToPq(nits)) / nits).toBeCloseTo(1, 6);
});
