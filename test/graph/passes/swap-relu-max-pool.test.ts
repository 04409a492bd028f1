import { describe, expect, it } from "vitest";
import { GraphBuilder } from "../../../src/graph/builder.ts";
import type { Graph } from "../../../src/graph/graph.ts";
import { swapReluMaxPool } from "../../../src/graph/passes/swap-relu-max-pool.ts";
import { randomTensor, withSession } from "../vjp/finite-differences.ts";

const halving = { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] };

function reluThenPool(attributes = halving, outputs = ["pooled"]): Graph {
  const b = new GraphBuilder();
  const x = b.input("x", [1, 2, 6, 8]);
  b.opNamed("Relu", [x], {}, "active");
  b.opNamed("MaxPool", ["active"], attributes, "pooled");
  for (const name of outputs) b.output(name, []);
  return b.build();
}

const opsOf = ({ nodes }: Graph): readonly string[] => nodes.map(({ op }) => op);

describe("a max pool after a Relu", () => {
  it("is moved before the Relu if it reduces the picture, and gives the same output", async () => {
    const graph = reluThenPool();
    const swapped = swapReluMaxPool(graph);
    expect(opsOf(swapped)).toEqual(["MaxPool", "Relu"]);
    const x = randomTensor([1, 2, 6, 8], 1);
    const run = (g: Graph): Promise<unknown> =>
      withSession(g, async (session) => (await session.run({ x })).pooled);
    expect(await run(swapped)).toEqual(await run(graph));
  });

  it("stays after the Relu if it keeps the size", () => {
    expect(opsOf(swapReluMaxPool(reluThenPool({ ...halving, strides: [1, 1] })))).toEqual([
      "Relu",
      "MaxPool",
    ]);
  });

  it("stays after a layer that is an output", () => {
    const graph = reluThenPool(halving, ["active", "pooled"]);
    expect(opsOf(swapReluMaxPool(graph))).toEqual(["Relu", "MaxPool"]);
  });
});
