/** Where a picture lies inside its mirrored border at a step. */
import { intTensor, type Tensor } from "../graph/graph.ts";
import type { AscentSpec } from "./ascent-graph.ts";
import type { View } from "./layer-objective.ts";

/** A random place inside a border of `jitter` px in total. */
export interface Offset {
  readonly y: number;
  readonly x: number;
}

export function drawOffset(jitter: number, random: () => number): Offset {
  if (jitter === 0) return { y: 0, x: 0 };
  const y = Math.floor(random() * (jitter + 1));
  return { y, x: Math.floor(random() * (jitter + 1)) };
}

/** Place the picture at an offset inside its mirrored border of `jitter` px in total. */
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

/** What is seen of a picture at an offset inside its border. */
export function viewOf({ height, width, jitter }: AscentSpec, { y, x }: Offset): View {
  return { y, x, height, width, seenHeight: height + jitter, seenWidth: width + jitter };
}
