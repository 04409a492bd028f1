import type { Tensor, Tensor1D } from "@tensorflow/tfjs-core";
import { numberOr } from "../../graph/window.ts";
import type { Tfjs } from "./load.ts";
import { last, type Op, unsupported } from "./op.ts";

/** Index to read along one axis, and its weight, for every sample. */
interface Tap {
  readonly place: Tensor;
  readonly weight: Tensor | undefined;
}

/**
 * GridSample of `[N, C, H, W]` at `[N, h, w, 2]`, x then y in −1..1: every tap of the kernel is a gather of whole
 * pixels. Source: the ONNX operator specification; positions outside the picture follow onnxruntime.
 */
export const gridSample: Op = (c) => {
  const { tf, node } = c;
  const mode = modes[String(node.attributes.mode ?? "linear")];
  const padding = String(node.attributes.padding_mode ?? "zeros");
  if (!mode || c.value(0).dims.length !== 4)
    throw unsupported(node, `in mode ${node.attributes.mode}`);
  const x = c.value(0).last;
  const [n, height, width, channels] = x.shape;
  const [, h, w] = c.value(1).dims as [number, number, number];
  const [across, down] = tf.split(tf.reshape(c.value(1).plain, [n * h * w, 2]), 2, 1);
  const corners = numberOr(node.attributes.align_corners, 0) === 1;
  const axis = (at: Tensor, size: number): Tap[] => {
    const px = corners
      ? tf.mul(tf.add(at, 1), (size - 1) / 2)
      : tf.sub(tf.mul(tf.add(at, 1), size / 2), 0.5);
    return taps(tf, tf.reshape(px, [n * h * w]), mode, padding, size, corners);
  };
  const [rows, columns] = [axis(down!, height), axis(across!, width)];
  const pixels = tf.reshape(x, [n * height * width, channels]);
  const firstOf = tf.reshape(
    tf.broadcastTo(tf.reshape(tf.range(0, n, 1, "int32"), [n, 1]), [n, h * w]),
    [n * h * w],
  );
  const origin = tf.mul(firstOf, tf.scalar(height * width, "int32"));
  let sum: Tensor | undefined;
  for (const row of rows) {
    // Sum along a row first: the row's weight is then applied only once.
    let inRow: Tensor | undefined;
    const start = tf.add(origin, tf.mul(row.place, tf.scalar(width, "int32")));
    for (const column of columns) {
      const taken = weighted(
        tf,
        tf.gather(pixels, tf.add(start, column.place) as Tensor1D),
        column,
      );
      inRow = inRow ? tf.add(inRow, taken) : taken;
    }
    const own = weighted(tf, inRow!, row);
    sum = sum ? tf.add(sum, own) : own;
  }
  return last(c, tf.reshape(sum!, [n, h, w, channels]));
};

function weighted(tf: Tfjs, pixels: Tensor, { weight }: Tap): Tensor {
  return weight ? tf.mul(pixels, tf.expandDims(weight, 1)) : pixels;
}

type Mode = "nearest" | "linear" | "cubic";

/** Modes, including their older names. */
const modes: Readonly<Record<string, Mode>> = {
  bicubic: "cubic",
  bilinear: "linear",
  cubic: "cubic",
  linear: "linear",
  nearest: "nearest",
};

function taps(
  tf: Tfjs,
  at: Tensor,
  mode: Mode,
  padding: string,
  size: number,
  corners: boolean,
): Tap[] {
  if (mode === "nearest") return [tapOf(tf, tf.round(at), undefined, padding, size, corners)];
  const floor = tf.floor(at);
  const t = tf.sub(at, floor);
  const weights = mode === "linear" ? [tf.sub(1, t), t] : cubicWeights(tf, t);
  const first = mode === "linear" ? 0 : -1;
  return weights.map((weight, i) =>
    tapOf(tf, tf.add(floor, first + i), weight, padding, size, corners),
  );
}

/** Keys' cubic convolution with a = −¾. */
function cubicWeights(tf: Tfjs, t: Tensor): Tensor[] {
  const a = -0.75;
  const near = (x: Tensor): Tensor =>
    tf.add(tf.mul(tf.sub(tf.mul(x, a + 2), a + 3), tf.mul(x, x)), 1);
  const far = (x: Tensor): Tensor =>
    tf.add(tf.mul(tf.add(tf.mul(tf.add(tf.mul(x, a), -5 * a), x), 8 * a), x), -4 * a);
  const rest = tf.sub(1, t);
  return [far(tf.add(t, 1)), near(t), near(rest), far(tf.add(rest, 1))];
}

/** A tap at the integer `at`, moved inside the picture or with weight zero beyond the edge. */
function tapOf(
  tf: Tfjs,
  at: Tensor,
  weight: Tensor | undefined,
  padding: string,
  size: number,
  corners: boolean,
): Tap {
  const inside = (place: Tensor): Tensor => tf.cast(tf.clipByValue(place, 0, size - 1), "int32");
  if (padding === "border") return { place: inside(at), weight };
  if (padding === "reflection") return { place: inside(reflected(tf, at, size, corners)), weight };
  const within = tf.cast(
    tf.logicalAnd(tf.greaterEqual(at, 0), tf.lessEqual(at, size - 1)),
    "float32",
  );
  return { place: inside(at), weight: weight ? tf.mul(weight, within) : within };
}

/** Mirror at the outer edges of the border pixels, or at their centres if `corners` is set. */
function reflected(tf: Tfjs, at: Tensor, size: number, corners: boolean): Tensor {
  const low = corners ? 0 : -0.5;
  const length = corners ? size - 1 : size;
  if (length === 0) return tf.zerosLike(at);
  const from = tf.sub(at, low);
  const rounds = tf.floor(tf.div(from, 2 * length));
  const phase = tf.sub(from, tf.mul(rounds, 2 * length));
  return tf.add(tf.minimum(phase, tf.sub(2 * length, phase)), low);
}
