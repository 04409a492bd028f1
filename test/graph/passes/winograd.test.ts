import { describe, expect, it } from "vitest";
import { floatTensor, type Graph } from "../../../src/graph/graph.ts";
import { filterDims, winograd, winogradWithFilters } from "../../../src/graph/passes/winograd.ts";
import { graphOf, randomTensor, withSession } from "../vjp/finite-differences.ts";

const channels = 160;

function convolution(
  [height, width]: readonly [number, number],
  pads: readonly number[],
  more = {},
): Graph {
  return graphOf([1, channels, height, width], (b, x) => {
    const kernel = b.constant(randomTensor([channels, channels, 3, 3], 1));
    return b.op("Conv", [x, kernel, b.constant(randomTensor([channels], 2))], {
      kernel_shape: [3, 3],
      pads,
      ...more,
    });
  });
}

/** A convolution by its definition, in double precision. */
function reference(
  { initializers }: Graph,
  x: Float32Array,
  [height, width]: readonly [number, number],
  [top, left, bottom, right]: readonly number[],
): Float64Array {
  const [kernel, bias] = [...initializers.values()].map(({ data }) => data as Float32Array);
  const [rows, columns] = [height + top! + bottom! - 2, width + left! + right! - 2];
  const y = new Float64Array(channels * rows * columns);
  for (let k = 0, to = 0; k < channels; k++)
    for (let row = 0; row < rows; row++)
      for (let column = 0; column < columns; column++, to++) {
        let sum = bias![k]!;
        for (let c = 0; c < channels; c++)
          for (let tap = 0; tap < 9; tap++) {
            const [i, j] = [row - top! + Math.floor(tap / 3), column - left! + (tap % 3)];
            if (i >= 0 && i < height && j >= 0 && j < width)
              sum += kernel![(k * channels + c) * 9 + tap]! * x[(c * height + i) * width + j]!;
          }
        y[to] = sum;
      }
  return y;
}

const named = (graph: Graph): readonly string[] => graph.nodes.map(({ op }) => op);

describe("Winograd convolution", () => {
  it.each([
    ["whole tiles", [16, 16], [1, 1, 1, 1]],
    ["sides that are not multiples of four", [17, 22], [1, 1, 1, 1]],
    ["no padding", [18, 19], [0, 0, 0, 0]],
    ["uneven and wide padding", [15, 14], [2, 0, 1, 2]],
  ] as const)("gives the same output: %s", async (_, size, pads) => {
    const graph = convolution(size, pads);
    expect(named(winograd(graph))).toContain("MatMul");
    const x = randomTensor([1, channels, ...size], 3);
    const wanted = reference(graph, x.data, size, pads);
    const given = await withSession(winograd(graph), async (session) => {
      const results = await session.run({ x });
      return results[graph.outputs[0]!.name]!.data as Float32Array;
    });
    const energy = wanted.reduce((sum, v) => sum + v * v, 0);
    const error = wanted.reduce((sum, v, i) => sum + (v - given[i]!) ** 2, 0);
    expect(given.length).toBe(wanted.length);
    expect(Math.sqrt(error / energy)).toBeLessThan(3e-6);
  });

  it.each([
    ["a stride", convolution([32, 32], [1, 1, 1, 1], { strides: [2, 2] })],
    ["dilation", convolution([32, 32], [2, 2, 2, 2], { dilations: [2, 2] })],
    ["a picture of a few tiles", convolution([8, 8], [1, 1, 1, 1])],
    [
      "few channels",
      graphOf([1, 16, 32, 32], (b, x) =>
        b.op("Conv", [x, b.constant(floatTensor([16, 16, 3, 3]))], { pads: [1, 1, 1, 1] }),
      ),
    ],
  ])("leaves other convolutions unchanged: %s", (_, graph) => {
    expect(winograd(graph)).toBe(graph);
  });

  it("takes transformed kernels as inputs and drops the kernels from the graph", () => {
    const graph = convolution([16, 16], [1, 1, 1, 1]);
    const { graph: shared, filters } = winogradWithFilters(graph);
    const kernel = [...graph.initializers.values()][0]!;
    expect([...filters.values()]).toEqual([kernel]);
    expect([...shared.initializers.values()]).not.toContain(kernel);
    const [name] = filters.keys();
    const dims = shared.inputs.find((input) => input.name === name)?.dims;
    expect(dims).toEqual([36, channels, channels]);
    expect(filterDims(filters.get(name!)!)).toEqual(dims);
  });
});
