import { arrangeOps } from "./arrange.ts";
import { conv, convTranspose } from "./convolve.ts";
import { pad, slice } from "./edges.ts";
import { gridSample } from "./grid-sample.ts";
import type { Op } from "./op.ts";
import { pointwiseOps } from "./pointwise.ts";
import { averagePool, maxPool } from "./pool.ts";
import { reduceOps } from "./reduce.ts";
import { resize } from "./resize.ts";

/** Every op that this engine supports. `graph/lower.ts` rewrites further ops as combinations of these. */
export const tfjsOps: Readonly<Record<string, Op>> = {
  ...arrangeOps,
  ...pointwiseOps,
  ...reduceOps,
  AveragePool: averagePool,
  Conv: conv,
  ConvTranspose: convTranspose,
  GridSample: gridSample,
  MaxPool: maxPool,
  Pad: pad,
  Resize: resize,
  Slice: slice,
};
