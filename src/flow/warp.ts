/** Graph nodes that move pictures with a single bicubic resampling in float32. */
import type { Border } from "../choices.ts";
import type { GraphBuilder } from "../graph/builder.ts";
import { type FloatTensor, floatTensor } from "../graph/graph.ts";
import { type Homography, isAffine } from "./motion.ts";
import { gridStep } from "./plane-ops.ts";

/** How positions are moved: not at all, by an affine map, or by any homography. */
export type Movement = "none" | "affine" | "projective";

/** The kind of movement that `map` needs in `samplePositions`. */
export function movementOf(map: Homography, moves: boolean): Movement {
  if (!moves) return "none";
  return isAffine(map) ? "affine" : "projective";
}

/** Distance, as a share of the focal length, below which a point counts as behind the camera. */
const nearest = 1e-3;

/**
 * The source position of each pixel of a moved picture, in GridSample's coordinates `[1, h, w, 2]`. The inputs `columns`,
 * `rows` and `shift` take the map from `mapFeeds`.
 */
export function samplePositions(b: GraphBuilder, h: number, w: number, movement: Movement): string {
  const xs = b.constant(floatTensor([1, 1, w, 1], centred(w)));
  const ys = b.constant(floatTensor([1, h, 1, 1], centred(h)));
  const moves = movement !== "none";
  const vector = [1, 1, 1, movement === "projective" ? 3 : 2];
  const columns = moves ? b.input("columns", vector) : b.constant(floatTensor(vector, [1, 0]));
  const rows = moves ? b.input("rows", vector) : b.constant(floatTensor(vector, [0, 1]));
  const down = b.op("Mul", [ys, rows]);
  const moved = moves ? b.op("Add", [down, b.input("shift", vector)]) : down;
  const at = b.op("Add", [b.op("Mul", [xs, columns]), moved]);
  if (movement !== "projective") return at;
  const part = (from: number, to: number): string =>
    b.op("Slice", [at, b.ints(from), b.ints(to), b.ints(3)]);
  return b.op("Div", [part(0, 2), b.op("Max", [part(2, 3), b.scalar(nearest)])]);
}

/** Positions `at` `[1, h, w, 2]` moved by a map, whose inputs are those of `samplePositions`. */
export function moved(b: GraphBuilder, at: string, movement: Movement): string {
  if (movement === "none") return at;
  const part = (of: string, from: number, to: number): string =>
    b.op("Slice", [of, b.ints(from), b.ints(to), b.ints(3)]);
  const vector = [1, 1, 1, movement === "projective" ? 3 : 2];
  const across = b.op("Mul", [part(at, 0, 1), b.input("columns", vector)]);
  const down = b.op("Mul", [part(at, 1, 2), b.input("rows", vector)]);
  const sum = b.op("Add", [across, b.op("Add", [down, b.input("shift", vector)])]);
  if (movement !== "projective") return sum;
  return b.op("Div", [part(sum, 0, 2), b.op("Max", [part(sum, 2, 3), b.scalar(nearest)])]);
}

/** `at`, then from there on along `flow` `[1, 2, h, w]` as it is at those places. */
export function followFlow(
  b: GraphBuilder,
  at: string,
  flow: string,
  h: number,
  w: number,
): string {
  return b.op("Add", [at, gridStep(b, flow, h, w)]);
}

/**
 * Sample `picture` `[1, c, h, w]` bicubically at the positions `at`. The result is clamped to `low`..`high`, because
 * overshoots would grow from frame to frame. `border` continues the picture beyond its edges; `source` repeats the edges,
 * for use with `insidePicture`.
 */
export function sampleSharply(
  b: GraphBuilder,
  picture: string,
  at: string,
  [low, high]: readonly [number, number],
  { border, height, width }: { border: Border; height: number; width: number },
): string {
  const wraps = border === "wrap";
  const [from, places] = wraps ? wrapped(b, picture, at, height, width) : [picture, at];
  const sampled = b.op("GridSample", [from, places], {
    mode: "bicubic",
    padding_mode: border === "mirror" ? "reflection" : "border",
    align_corners: 0,
  });
  return b.op("Clip", [sampled, b.scalar(low), b.scalar(high)], {}, "warped");
}

