/**
 * Random scale and rotation of the network's input at each step. Features must be robust against both, which favours forms
 * over grain. Source: tensorflow/lucid, `optvis/transform.py` (`random_scale`, `random_rotate`).
 */
import type { GraphBuilder } from "../graph/builder.ts";
import { type FloatTensor, floatTensor } from "../graph/graph.ts";
import { pixelAt } from "./layer-objective.ts";
import type { DreamSettings } from "./settings.ts";
import type { Target } from "./targets.ts";

/** A linear map of input px to picture px about the picture's centre, in row-major order (`back`), and its inverse. */
export interface Turn {
  readonly back: readonly [number, number, number, number];
  readonly forth: readonly [number, number, number, number];
}

/** A picture in the network's input of the same size, with the picture's corner at `x`, `y` before the turn. */
interface Placement {
  readonly height: number;
  readonly width: number;
  readonly x: number;
  readonly y: number;
}

/** Whether the settings scale or rotate the picture. */
export function turns({ scaleJitter, rotateJitter }: DreamSettings): boolean {
  return scaleJitter > 0 || rotateJitter > 0;
}

/** Draw a scale within 1 ± `scaleJitter` and an angle within ± `rotateJitter` degrees. */
export function drawTurn({ scaleJitter, rotateJitter }: DreamSettings, random: () => number): Turn {
  const scale = 1 + scaleJitter * (2 * random() - 1);
  const angle = (rotateJitter * (2 * random() - 1) * Math.PI) / 180;
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  return {
    back: [cos / scale, sin / scale, -sin / scale, cos / scale],
    forth: [cos * scale, -sin * scale, sin * scale, cos * scale],
  };
}

/** Sample `picture` `[1, 3, …]` at the positions `at`, mirrored beyond its edges. */
export function addTurned(b: GraphBuilder, picture: string, at: string): string {
  const sampling = { mode: "bilinear", padding_mode: "reflection", align_corners: 0 };
  return b.op("GridSample", [picture, at], sampling, "turned");
}

/**
 * The gradient with respect to the picture, from the gradient with respect to the network's input, resampled by the inverse
 * map. For smooth gradients this is the adjoint of `addTurned` up to a constant factor, which the step normalises. The exact
 * adjoint needs a scatter, which not every engine has, and its uneven weights would cause a moiré pattern.
 */
export function addTurnedBack(b: GraphBuilder, gradient: string, at: string): string {
  const sampling = { mode: "bilinear", padding_mode: "zeros", align_corners: 0 };
  return b.op("GridSample", [gradient, at], sampling, "turned_back");
}

/** Positions for `height` × `width` px, `[1, h, w, 2]`, from the input `name` `[3, 2]` of `turnFeeds`. */
export function addPositions(b: GraphBuilder, name: string, height: number, width: number): string {
  const map = b.input(name, [3, 2]);
  const row = (i: number): string =>
    b.op("Reshape", [
      b.op("Slice", [map, b.ints(i), b.ints(i + 1), b.ints(0)]),
      b.ints(1, 1, 1, 2),
    ]);
  const xs = b.constant(floatTensor([1, 1, width, 1], centred(width)));
  const ys = b.constant(floatTensor([1, height, 1, 1], centred(height)));
  const across = b.op("Mul", [xs, row(0)]);
  const down = b.op("Add", [b.op("Mul", [ys, row(1)]), row(2)]);
  return b.op("Add", [across, down], {}, "positions");
}

/** The inputs `seenFrom` and `gradientFrom` of `addPositions`. */
export function turnFeeds(
  { back: [a, b, c, d], forth: [e, f, g, h] }: Turn,
  { height, width, x, y }: Placement,
): { seenFrom: FloatTensor; gradientFrom: FloatTensor } {
  // From the picture's centre in the network's input to the centre of the input, px.
  const [dx, dy] = [-x, -y];
  const [w, v] = [2 / width, 2 / height];
  return {
    seenFrom: floatTensor(
      [3, 2],
      [...[a * w, c * v, b * w, d * v], ...[(a * dx + b * dy) * w, (c * dx + d * dy) * v]],
    ),
    gradientFrom: floatTensor([3, 2], [e * w, g * v, f * w, h * v, -dx * w, -dy * v]),
  };
}

/** Move the positions of neurons in `targets` by a turn. */
export function turnPlaces(
  targets: readonly Target[],
  { forth: [a, b, c, d] }: Turn,
  { height, width }: Pick<Placement, "height" | "width">,
): Target[] {
  return targets.map((target) => {
    if (target.type !== "layer" || target.objective?.type !== "neuron") return target;
    const x = pixelAt(target.objective.at[0], width) - (width - 1) / 2;
    const y = pixelAt(target.objective.at[1], height) - (height - 1) / 2;
    const at = [0.5 + (a * x + b * y) / width, 0.5 + (c * x + d * y) / height] as const;
    return { ...target, objective: { type: "neuron", at } };
  });
}

function centred(length: number): number[] {
  return Array.from({ length }, (_, i) => i - (length - 1) / 2);
}
