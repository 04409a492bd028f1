/** Parts that the flow graphs share. */
import type { GraphBuilder } from "../graph/builder.ts";
import { floatTensor } from "../graph/graph.ts";

/** Both directions of flow are computed as one batch. */
export const batch = 2;

/** The sum of `parts`. onnxruntime adds two tensors on all threads, but takes one thread for `Sum`. */
export function sumOf(b: GraphBuilder, parts: readonly string[]): string {
  return parts.reduce((sum, part) => b.op("Add", [sum, part]));
}

/** Gaussian blur of `channels` planes, sigma in px; beyond the edges, samples are 0 or repeat the edge. */
export function gaussianBlur(
  b: GraphBuilder,
  x: string,
  sigma: number,
  channels: number,
  edges: "zero" | "repeat",
): string {
  const r = Math.ceil(2.5 * sigma);
  const taps = Array.from({ length: 2 * r + 1 }, (_, i) =>
    Math.exp(-((i - r) ** 2) / (2 * sigma * sigma)),
  );
  const sum = taps.reduce((a, tap) => a + tap, 0);
  const kernel = Array.from({ length: channels }, () => taps.map((tap) => tap / sum)).flat();
  const across = b.constant(floatTensor([channels, 1, 1, taps.length], kernel));
  const down = b.constant(floatTensor([channels, 1, taps.length, 1], kernel));
  const zero = edges === "zero";
  const source = zero ? x : b.op("Pad", [x, b.ints(0, 0, r, r, 0, 0, r, r)], { mode: "edge" });
  const once = b.op("Conv", [source, across], {
    group: channels,
    ...(zero && { pads: [0, r, 0, r] }),
  });
  return b.op("Conv", [once, down], { group: channels, ...(zero && { pads: [r, 0, r, 0] }) });
}

/** GridSample's coordinates of every pixel, `[1, h, w, 2]`, x then y: −1 and 1 are the outer edges of the picture. */
export function pixelGrid(h: number, w: number): Float32Array {
  const grid = new Float32Array(2 * h * w);
  for (let y = 0, i = 0; y < h; y++) {
    for (let x = 0; x < w; x++) {
      grid[i++] = (2 * x + 1) / w - 1;
      grid[i++] = (2 * y + 1) / h - 1;
    }
  }
  return grid;
}

/** Convert `flow` `[n, 2, h, w]`, px, to a displacement in GridSample's coordinates, `[n, h, w, 2]`. */
export function gridStep(b: GraphBuilder, flow: string, h: number, w: number): string {
  const px = b.constant(floatTensor([2], [2 / w, 2 / h]));
  return b.op("Mul", [b.op("Transpose", [flow], { perm: [0, 2, 3, 1] }), px]);
}

/**
 * Correct `flow` for the bias of GridSample's cubic kernel: with a = −0.75 it samples a ramp up to 0.05 px beside the
 * requested position; only a = −0.5 would be exact. Pixel positions are integers, so the flow has their fractions.
 */
function unbiased(b: GraphBuilder, flow: string): string {
  const s = b.op("Sub", [flow, b.op("Floor", [flow])]);
  const bulge = b.op("Mul", [s, b.op("Sub", [b.scalar(1), s])]);
  return b.op("Add", [flow, b.op("Mul", [bulge, b.op("Sub", [s, b.scalar(0.5)])])]);
}

/** Sample `x` at the end of each flow vector, edges repeated. `inside` `[n, 1, h, w]` is 1 if that is in the picture, else 0. */
export function sampleAlong(
  b: GraphBuilder,
  x: string,
  flow: string,
  h: number,
  w: number,
  mode: "bilinear" | "bicubic" = "bilinear",
): { sampled: string; inside: string } {
  const base = b.constant(floatTensor([1, h, w, 2], pixelGrid(h, w)));
  const to = mode === "bicubic" ? unbiased(b, flow) : flow;
  const at = b.op("Add", [base, gridStep(b, to, h, w)]);
  const sampled = b.op("GridSample", [x, at], { mode, padding_mode: "border", align_corners: 0 });
  const reach = b.op("ReduceMax", [b.op("Abs", [at]), b.ints(3)], { keepdims: 0 });
  const within = b.op("Cast", [b.op("LessOrEqual", [reach, b.scalar(1)])], { to: 1 });
  return { sampled, inside: b.op("Unsqueeze", [within, b.ints(1)]) };
}

/** The four neighbours of every pixel, edges repeated: left, right, up, down. */
export function neighbours(b: GraphBuilder, x: string): string[] {
  const padded = b.op("Pad", [x, b.ints(0, 0, 1, 1, 0, 0, 1, 1)], { mode: "edge" });
  const cut = (top: number, left: number): string => {
    const end = (at: number): number => (at === 2 ? 2 ** 31 : at - 2);
    return b.op("Slice", [padded, b.ints(top, left), b.ints(end(top), end(left)), b.ints(2, 3)]);
  };
  return [cut(1, 0), cut(1, 2), cut(0, 1), cut(2, 1)];
}

/** Derivatives across and down. Source: Scharr 2000. */
export function gradient(b: GraphBuilder, x: string): [string, string] {
  const padded = b.op("Pad", [x, b.ints(0, 0, 1, 1, 0, 0, 1, 1)], { mode: "edge" });
  const [m, n] = [10 / 32, 3 / 32];
  const scharr = [-n, 0, n, -m, 0, m, -n, 0, n, -n, -m, -n, 0, 0, 0, n, m, n];
  const both = b.op("Conv", [padded, b.constant(floatTensor([2, 1, 3, 3], scharr))]);
  const [gx, gy] = b.ops("Split", [both], 2, { axis: 1, num_outputs: 2 });
  return [gx!, gy!];
}

/** Resize the batch `x` `[2, channels, …]` to `h` × `w`. */
export function resized(
  b: GraphBuilder,
  x: string,
  channels: number,
  h: number,
  w: number,
): string {
  const size = b.ints(batch, channels, h, w);
  return b.op("Resize", [x, "", "", size], { mode: "linear", antialias: 1 });
}
