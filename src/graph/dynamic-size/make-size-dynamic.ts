import { DreamError } from "../../errors.ts";
import type { Graph } from "../graph.ts";
import { isChannelsLast, sidesOf } from "../picture.ts";
import { inferShapes } from "../shapes/infer-shapes.ts";
import { makeHeadConvolutional } from "./make-head-convolutional.ts";
import { makePoolsDynamic } from "./make-pools-dynamic.ts";
import { type Export, makeShapesDynamic } from "./make-shapes-dynamic.ts";

/**
 * Let the picture input of `graph`, `[N, 3, H, W]` or `[N, H, W, 3]`, take one picture of any height and width.
 * What the exporter fixed at the size it declares, or at `nativeSize` px, is freed: pooling of the whole map, shapes
 * that name its height and width, and fully connected layers, which become convolutions. At that size nothing
 * changes. What cannot be freed rightly is marked as `exportedFor` its size; a file that takes every size stays as it is.
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
    // What exporters wrote down for the outputs no longer holds.
    outputs: graph.outputs.map((value) => ({ ...value, dims: [] })),
  };
  const declared = sidesOf(input.dims);
  const [height, width] = declared.map((side) => Number(side) || nativeSize) as [number, number];
  const at = (h: number, w: number): Export["own"] => ({
    [input.name]: picture(h, w).map((d) => Number(d) || 3),
  });
  const sizes: Export = {
    own: at(height, width),
    // So much larger that even the smallest maps are of another size, and of no multiple of it.
    probe: at(2 * height + 33, 3 * width + 65),
    ...(declared.some((side) => typeof side === "number") ? { only: [height, width] } : {}),
  };
  // Where it does not fit its own size, using it tells why.
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
