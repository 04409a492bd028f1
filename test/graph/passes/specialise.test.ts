import { describe, expect, it } from "vitest";
import { GraphBuilder } from "../../../src/graph/builder.ts";
import { type Graph, intTensor } from "../../../src/graph/graph.ts";
import { specialise } from "../../../src/graph/passes/specialise.ts";

/** A channel shuffle as exporters write it, with a shape computed from the picture's shape. */
function shuffle(): Graph {
  const b = new GraphBuilder();
  const x = b.input("x", [1, 4, "h", "w"]);
  const shape = b.op("Shape", [x]);
  const at = (i: number): string => {
    const one = b.op("Gather", [shape, b.constant(intTensor([i], []))]);
    return b.op("Unsqueeze", [one, b.ints(0)]);
  };
  const split = b.op("Concat", [at(0), b.ints(2), b.ints(2), at(2), at(3)], { axis: 0 });
  const grouped = b.op("Reshape", [x, split]);
  const swapped = b.op("Transpose", [grouped], { perm: [0, 2, 1, 3, 4] });
  const joined = b.op("Concat", [at(0), b.ints(-1), at(2), at(3)], { axis: 0 });
  b.output(b.op("Reshape", [swapped, joined], {}, "y"), []);
  return b.build();
}

describe("a graph specialised to one size", () => {
  it("keeps none of the nodes that compute shapes", () => {
    const { graph, shapes } = specialise(shuffle(), { x: [1, 4, 5, 6] });
    expect(graph.nodes.map((node) => node.op)).toEqual(["Reshape", "Transpose", "Reshape"]);
    expect(shapes.get("y")).toEqual([1, 4, 5, 6]);
  });

  it("evaluates arithmetic with fractions, as exporters write for Upsample", () => {
    const b = new GraphBuilder();
    const x = b.input("x", [1, 2, "h", "w"]);
    const shape = b.op("Shape", [x]);
    const space = b.op("Slice", [shape, b.ints(2), b.ints(4)]);
    const grown = b.op("Mul", [b.op("Cast", [space], { to: 1 }), b.scalar(1.5)]);
    const sizes = b.op("Cast", [b.op("Floor", [grown])], { to: 7 });
    const all = b.op("Concat", [b.op("Slice", [shape, b.ints(0), b.ints(2)]), sizes], { axis: 0 });
    b.output(b.op("Resize", [x, "", "", all], { mode: "nearest" }, "y"), []);
    const { graph, shapes } = specialise(b.build(), { x: [1, 2, 5, 7] });
    expect(shapes.get("y")).toEqual([1, 2, 7, 10]);
    expect(graph.nodes).toHaveLength(1);
  });
});
