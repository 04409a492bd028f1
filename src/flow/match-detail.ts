import type { GraphBuilder } from "../graph/builder.ts";
import { floatTensor } from "../graph/graph.ts";
import { gaussianBlur } from "./plane-ops.ts";

/**
 * Bands of detail, as two sigmas in px, in the order in which they are matched. The finest comes twice: the coarser band
 * and clipping change it, and it is seen first.
 */
const bands = [
  [0, 0.7],
  [0.7, 2],
  [0, 0.7],
] as const;

/** A picture, and how much it counts, 0..1. */
export interface DetailModel {
  readonly output: string;
  readonly time: string;
}

/**
 * `picture` `[1, 3, h, w]`, clipped to 0..1, with as much detail in each band as `models` have. Detail is the energy of
 * the light in a band over the whole picture. `low` and `high` bound the factor on a band.
 */
export function matchDetail(
  b: GraphBuilder,
  picture: string,
  models: readonly DetailModel[],
  [low, high]: readonly [number, number],
): string {
  const luma = b.constant(floatTensor([1, 3, 1, 1], [0.299, 0.587, 0.114]));
  const light = (of: string): string => b.op("Conv", [of, luma]);
  const lights = models.map(({ output, time }) => ({ light: light(output), time }));
  return bands.reduce((now, band) => {
    const detail = detailOf(b, now, 3, band);
    const wanted = lights.map((model) =>
      b.op("Mul", [energy(b, detailOf(b, model.light, 1, band)), model.time]),
    );
    const target = wanted.reduce((sum, one) => b.op("Add", [sum, one]));
    const [goal, had] = [target, energy(b, light(detail))].map((value) =>
      b.op("Add", [value, b.scalar(1e-9)]),
    );
    const factor = b.op("Sqrt", [b.op("Div", [goal!, had!])]);
    const bounded = b.op("Clip", [factor, b.scalar(low), b.scalar(high)]);
    const more = b.op("Mul", [detail, b.op("Sub", [bounded, b.scalar(1)])]);
    return b.op("Clip", [b.op("Add", [now, more]), b.scalar(0), b.scalar(1)]);
  }, picture);
}

/** What of `channels` planes lies between two sigmas. */
function detailOf(
  b: GraphBuilder,
  planes: string,
  channels: number,
  [fine, coarse]: readonly [number, number],
): string {
  const coarser = gaussianBlur(b, planes, coarse, channels, "repeat");
  const finer = fine === 0 ? planes : gaussianBlur(b, planes, fine, channels, "repeat");
  return b.op("Sub", [finer, coarser]);
}

function energy(b: GraphBuilder, band: string): string {
  return b.op("ReduceMean", [b.op("Mul", [band, band])], { keepdims: 0 });
}
