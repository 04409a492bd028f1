/** Channels selected by activation, in a network whose activations are known in closed form. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { channelEnergies, chooseChannels } from "../../src/dream/channel-choice.ts";
import { Dreamer } from "../../src/dream/dreamer.ts";
import { createFrame, type Frame } from "../../src/frame.ts";
import { GraphBuilder } from "../../src/graph/builder.ts";
import { floatTensor } from "../../src/graph/graph.ts";
import type { Network } from "../../src/network.ts";
import type { Engine } from "../../src/runtime/engine.ts";
import { selectEngine } from "../../src/runtime/select/select-engine.ts";
import { tinyNetwork } from "../helpers/network.ts";

/** Channel c of `gains` is the red plane times `factors[c]`. */
const factors = [1, -3, 2, 0, 2, 0.5];

function gainsNetwork(): Network {
  const b = new GraphBuilder();
  const frame = b.input("frame", [1, 3, "height", "width"]);
  const kernel = floatTensor(
    [factors.length, 3, 1, 1],
    factors.flatMap((factor) => [factor, 0, 0]),
  );
  b.output(b.op("Conv", [frame, b.constant(kernel)], {}, "gains"), []);
  const layers = [{ name: "gains", op: "Conv", channels: factors.length, stride: 1 }];
  return { ...tinyNetwork(1), graph: b.build(), layers, aliases: new Map([["again", "gains"]]) };
}

function grey(): Frame {
  const frame = createFrame(12, 16);
  frame.data.fill(0.5);
  return frame;
}

let engine: Engine;
let dreamer: Dreamer;
beforeAll(async () => {
  engine = await selectEngine("cpu", { threads: 1 });
  dreamer = new Dreamer(gainsNetwork(), engine);
});
afterAll(() => engine.dispose());

const choose = async (...names: string[]): Promise<string[]> => {
  const chosen = await dreamer.chooseChannels(names, grey(), 7);
  return names.map((name) => chosen.get(name) ?? name);
};

describe("channels by activation", () => {
  test("have the largest or smallest mean squares, with ties in ascending order", async () => {
    expect(
      await choose(
        "gains:strongest-1",
        "gains:strongest-2",
        "gains:weakest-2",
        "again:strongest-3",
      ),
    ).toEqual(["gains:1", "gains:1,2", "gains:3,5", "again:1,2,4"]);
  });

  test("at random depend only on the seed", async () => {
    const at = (seed: number): number[] =>
      chooseChannels({ order: "random", count: 8, channels: 256 }, [], seed);
    expect(at(3)).toEqual(at(3));
    expect(at(3)).not.toEqual(at(4));
    expect(new Set(at(3)).size).toBe(8);
    expect(at(3)).toEqual([...at(3)].sort((a, b) => a - b));
  });

  test("at random are uniformly distributed over all channels", () => {
    const counts = new Array(10).fill(0);
    for (let seed = 0; seed < 2000; seed++)
      for (const channel of chooseChannels({ order: "random", count: 3, channels: 10 }, [], seed))
        counts[channel]++;
    for (const count of counts) expect(Math.abs(count - 600)).toBeLessThan(100);
  });

  test("do not affect other names, and names with the same channels stay distinct", async () => {
    expect(await choose("gains", "gains:2")).toEqual(["gains", "gains:2"]);
    const names = await choose(
      "gains:1",
      "gains:strongest-1",
      "gains:strongest-6",
      "gains:weakest-6",
    );
    expect(names).toEqual(["gains:1", "gains:01", "gains:0,1,2,3,4,5", "gains:00,1,2,3,4,5"]);
    const layers = Object.fromEntries(names.map((name) => [name, 1]));
    const { targets } = dreamer.targets({ layers });
    expect(targets[1]).toMatchObject({ channels: [[1, 1]] });
    expect(targets).toHaveLength(4);
  });

  test("are measured over all positions, without values that are not finite", () => {
    const data = new Float32Array([3, 4, Number.NaN, 1, Number.POSITIVE_INFINITY, 0]);
    expect([...channelEnergies(data, 3)]).toEqual([12.5, 0.5, 0]);
  });

  test("are selected for pictures smaller than the network's windows", async () => {
    const small = new Dreamer(tinyNetwork(1), engine);
    const frame = createFrame(1, 1);
    expect((await small.chooseChannels(["high:strongest-3"], frame, 1)).size).toBe(1);
    await small.dispose();
  });

  test.each([
    ["gains:strongest-0", /"0" is not a number of channels of layer "gains"/, /from 1 to 6/],
    ["gains:weakest-7", /"7" is not a number of channels/, /from 1 to 6/],
    ["gains:random-2.5", /"2\.5" is not a number of channels/, /from 1 to 6/],
    ["gains:strongest-", /"" is not a number of channels/, /from 1 to 6/],
    ["gians:strongest-2", /"gians" is not in network.*did you mean "gains"/, /./],
  ])("refuse %s", async (name, message, hint) => {
    await expect(choose(name)).rejects.toMatchObject({
      code: "SCENE_UNKNOWN_LAYER",
      message: expect.stringMatching(message),
      hint: expect.stringMatching(hint),
    });
  });

  test("need a picture, and a misspelled selection is explained", () => {
    const find = (name: string) => () => dreamer.targets({ layers: { [name]: 1 } });
    expect(find("gains:strongest-2")).toThrow(/chooses channels by a picture/);
    expect(find("gains:strongset-2")).toThrow(/layer "gains" has no channels "strongset-2"/);
  });
});