/** `[1, 1, h, w]`: 1 where `at` is in a picture of `h` × `w` px, 0 outside, with a soft edge inside. */
export function insidePicture(b: GraphBuilder, at: string, h: number, w: number): string {
  const softPx = Math.max(2, 0.03 * Math.min(h, w));
  const px = b.constant(floatTensor([2], [w / 2 / softPx, h / 2 / softPx]));
  const beyond = b.op("Mul", [b.op("Sub", [b.op("Abs", [at]), b.scalar(1)]), px]);
  const outside = b.op("ReduceMax", [beyond, b.ints(3)], { keepdims: 0 });
  const share = b.op("Clip", [b.op("Neg", [outside]), b.scalar(0), b.scalar(1)]);
  return b.op("Unsqueeze", [share, b.ints(1)]);
}

/** The picture padded with its opposite edges, and the positions `at` in the padded picture. */
function wrapped(
  b: GraphBuilder,
  picture: string,
  at: string,
  h: number,
  w: number,
): [string, string] {
  const taps = 2;
  const around = (x: string, axis: number, size: number): string => {
    const cut = (from: number, to: number): string =>
      b.op("Slice", [x, b.ints(from), b.ints(to), b.ints(axis)]);
    return b.op("Concat", [cut(size - taps, size), x, cut(0, taps)], { axis });
  };
  const wide = around(around(picture, 2, h), 3, w);
  const half = b.op("Mul", [b.op("Add", [at, b.scalar(1)]), b.scalar(0.5)]);
  const turns = b.op("Mul", [b.op("Floor", [half]), b.scalar(2)]);
  const scale = b.constant(floatTensor([2], [w / (w + 2 * taps), h / (h + 2 * taps)]));
  return [wide, b.op("Mul", [b.op("Sub", [at, turns]), scale])];
}

/** Sample `planes` bilinearly at the positions `at`, edges repeated. */
export function sampleSmoothly(b: GraphBuilder, planes: string, at: string): string {
  return b.op("GridSample", [planes, at], {
    mode: "bilinear",
    padding_mode: "border",
    align_corners: 0,
  });
}

/** The inputs of `samplePositions` for `map` on pictures of `h` × `w` px. */
export function mapFeeds(
  map: Homography,
  h: number,
  w: number,
): Record<"columns" | "rows" | "shift", FloatTensor> {
  const [a, b, c, d, e, f, g, k, l] = map;
  const vector = (...values: number[]): FloatTensor =>
    floatTensor([1, 1, 1, values.length], values);
  if (isAffine(map)) {
    return {
      columns: vector(a, (d * w) / h),
      rows: vector((b * h) / w, e),
      shift: vector(
        (a * (w - 1) + b * (h - 1) + 2 * c + 1) / w - 1,
        (d * (w - 1) + e * (h - 1) + 2 * f + 1) / h - 1,
      ),
    };
  }
  // Substitute x = (w·(u + 1) − 1) / 2, and likewise y, in each row of the map.
  const row = (x: number, y: number, one: number): [number, number, number] => [
    (x * w) / 2,
    (y * h) / 2,
    (x * (w - 1) + y * (h - 1)) / 2 + one,
  ];
  const [u, v, depth] = [row(a, b, c), row(d, e, f), row(g, k, l)];
  const [across, down] = [u, v].map((line, axis) => {
    const size = axis === 0 ? w : h;
    return line.map((value, i) => (2 * value + depth[i]!) / size - depth[i]!);
  }) as [number[], number[]];
  const at = (i: number): FloatTensor => vector(across[i]!, down[i]!, depth[i]!);
  return { columns: at(0), rows: at(1), shift: at(2) };
}

/** GridSample's coordinates of `count` pixel centres. */
function centred(count: number): number[] {
  return Array.from({ length: count }, (_, i) => (2 * i + 1) / count - 1);
}
