import { DreamError } from "../../errors.ts";
import type { Graph } from "../graph.ts";
import { isChannelsLast, spatialDims } from "../picture.ts";
import { inferShapes } from "../shapes/infer-shapes.ts";
import { makeHeadConvolutional } from "./make-head-convolutional.ts";
import { makePoolsDynamic } from "./make-pools-dynamic.ts";
import { type Export, makeShapesDynamic } from "./make-shapes-dynamic.ts";

/**
 * Make the picture input of `graph`, `[N, 3, H, W]` or `[N, H, W, 3]`, accept one picture of any height and width.
 * Three things that the exporter fixed at its declared size, or at `nativeSize` px, become dynamic: pooling of the
 * whole map, shapes that contain height and width, and fully connected layers, which become convolutions. At the
 * exported size the results are unchanged. Parts that cannot be made dynamic are marked with their size in
 * `exportedFor`; a file that already accepts every size stays as it is.
 */
export function makeSizeDynamic(graph: Graph, nativeSize: number): Graph {
  const input = graph.inputs[0];
  if (input?.dims.length !== 4) return graph;
  const last = isChannelsLast(input.dims);
  const channels = last ? 3 : input.dims[1]!;
  const picture = <T>(height: T, width: T): (T | number | string)[] =>
    last ? [1, height, width, 3] : [1, channels, height, width];
  const free: Graph = {
    ...graph,
    inputs: graph.inputs.map((value) =>
      value === input ? { ...value, dims: picture("height", "width") } : value,
    ),
    // The output shapes in the file no longer hold.
    outputs: graph.outputs.map((value) => ({ ...value, dims: [] })),
  };
  const declared = spatialDims(input.dims);
  const [height, width] = declared.map((side) => Number(side) || nativeSize) as [number, number];
  const at = (h: number, w: number): Export["own"] => ({
    [input.name]: picture(h, w).map((d) => Number(d) || 3),
  });
  const sizes: Export = {
    own: at(height, width),
    // Large enough that even the smallest maps differ in size, and not a multiple of the exported size.
    probe: at(2 * height + 33, 3 * width + 65),
    ...(declared.some((side) => typeof side === "number") ? { only: [height, width] } : {}),
  };
  // If the graph does not fit its own size, running it reports why.
  if (!fits(free, sizes.own) || (!sizes.only && fits(free, sizes.probe))) return free;
  return makeShapesDynamic(makeHeadConvolutional(makePoolsDynamic(free, sizes), sizes), sizes);
}

function fits(graph: Graph, dims: Export["own"]): boolean {
  try {
    inferShapes(graph, dims);
    return true;
  } catch (error) {
    if (error instanceof DreamError) return false;
    throw error;
  }
}
