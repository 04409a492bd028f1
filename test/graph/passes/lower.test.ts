import { describe, expect, it } from "vitest";
import type { GraphBuilder } from "../../../src/graph/builder.ts";
import type { FloatTensor, Graph } from "../../../src/graph/graph.ts";
import { specialise } from "../../../src/graph/passes/specialise.ts";
import {
  checkEveryElement,
  graphOf,
  randomTensor,
  withSession,
} from "../vjp/finite-differences.ts";

type Build = (b: GraphBuilder, x: string) => string;

const perChannel = (b: GraphBuilder, count: number, seed: number): string =>
  b.constant(randomTensor([count], seed, 0.5, 1.5));

const cases: readonly (readonly [string, readonly number[], Build])[] = [
  [
    "LayerNormalization over the last axis",
    [1, 3, 4],
    (b, x) => b.op("LayerNormalization", [x, perChannel(b, 4, 1), perChannel(b, 4, 2)]),
  ],
  [
    "LayerNormalization without an offset, over two axes",
    [1, 2, 3, 2],
    (b, x) =>
      b.op("LayerNormalization", [x, b.constant(randomTensor([3, 2], 1))], {
        axis: 2,
        epsilon: 1e-3,
      }),
  ],
  [
    "InstanceNormalization",
    [1, 3, 3, 4],
    (b, x) => b.op("InstanceNormalization", [x, perChannel(b, 3, 1), perChannel(b, 3, 2)]),
  ],
  [
    "GroupNormalization",
    [1, 6, 2, 3],
    (b, x) =>
      b.op("GroupNormalization", [x, perChannel(b, 3, 1), perChannel(b, 3, 2)], { num_groups: 3 }),
  ],
];

async function outputOf(graph: Graph, x: FloatTensor): Promise<FloatTensor> {
  return withSession(graph, async (session) => {
    const results = await session.run({ x });
    return results[graph.outputs[0]!.name] as FloatTensor;
  });
}

describe("composite ops", () => {
  it.each(cases)("%s: the gradient matches finite differences", async (_, dims, build) => {
    await checkEveryElement(graphOf(dims, build), { tolerance: 3e-3 });
  });

  const hardSwish: Build = (b, x) => b.op("HardSwish", [x]);
  it.each([...cases, ["HardSwish", [1, 3, 4], hardSwish] as const])(
    "%s: the lowered graph gives the same output as the runtime's own op",
    async (_, dims, build) => {
      const graph = graphOf(dims, build);
      const x = randomTensor(dims, 7, -3, 3);
      const lowered = specialise(graph, {}).graph;
      expect(lowered.nodes.length).toBeGreaterThan(graph.nodes.length);
      const [own, ours] = [await outputOf(graph, x), await outputOf(lowered, x)];
      ours.data.forEach((value, i) => {
        expect(value).toBeCloseTo(own.data[i]!, 4);
      });
    },
  );
});
