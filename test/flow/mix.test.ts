import { afterAll, describe, expect, test } from "vitest";
import { Mixer } from "../../src/flow/mix.ts";
import { createFrame, type Frame, mixFrames } from "../../src/frame.ts";
import { createOrtEngine } from "../../src/runtime/ort/engine.ts";
import { onDevice } from "../../src/runtime/pictures.ts";
import { randomFrame } from "../helpers/network.ts";

const engine = createOrtEngine("cpu");
const mixer = new Mixer(engine);
afterAll(() => engine.dispose());

const [height, width] = [6, 9];
const [one, two] = [randomFrame(1, height, width), randomFrame(2, height, width)];
/** Half black, half white in all channels but red, so that luma decides. */
const half = createFrame(height, width);
for (let i = 0; i < half.data.length; i++) half.data[i] = i % width < 4 ? 0 : 1;

const mix = (
  amount: number,
  matte?: { readonly frame: Frame; readonly invert: boolean; readonly strength: number },
): Promise<Frame> =>
  onDevice(engine, matte ? [one, two, matte.frame] : [one, two], (scope, a, b, picture) =>
    mixer.mix(scope, a!, b!, amount, matte && { ...matte, picture: picture! }),
  );

describe("mixing on the engine", () => {
  test("equals mixing in memory", async () => {
    const expected = mixFrames(one, two, 0.3).data;
    const { data } = await mix(0.3);
    expect([...data]).toEqual([...expected].map((v) => expect.closeTo(v, 6)));
  });

  test("by 0 and by 1 returns the operand objects", async () => {
    expect(await mix(0)).toBe(one);
    expect(await mix(1)).toBe(two);
  });

  test.each([
    ["white is mixed, black is not", false, 1, [0, 0.8]],
    ["inverted, black is mixed, white is not", true, 1, [0.8, 0]],
    ["at half strength, black is mixed by half", false, 0.5, [0.4, 0.8]],
  ] as const)("by a matte: %s", async (_, invert, strength, [left, right]) => {
    const { data } = await mix(0.8, { frame: half, invert, strength });
    for (let i = 0; i < data.length; i++) {
      const share = i % width < 4 ? left : right;
      expect(data[i]).toBeCloseTo(one.data[i]! + (two.data[i]! - one.data[i]!) * share, 5);
    }
  });
});
