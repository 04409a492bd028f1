import { describe, expect, test } from "vitest";
import { gradeColor, measureColor } from "../../src/flow/color.ts";
import { fromOklab, toOklab } from "../../src/flow/oklab.ts";
import { createFrame } from "../../src/frame.ts";
import { randomFrame } from "../helpers/network.ts";

describe("OKLab", () => {
  test.each([
    ["white", [1, 1, 1], [1, 0, 0]],
    ["red", [1, 0, 0], [0.62796, 0.22486, 0.12585]],
    ["blue", [0, 0, 1], [0.45201, -0.03246, -0.31153]],
    ["dark grey", [0.2, 0.2, 0.2], [0.32109, 0, 0]],
  ])("has the published value of %s", (_, rgb, expected) => {
    const frame = createFrame(1, 1);
    frame.data.set(rgb);
    const lab = new Float32Array(3);
    toOklab(frame, lab);
    expect([...lab]).toEqual(expected.map((v) => expect.closeTo(v, 3)));
  });

  test("comes back to the same display values", () => {
    const frame = randomFrame(8, 32, 32);
    const back = new Float32Array(frame.data.length);
    toOklab(frame, back);
    fromOklab(back, [1, 1, 1], [0, 0, 0]);
    expect(Math.max(...back.map((v, i) => Math.abs(v - frame.data[i]!)))).toBeLessThan(1e-3);
  });
});

test("colours are measured over all of a large picture", () => {
  const [dark, light] = [createFrame(120, 320), createFrame(120, 320)];
  light.data.fill(1);
  const data = light.data.map((v, i) => (i % (120 * 320) < 60 * 320 ? 0 : v));
  const { mean, spread } = measureColor({ ...light, data });
  expect(mean[0]).toBeCloseTo((measureColor(dark).mean[0]! + measureColor(light).mean[0]!) / 2, 5);
  expect(spread[0]).toBeCloseTo(0.5, 5);
});

describe("grading", () => {
  const frame = randomFrame(2, 40, 40);

  test("with nothing to do returns the very frame", () => {
    expect(gradeColor(frame, undefined, 1)).toBe(frame);
  });

  test("brings mean and spread to the target's", () => {
    const drifted = { ...frame, data: frame.data.map((v, i) => v * 0.6 + (i < 1600 ? 0.1 : 0)) };
    const target = measureColor(frame);
    const graded = measureColor(gradeColor(drifted, target, 1));
    expect(graded.mean).toEqual(target.mean.map((v) => expect.closeTo(v, 2)));
    expect(graded.spread).toEqual(target.spread.map((v) => expect.closeTo(v, 2)));
  });

  test("saturation 0 leaves grey, 1 changes nothing, 2 doubles chroma", () => {
    const area = 1600;
    const grey = gradeColor(frame, undefined, 0);
    expect(
      Math.max(
        ...Array.from({ length: area }, (_, i) => Math.abs(grey.data[i]! - grey.data[i + area]!)),
      ),
    ).toBeLessThan(2e-3);
    const soft = { ...frame, data: frame.data.map((v) => 0.5 + (v - 0.5) * 0.2) };
    const doubled = measureColor(gradeColor(soft, undefined, 2));
    expect(doubled.spread[1]! / measureColor(soft).spread[1]!).toBeCloseTo(2, 1);
  });
});
