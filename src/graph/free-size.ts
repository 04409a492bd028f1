import type { Graph } from "./graph.ts";

/** Let the picture input `[N, 3, H, W]` take one picture of any height and width. */
export function freeSize(graph: Graph): Graph {
  return {
    ...graph,
    inputs: graph.inputs.map((value) =>
      value.dims.length === 4 ? { ...value, dims: [1, value.dims[1]!, "height", "width"] } : value,
    ),
    // What exporters wrote down for the outputs no longer holds.
    outputs: graph.outputs.map((value) => ({ ...value, dims: [] })),
  };
}
