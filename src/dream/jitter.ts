/** The position of a picture inside its mirrored border at a step. */
import { intTensor, type Tensor } from "../graph/graph.ts";
import type { AscentSpec } from "./ascent-graph.ts";
import type { View } from "./layer-objective.ts";

/** Distance of the picture from the start of the bordered picture, px. */
export interface Offset {
  readonly y: number;
  readonly x: number;
}

/** A random offset, 0 to `jitter` px in each direction. */
export function drawOffset(jitter: number, random: () => number): Offset {
  if (jitter === 0) return { y: 0, x: 0 };
  const y = Math.floor(random() * (jitter + 1));
  return { y, x: Math.floor(random() * (jitter + 1)) };
}

/** The inputs of `ascentGraph` that place the picture at an offset inside its mirrored border. */
export function jitterFeeds(
  { height, width, jitter }: AscentSpec,
  { y, x }: Offset,
): Record<string, Tensor> {
  if (jitter === 0) return {};
  return {
    pads: intTensor([0, 0, y, x, 0, 0, jitter - y, jitter - x]),
    corner: intTensor([y, x]),
    opposite: intTensor([y + height, x + width]),
  };
}

/** The view of a picture at an offset inside its border. */
export function viewOf({ height, width, jitter }: AscentSpec, { y, x }: Offset): View {
  return { y, x, height, width, seenHeight: height + jitter, seenWidth: width + jitter };
}
