/**
 * The network's view at a step: a window of the picture's size, moved by a random offset and mirrored beyond the edges, so
 * that the network's grid and its zero padding change position at every step. Pixels outside the window have no gradient at
 * that step. Steps come in pairs of opposite offsets, and pixels that are seen less often have a higher weight.
 */
import { type FloatTensor, floatTensor, intTensor, type Tensor } from "../graph/graph.ts";
import type { View } from "./layer-objective.ts";

/** The window's corner in the picture, px. */
export interface Offset {
  readonly y: number;
  readonly x: number;
}

/** A picture's size and the range of its window's offsets, px. */
interface Moved {
  readonly height: number;
  readonly width: number;
  readonly jitter: number;
}

/** Random offsets in a range of `jitter` px around 0. Every second one is the opposite of the previous one. */
export function offsets(jitter: number, random: () => number): () => Offset {
  if (jitter === 0) return () => ({ y: 0, x: 0 });
  const half = jitter >> 1;
  let before: Offset | undefined;
  return () => {
    const [y, x] = before
      ? [jitter - half - before.y - half, jitter - half - before.x - half]
      : [draw(jitter, random) - half, draw(jitter, random) - half];
    before = before ? undefined : { y, x };
    return { y, x };
  };
}

function draw(jitter: number, random: () => number): number {
  return Math.floor(random() * (jitter + 1));
}

/** Inputs of the step's graph: mirror by `mirror`, cut at `start`; cut the gradient at `corner`, and pad it by `rest`. */
export function jitterFeeds(
  { height, width, jitter }: Moved,
  { y, x }: Offset,
): Record<string, Tensor> {
  if (jitter === 0) return {};
  const [top, bottom, left, right] = [-y, y, -x, x].map((amount) => Math.max(0, amount)) as [
    number,
    number,
    number,
    number,
  ];
  return {
    mirror: intTensor([0, 0, top, left, 0, 0, bottom, right]),
    start: intTensor([bottom, right]),
    end: intTensor([bottom + height, right + width]),
    corner: intTensor([top, left]),
    opposite: intTensor([height - bottom, width - right]),
    rest: intTensor([0, bottom, right, 0, top, left]),
  };
}

/** What is seen of a picture through the window at an offset. */
export function viewOf({ height, width }: Moved, { y, x }: Offset): View {
  return { y: 0 - y, x: 0 - x, height, width, seenHeight: height, seenWidth: width };
}

/** Weights `[length]` of the px of one side: 1 over the share of offsets at which the window shows them. */
export function sightWeights(length: number, jitter: number): FloatTensor {
  const half = jitter >> 1;
  const weights = Array.from({ length }, (_, p) => {
    const seen = Math.min(p, jitter - half) - Math.max(p - length + 1, -half) + 1;
    return (jitter + 1) / seen;
  });
  return floatTensor([length], weights);
}
