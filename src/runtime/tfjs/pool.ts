/** Pooling, in NHWC. */
import type { Tensor, Tensor4D } from "@tensorflow/tfjs-core";
import { convWindow, numberOr, numbers } from "../../graph/window.ts";
import { type Op, type OpContext, spatial, unsupported } from "./op.ts";

/** A finite number below every pixel value. */
const lowest = -3.4e38;

interface Windows {
  /** The padded picture, cropped to the area that the windows cover. */
  readonly x: Tensor4D;
  readonly back: ReturnType<typeof spatial>["back"];
  readonly kernel: [number, number];
  readonly strides: [number, number];
  readonly dilations: [number, number];
  readonly outputs: [number, number];
  /** Number of pixels in each window along an axis; padding counts only with `includePad`. */
  count(axis: number, includePad: boolean): number[];
}

/** The windows of a pool as "valid" windows of a picture padded with `fill`. */
function windows(c: OpContext, fill: number): Windows {
  const { node, tf } = c;
  if (node.outputs[1]) throw unsupported(node, "with Indices");
  const { dims } = c.value(0);
  const { x, back, pair } = spatial(c);
  const w = convWindow(node, dims.slice(2), numbers(node.attributes.kernel_shape) ?? []);
  const [kernel, strides, dilations] = [
    pair(w.kernel, 1),
    pair(w.strides, 1),
    pair(w.dilations, 1),
  ];
  const [begin, padsEnd] = [pair(w.padsBegin, 0), pair(w.padsEnd, 0)];
  const outputs = pair(w.outputDims, 1);
  const end = outputs.map(
    (count, i) =>
      (count - 1) * strides[i]! +
      (kernel[i]! - 1) * dilations[i]! +
      1 -
      begin[i]! -
      x.shape[i + 1]!,
  );
  const around: [number, number][] = [
    [0, 0],
    [begin[0], Math.max(0, end[0]!)],
    [begin[1], Math.max(0, end[1]!)],
    [0, 0],
  ];
  const bordered = around.flat().every((amount) => amount === 0) ? x : tf.pad(x, around, fill);
  return {
    x: bordered as Tensor4D,
    back,
    kernel,
    strides,
    dilations,
    outputs,
    count: (axis, includePad) =>
      Array.from({ length: outputs[axis]! }, (_, i) => {
        const start = i * strides[axis]! - begin[axis]!;
        const size = x.shape[axis + 1]!;
        const [low, high] = includePad ? [-begin[axis]!, size + padsEnd[axis]!] : [0, size];
        return Math.min(start + kernel[axis]!, high) - Math.max(start, low);
      }),
  };
}

export const maxPool: Op = (c) => {
  const { tf } = c;
  const { x, back, kernel, strides, dilations, outputs } = windows(c, lowest);
  if (dilations.every((d) => d === 1)) return back(tf.maxPool(x, kernel, strides, "valid"));
  let max: Tensor | undefined;
  for (let ky = 0; ky < kernel[0]; ky++) {
    for (let kx = 0; kx < kernel[1]; kx++) {
      const taps = [ky * dilations[0], kx * dilations[1]];
      const taken = taps.reduce((part: Tensor, first, i) => {
        const places = Int32Array.from({ length: outputs[i]! }, (_, o) => first + o * strides[i]!);
        return tf.gather(part, tf.tensor1d(places, "int32"), i + 1);
      }, x);
      max = max ? tf.maximum(max, taken) : taken;
    }
  }
  return back(max!);
};

export const averagePool: Op = (c) => {
  const { tf } = c;
  const { x, back, kernel, strides, dilations, count } = windows(c, 0);
  if (dilations.some((d) => d !== 1)) throw unsupported(c.node, "with dilations");
  const includePad = numberOr(c.node.attributes.count_include_pad, 0) === 1;
  const mean = tf.avgPool(x, kernel, strides, "valid");
  // Windows at the border cover fewer pixels than the kernel.
  const shares = [0, 1].map((axis) => count(axis, includePad).map((n) => kernel[axis]! / n));
  if (shares.flat().every((share) => share === 1)) return back(mean);
  const [rows, columns] = shares as [number[], number[]];
  const factor = c.memo(`shares ${shares.join(" ")}`, () =>
    tf.tensor4d(
      rows.flatMap((row) => columns.map((column) => row * column)),
      [1, rows.length, columns.length, 1],
    ),
  );
  return back(tf.mul(mean, factor));
};
