import { afterAll, describe, expect, test } from "vitest";
import { type ColorStatistics, colorTarget, Grader } from "../../src/flow/color.ts";
import { addFromOklab, addToOklab } from "../../src/flow/oklab.ts";
import { createFrame, type Frame } from "../../src/frame.ts";
import { GraphBuilder } from "../../src/graph/builder.ts";
import { createOrtEngine } from "../../src/runtime/ort.ts";
import { onDevice } from "../../src/runtime/pictures.ts";
import { randomFrame } from "../helpers/network.ts";

const engine = createOrtEngine("cpu");
const grader = new Grader(engine);
afterAll(() => engine.dispose());

async function convert(
  frame: Frame,
  convertBy: (b: GraphBuilder, x: string) => string,
): Promise<Frame> {
  const b = new GraphBuilder();
  const dims = [1, 3, frame.height, frame.width];
  b.opNamed("Identity", [convertBy(b, b.input("x", dims))], {}, "y").output("y", dims);
  const session = await engine.load(b.build());
  const { y } = await session.run({ x: { type: "float32", dims, data: frame.data } });
  await session.dispose();
  return { ...frame, data: y!.data as Float32Array };
}

function grade(
  frame: Frame,
  target: ColorStatistics | undefined,
  saturation: number,
): Promise<Frame> {
  return onDevice(engine, [frame], (scope, picture) =>
    grader.grade(scope, picture!, target && colorTarget(target), saturation),
  );
}

describe("OKLab", () => {
  test.each([
    ["white", [1, 1, 1], [1, 0, 0]],
    ["black", [0, 0, 0], [0, 0, 0]],
    ["red", [1, 0, 0], [0.62796, 0.22486, 0.12585]],
    ["blue", [0, 0, 1], [0.45201, -0.03246, -0.31153]],
    ["dark grey", [0.2, 0.2, 0.2], [0.32109, 0, 0]],
  ])("has the published value of %s", async (_, rgb, expected) => {
    const frame = createFrame(1, 1);
    frame.data.set(rgb);
    const { data } = await convert(frame, addToOklab);
    expect([...data]).toEqual(expected.map((v) => expect.closeTo(v, 3)));
  });

  test("comes back to the same display values, from black to white", async () => {
    const frame = randomFrame(8, 32, 32);
    for (let i = 0; i < 256; i++) frame.data[i] = i / 255;
    const back = await convert(await convert(frame, addToOklab), addFromOklab);
    expect(Math.max(...back.data.map((v, i) => Math.abs(v - frame.data[i]!)))).toBeLessThan(1e-3);
  });

  test("never leaves 0..1 on the way back", async () => {
    const wild = { ...randomFrame(9, 8, 8) };
    for (let i = 0; i < wild.data.length; i++) wild.data[i] = 6 * wild.data[i]! - 2;
    const { data } = await convert(wild, addFromOklab);
    expect(data.every((v) => v >= 0 && v <= 1)).toBe(true);
  });
});

describe("grading", () => {
  const frame = randomFrame(2, 40, 40);

  test("with nothing to do returns the very frame", async () => {
    expect(await grade(frame, undefined, 1)).toBe(frame);
  });

  test("brings mean and spread to the target's", async () => {
    const drifted = { ...frame, data: frame.data.map((v, i) => v * 0.6 + (i < 1600 ? 0.1 : 0)) };
    const target = await grader.measureFrame(frame);
    const graded = await grader.measureFrame(await grade(drifted, target, 1));
    expect(graded.mean).toEqual(target.mean.map((v) => expect.closeTo(v, 2)));
    expect(graded.spread).toEqual(target.spread.map((v) => expect.closeTo(v, 2)));
  });

  test("saturation 0 leaves grey, 1 changes nothing, 2 doubles chroma", async () => {
    const area = 1600;
    const grey = await grade(frame, undefined, 0);
    expect(
      Math.max(
        ...Array.from({ length: area }, (_, i) => Math.abs(grey.data[i]! - grey.data[i + area]!)),
      ),
    ).toBeLessThan(2e-3);
    const soft = { ...frame, data: frame.data.map((v) => 0.5 + (v - 0.5) * 0.2) };
    const doubled = await grader.measureFrame(await grade(soft, undefined, 2));
    const single = await grader.measureFrame(soft);
    expect(doubled.spread[1]! / single.spread[1]!).toBeCloseTo(2, 1);
  });

  test("of a large picture, done strip by strip, is that of its parts", async () => {
    const [height, width] = [1300, 1200];
    const large = randomFrame(4, height, width);
    const rows = (frame: Frame, from: number, to: number): number[] =>
      [0, 1, 2].flatMap((c) => [
        ...frame.data.subarray((c * height + from) * width, (c * height + to) * width),
      ]);
    const whole = await grade(large, undefined, 1.5);
    // Across the border of two strips.
    const [from, to] = [412, 422];
    const part = { data: Float32Array.from(rows(large, from, to)), height: to - from, width };
    const expected = await grade(part, undefined, 1.5);
    expect(
      Math.max(...rows(whole, from, to).map((v, i) => Math.abs(v - expected.data[i]!))),
    ).toBeLessThan(1e-6);
  });
});
