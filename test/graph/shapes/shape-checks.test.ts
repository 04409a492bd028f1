/** Nodes that onnxruntime would refuse during a render are refused earlier, with their names. */
import { afterAll, describe, expect, test } from "vitest";
import { GraphBuilder } from "../../../src/graph/builder.ts";
import {
  type Attribute,
  floatTensor,
  type Graph,
  intTensor,
  type Tensor,
} from "../../../src/graph/graph.ts";
import { inferShapes } from "../../../src/graph/shapes/infer-shapes.ts";
import { createOrtEngine } from "../../../src/runtime/ort/engine.ts";

const engine = createOrtEngine("cpu", { threads: 1 });
afterAll(() => engine.dispose());

type Inputs = readonly (readonly number[] | Tensor | undefined)[];
const w = (...dims: number[]): Tensor => floatTensor(dims);
const map = [1, 4, 6, 5];
const cases: readonly [string, Inputs, Record<string, Attribute>, RegExp, number?][] = [
  ["Split", [map, intTensor([1, 2])], { axis: 1 }, /\[1, 2\] do not add up to 4/, 2],
  ["Split", [map, intTensor([1, 2, 1])], { axis: 1 }, /3 sizes do not fit 2 outputs/, 2],
  ["Split", [map, intTensor([2, 2], [2, 1])], { axis: 1 }, /list of numbers, not \[2, 1\]/, 2],
  ["Gather", [map, intTensor([0, 4])], { axis: 1 }, /index 4 is out of range for a length of 4/],
  ["Gather", [map, intTensor([-5])], { axis: 1 }, /index -5 is out of range for a length of 4/],
  ["Gemm", [[3, 5], w(5, 7), w(6)], {}, /input 2 \[6\] does not broadcast to \[3, 7\]/],
  ["Gemm", [[1, 5], w(5, 7), w(3, 7)], {}, /input 2 \[3, 7\] does not broadcast to \[1, 7\]/],
  ["Gemm", [map, w(4, 7)], {}, /input 0 is not a matrix/],
  ["Conv", [map, w(6, 4, 3, 3), w(5)], {}, /input 2 must be 6 numbers, not \[5\]/],
  ["Conv", [map, w(5, 2, 3, 3)], { group: 2 }, /5 channels do not divide into 2 groups/],
  ["Conv", [map, w(6, 4, 3, 3)], { kernel_shape: [3, 2] }, /stated as \[3, 2\], does not fit/],
  ["Conv", [map, w(6, 4, 3)], {}, /kernel of \[6, 4, 3\]/],
  ["ConvTranspose", [map, w(5, 3, 2, 2)], {}, /4 channels .* the kernel takes 5/],
  ["ConvTranspose", [map, w(4, 3, 2, 2), w(4)], {}, /must be 3 numbers, not \[4\]/],
  ["ConvTranspose", [map, w(4, 3, 2, 2)], { strides: [2] }, /strides \[2\] do not fit 2/],
  ["MaxPool", [map], { kernel_shape: [2, 2], pads: [2, 0, 0, 0] }, /not smaller than the window/],
  ["Pad", [map, intTensor([0, 0, 1, 1, 0, 0, 1])], {}, /7 pads do not fit 4 axes/],
  ["Pad", [map, intTensor([0, 0, 6, 0, 0, 0, 0, 0])], { mode: "reflect" }, /mirrors more/],
  ["Pad", [map, intTensor([0, 0, 1, 1, 0, 0, 1, 1]), w(2)], {}, /must be one number, not \[2\]/],
  ["Slice", [map, intTensor([0]), intTensor([2, 3]), intTensor([2])], {}, /have different lengths/],
  ["Slice", [map, intTensor([0], [1, 1]), intTensor([2], [1, 1])], {}, /list of numbers/],
  ["Slice", [map, intTensor([3]), intTensor([2]), intTensor([2])], {}, /is empty/],
  ["Reshape", [map, intTensor([-1, -1])], {}, /\[-1, -1\] is not a valid target shape/],
  ["Reshape", [map, intTensor([120, 1, 1, 1, 0])], {}, /is not a valid target shape/],
  ["Transpose", [map], { perm: [0, 2, 1] }, /\[0, 2, 1\] is not a permutation of 4 axes/],
  ["Transpose", [map], { perm: [0, 1, 1, 2] }, /is not a permutation of 4 axes/],
  ["Squeeze", [map, intTensor([1])], {}, /axis 1 does not have length 1/],
  ["Unsqueeze", [map, intTensor([1, 1])], {}, /contain an axis twice/],
  ["ReduceMean", [map, intTensor([1], [1, 1])], {}, /list of numbers/],
  ["PRelu", [map, w(3, 1, 1)], {}, /does not broadcast/],
  ["Clip", [map, w(2)], {}, /must be one number/],
  ["Concat", [map, [1, 4, 6, 4]], { axis: 1 }, /differ in an axis that is not joined/],
];

function graphOf(
  op: string,
  inputs: Inputs,
  attributes: Record<string, Attribute>,
  outs: number,
): Graph {
  const b = new GraphBuilder();
  const names = inputs.map((given, i) => {
    if (!given) return "";
    return "type" in given ? b.constant(given) : b.input(`x${i}`, given);
  });
  const outputs = Array.from({ length: outs }, (_, i) => `y${i}`);
  b.node({ op, name: "odd", inputs: names, outputs, attributes });
  for (const name of outputs) b.output(name, []);
  return b.build();
}

async function runs(graph: Graph): Promise<boolean> {
  const feeds = graph.inputs.map(({ name, dims }) => [name, floatTensor(dims as number[])]);
  try {
    const session = await engine.load(graph);
    const results = await session.run(Object.fromEntries(feeds));
    // An empty map runs, but there is nothing to dream on.
    return Object.values(results).every(({ data }) => data.length > 0);
  } catch {
    return false;
  }
}

describe("a node that onnxruntime does not run", () => {
  test.each(cases)(
    "%s, case %#, is refused with its name",
    async (op, inputs, attributes, message, outs = 1) => {
      const graph = graphOf(op, inputs, attributes, outs);
      expect(await runs(graph)).toBe(false);
      expect(() => inferShapes(graph, {})).toThrow(
        expect.objectContaining({
          code: "SHAPE_MISMATCH",
          message: expect.stringMatching(message),
        }),
      );
      expect(() => inferShapes(graph, {})).toThrow(`${op} "odd"`);
    },
  );
});
