/** Frames between dreamed ones, against pictures that are known at every time. */
import { afterAll, describe, expect, test } from "vitest";
import { Between, type Middle } from "../../src/flow/between.ts";
import { inverseOf, motionHomography } from "../../src/flow/motion.ts";
import { Paths } from "../../src/flow/paths.ts";
import { createFrame, type Frame } from "../../src/frame.ts";
import { createOrtEngine } from "../../src/runtime/ort/engine.ts";
import { readFrame, uploadFrame } from "../../src/runtime/pictures.ts";
import { type Scope, scoped } from "../../src/runtime/scope.ts";
import { noMotion } from "../helpers/carry.ts";

const engine = createOrtEngine("cpu");
const [paths, between] = [new Paths(engine), new Between(engine)];
afterAll(() => engine.dispose());
const [height, width] = [48, 64];
const size = { height, width };

/** A smooth picture, moved to the right by `px`. */
function waves(px: number, light = 0): Frame {
  const frame = createFrame(height, width);
  for (let i = 0; i < frame.data.length; i++) {
    const [x, y] = [(i % width) - px, Math.floor(i / width) % height];
    frame.data[i] = 0.5 + light + 0.2 * Math.sin(x / 3) * Math.cos(y / 4);
  }
  return frame;
}

/** Largest difference, `margin` px from the edges. */
function furthest(a: Frame, b: Frame, margin = 12): number {
  let most = 0;
  for (let i = 0; i < a.data.length; i++) {
    const [x, y] = [i % width, Math.floor(i / width) % height];
    const inside = x >= margin && x < width - margin && y >= margin && y < height - margin;
    if (inside) most = Math.max(most, Math.abs(a.data[i]! - b.data[i]!));
  }
  return most;
}

/** The middle of `first` and `last`, 4 px apart, over sources that stand. */
async function middleOf(
  first: Frame,
  last: Frame,
  sources: readonly [Frame, Frame, Frame],
  more: Partial<Middle> = {},
): Promise<Frame> {
  const pan = motionHomography({ ...noMotion, pan: [2 / width, 0] }, 1, height, width);
  return scoped(async (scope) => {
    const up = (frame: Frame): ReturnType<typeof uploadFrame> => uploadFrame(engine, scope, frame);
    const [before, source, after] = await Promise.all(sources.map(up));
    const picture = await between.mix(
      scope,
      {
        output: await up(first),
        source: before!,
        path: await paths.ofMap(scope, pan, height, width),
      },
      {
        output: await up(last),
        source: after!,
        path: await paths.ofMap(scope, inverseOf(pan), height, width),
      },
      { source: source!, at: 0.5, ownSource: 0, border: "mirror", ...more },
    );
    return readFrame(picture);
  });
}

describe("a frame between", () => {
  const grey = createFrame(height, width);
  grey.data.fill(0.3);
  const stands = [grey, grey, grey] as const;

  test("shows what both neighbours show, half-way", async () => {
    const middle = await middleOf(waves(0), waves(4), stands);
    expect(furthest(middle, waves(2))).toBeLessThan(0.01);
    expect(furthest(middle, waves(0))).toBeGreaterThan(0.05);
  });

  test("cross-fades what differs", async () => {
    const middle = await middleOf(waves(0, -0.1), waves(4, 0.1), stands);
    expect(furthest(middle, waves(2))).toBeLessThan(0.01);
  });

  test("is as sharp as its neighbours, where their details differ", async () => {
    const energy = (frame: Frame): number => {
      let sum = 0;
      for (let i = 1; i < frame.data.length; i++) sum += (frame.data[i]! - frame.data[i - 1]!) ** 2;
      return sum;
    };
    const grain = (seed: number): Frame => {
      const frame = createFrame(height, width);
      for (let i = 0; i < frame.data.length; i++)
        frame.data[i] = 0.5 + 0.1 * Math.sin(i * 12.9898 * seed + Math.sin(i * 78.233) * 43758);
      return frame;
    };
    const [a, b] = [grain(1), grain(2)];
    const middle = await middleOf(a, b, stands);
    // Half of each alone would have half of the energy, and less after resampling.
    expect(energy(middle) / ((energy(a) + energy(b)) / 2)).toBeGreaterThan(0.8);
  });

  test("takes its own source, and moves only what was dreamed", async () => {
    const light = (value: number): Frame => {
      const frame = createFrame(height, width);
      frame.data.fill(value);
      return frame;
    };
    const over = (frame: Frame, by: number): Frame => ({
      ...frame,
      data: frame.data.map((value) => value + by),
    });
    const sources = [light(0.3), light(0.4), light(0.35)] as const;
    const [first, last] = [over(waves(0), -0.2), over(waves(4), -0.15)];
    const middle = await middleOf(first, last, sources, { ownSource: 1 });
    expect(furthest(middle, over(waves(2), -0.1))).toBeLessThan(0.01);
  });
});

describe("paths", () => {
  const flow = (scope: Scope, x: number, y: number): ReturnType<typeof engine.upload> => {
    const data = new Float32Array(2 * height * width).fill(x, 0, height * width);
    return engine.upload(scope, [1, 2, height, width], data.fill(y, height * width));
  };

  test("add up flow and motion, back and forth", async () => {
    await scoped(async (scope) => {
      const pan = motionHomography({ ...noMotion, pan: [1 / width, 0] }, 1, height, width);
      const sure = new Float32Array(height * width).fill(1);
      const move = {
        map: pan,
        forward: await flow(scope, 2, 1),
        backward: await flow(scope, -2, -1),
        reliable: await engine.upload(scope, [1, 1, height, width], sure),
      };
      const one = await paths.back(scope, move, undefined, size);
      const two = await paths.back(scope, move, one, size);
      const ahead = await paths.forth(scope, move, inverseOf(pan), undefined, size);
      const further = await paths.forth(scope, move, inverseOf(pan), ahead, size);
      const middle = (height / 2) * width + width / 2;
      const at = async ({ to }: typeof one): Promise<readonly number[]> => {
        const data = await to.read();
        return [data[middle]!, data[middle + height * width]!];
      };
      for (const [path, x, y] of [
        [one, -3, -1],
        [two, -6, -2],
        [ahead, 3, 1],
        [further, 6, 2],
      ] as const) {
        const [dx, dy] = await at(path);
        expect(dx).toBeCloseTo(x, 3);
        expect(dy).toBeCloseTo(y, 3);
        expect((await path.reliable!.read())[middle]).toBeCloseTo(1, 3);
      }
    });
  });

  test("an inverse map undoes a map, in perspective too", () => {
    const map = motionHomography({ ...noMotion, zoom: 1.3, tilt: 30, turn: 10 }, 1, height, width);
    const back = inverseOf(inverseOf(map));
    back.forEach((value, i) => {
      expect(value).toBeCloseTo(map[i]! / map[8], 6);
    });
  });
});
