import { afterAll, describe, expect, test } from "vitest";
import { type ColorStatistics, colorTarget, Grader } from "../../src/flow/color.ts";
import { addFromOklab, addToOklab } from "../../src/flow/oklab.ts";
import { createFrame, type Frame } from "../../src/frame.ts";
import { GraphBuilder } from "../../src/graph/builder.ts";
import { createOrtEngine } from "../../src/runtime/ort/engine.ts";
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

  test("converts back to the same display values, from black to white", async () => {
    const frame = randomFrame(8, 32, 32);
    for (let i = 0; i < 256; i++) frame.data[i] = i / 255;
    const back = await convert(await convert(frame, addToOklab), addFromOklab);
    expect(Math.max(...back.data.map((v, i) => Math.abs(v - frame.data[i]!)))).toBeLessThan(1e-3);
  });

  test("stays within 0..1 after conversion to display values", async () => {
    const wild = { ...randomFrame(9, 8, 8) };
    for (let i = 0; i < wild.data.length; i++) wild.data[i] = 6 * wild.data[i]! - 2;
    const { data } = await convert(wild, addFromOklab);
    expect(data.every((v) => v >= 0 && v <= 1)).toBe(true);
  });
});

describe("grading", () => {
  const frame = randomFrame(2, 40, 40);

  test("that changes nothing returns the same frame object", async () => {
    expect(await grade(frame, undefined, 1)).toBe(frame);
  });

  test("matches mean and spread to the target's", async () => {
    const drifted = { ...frame, data: frame.data.map((v, i) => v * 0.6 + (i < 1600 ? 0.1 : 0)) };
    const target = await grader.measureFrame(frame);
    const graded = await grader.measureFrame(await grade(drifted, target, 1));
    expect(graded.mean).toEqual(target.mean.map((v) => expect.closeTo(v, 2)));
    expect(graded.spread).toEqual(target.spread.map((v) => expect.closeTo(v, 2)));
  });

  test("has grey at saturation 0, no effect at 1, and twice the chroma at 2", async () => {
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

  describe("large pictures in strips", () => {
    const [height, width] = [1300, 1200];
    const area = height * width;
    // Darker and less red towards the bottom, so that no strip has the statistics of the whole.
    const large = randomFrame(4, height, width);
    for (let i = 0; i < 2 * area; i++) large.data[i]! *= 1 - (0.7 * (i % area)) / area;

    test("measure the statistics of all pixels", async () => {
      const { mean, spread } = statisticsOf(large);
      const measured = await grader.measureFrame(large);
      expect(measured.mean).toEqual(mean.map((v) => expect.closeTo(v, 5)));
      expect(measured.spread).toEqual(spread.map((v) => expect.closeTo(v, 5)));
    });

    test("matched to their own colours do not change, whatever their strips contain", async () => {
      const held = await grade(large, statisticsOf(large), 1);
      expect(furthest(held.data, large.data)).toBeLessThan(1e-3);
    });

    test("scale chroma as in a small picture", async () => {
      const rows = (frame: Frame, from: number, to: number): number[] =>
        [0, 1, 2].flatMap((c) => [
          ...frame.data.subarray((c * height + from) * width, (c * height + to) * width),
        ]);
      const whole = await grade(large, undefined, 1.5);
      // Across the border of two strips.
      const [from, to] = [100, 110];
      const part = { data: Float32Array.from(rows(large, from, to)), height: to - from, width };
      const expected = await grade(part, undefined, 1.5);
      expect(furthest(rows(whole, from, to), expected.data)).toBeLessThan(1e-6);
    });
  });
});

function furthest(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let max = 0;
  for (let i = 0; i < a.length; i++) max = Math.max(max, Math.abs(a[i]! - b[i]!));
  return max;
}

/** Statistics in double precision with scalar code after Ottosson 2020. */
function statisticsOf({ data, height, width }: Frame): ColorStatistics {
  const area = height * width;
  const linear = (v: number): number => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
  const [sum, square] = [
    [0, 0, 0],
    [0, 0, 0],
  ];
  for (let i = 0; i < area; i++) {
    const [r, g, b] = [0, 1, 2].map((c) => linear(data[c * area + i]!)) as [number, number, number];
    const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
    const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
    const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
    const lab = [
      0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
      1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
      0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
    ];
    for (const [c, v] of lab.entries()) {
      sum[c]! += v;
      square[c]! += v * v;
    }
  }
  const mean = sum.map((v) => v / area);
  return { mean, spread: square.map((v, c) => Math.sqrt(v / area - mean[c]! ** 2)) };
}

describe("the source's chroma", () => {
  /** Little chroma and medium lightness, so that all colours are within sRGB. */
  const muted = (seed: number, height = 40): Frame => {
    const frame = randomFrame(seed, height, 40);
    for (let i = 0; i < frame.data.length; i++) frame.data[i] = 0.45 + 0.2 * (frame.data[i]! - 0.5);
    return frame;
  };
  const [dreamed, source] = [muted(11), muted(12)];
  const keep = (
    share: number,
    target?: ColorStatistics,
    saturation = 1,
    own: Grader = grader,
    pictures: readonly Frame[] = [dreamed, source],
  ): Promise<Frame> =>
    onDevice(engine, pictures, (scope, picture, original) =>
      own.grade(scope, picture!, target && colorTarget(target), saturation, {
        source: original!,
        share,
      }),
    );
  const off = (a: Float32Array, b: Float32Array): number =>
    a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0);
  const plane = 40 * 40;

  test.each([0.25, 0.5, 1])(
    "replaces a share of %f of the dream's chroma, and no lightness",
    async (share) => {
      const [kept, own, given] = await Promise.all(
        [await keep(share), dreamed, source].map((frame) => convert(frame, addToOklab)),
      );
      const expected = own!.data.map((value, i) =>
        i < plane ? value : value + share * (given!.data[i]! - value),
      );
      expect(off(kept!.data, expected)).toBeLessThan(1e-4);
    },
  );

  test("has no effect at 0, bit for bit", async () => {
    expect(await keep(0)).toBe(dreamed);
    const target = await grader.measureFrame(source);
    expect((await keep(0, target, 1.5)).data).toEqual((await grade(dreamed, target, 1.5)).data);
  });

  test("is applied after the matching, whose lightness stays, and before the saturation", async () => {
    const target = await grader.measureFrame(muted(13));
    const [kept, matched, given] = await Promise.all(
      [await keep(1, target, 1.5), await grade(dreamed, target, 1), source].map((frame) =>
        convert(frame, addToOklab),
      ),
    );
    const expected = matched!.data.map((value, i) => (i < plane ? value : 1.5 * given!.data[i]!));
    expect(off(kept!.data, expected)).toBeLessThan(1e-4);
  });

  test("is the same in strips", async () => {
    const strips = new Grader(engine, 40 * 7);
    const target = await grader.measureFrame(muted(13));
    for (const colors of [undefined, target])
      expect(
        off((await keep(0.7, colors, 1.2, strips)).data, (await keep(0.7, colors, 1.2)).data),
      ).toBeLessThan(1e-5);
  });
});
