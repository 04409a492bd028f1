/** Slice and Pad. */
import type { Tensor } from "@tensorflow/tfjs-core";
import { numberOr } from "../../graph/window.ts";
import type { Tfjs } from "./load.ts";
import { inPlace, integersOf, type Op, ordered, unsupported, wrapAxis } from "./op.ts";

/** Every `step`-th of `count` values along `axis` from `start` on. */
function stepped(
  tf: Tfjs,
  x: Tensor,
  axis: number,
  start: number,
  step: number,
  count: number,
): Tensor {
  if (step < 0) {
    const places = Int32Array.from({ length: count }, (_, i) => start + i * step);
    return tf.gather(x, tf.tensor1d(places, "int32"), axis);
  }
  // A slice of a reshaped tensor is fast and has a gradient; a strided slice has none.
  const { shape } = x;
  const before = shape.slice(0, axis).reduce((a, b) => a * b, 1);
  const after = shape.slice(axis + 1).reduce((a, b) => a * b, 1);
  const missing = Math.max(0, start + count * step - shape[axis]!);
  const flat = tf.reshape(x, [before, shape[axis]!, after]);
  const whole =
    missing > 0
      ? tf.pad(flat, [
          [0, 0],
          [0, missing],
          [0, 0],
        ])
      : flat;
  const rows = tf.slice(whole, [0, start, 0], [before, count * step, after]);
  const fine = tf.reshape(rows, [before, count, step, after]);
  const taken = tf.slice(fine, [0, 0, 0, 0], [before, count, 1, after]);
  return tf.reshape(taken, shape.with(axis, count));
}

export const slice: Op = (c) => {
  const { dims } = c.value(0);
  const starts = integersOf(c, 1, "starts") ?? [];
  const ends = integersOf(c, 2, "ends") ?? [];
  const axes = integersOf(c, 3, "axes") ?? [...starts.keys()];
  const steps = integersOf(c, 4, "steps") ?? starts.map(() => 1);
  const begin = dims.map(() => 0);
  const size = [...dims];
  const strided: { axis: number; start: number; step: number; count: number }[] = [];
  axes.forEach((raw, i) => {
    const axis = wrapAxis(raw, dims.length);
    const [length, step] = [dims[axis]!, steps[i]!];
    const bound = (at: number): number => {
      const from = at < 0 ? at + length : at;
      return step > 0
        ? Math.min(Math.max(from, 0), length)
        : Math.min(Math.max(from, -1), length - 1);
    };
    const [start, end] = [bound(starts[i]!), bound(ends[i]!)];
    const count = Math.max(0, Math.ceil((end - start) / step));
    if (step === 1) [begin[axis], size[axis]] = [start, count];
    else strided.push({ axis, start, step, count });
  });
  return inPlace(c, (x, axisOf) => {
    const cut = c.tf.slice(x, ordered(begin, axisOf), ordered(size, axisOf));
    return strided.reduce(
      (y, { axis, start, step, count }) => stepped(c.tf, y, axisOf(axis), start, step, count),
      cut,
    );
  });
};

/** The source index of each index of the padded axis. */
function borderPlaces(mode: string, size: number, begin: number, end: number): Int32Array {
  const period = 2 * (size - 1);
  return Int32Array.from({ length: begin + size + end }, (_, i) => {
    const at = i - begin;
    if (mode === "edge") return Math.min(Math.max(at, 0), size - 1);
    if (mode === "wrap") return ((at % size) + size) % size;
    const phase = period === 0 ? 0 : ((at % period) + period) % period;
    return Math.min(phase, period - phase);
  });
}

export const pad: Op = (c) => {
  const { tf } = c;
  const { dims } = c.value(0);
  const pads = integersOf(c, 1, "pads") ?? [];
  const mode = String(c.node.attributes.mode ?? "constant");
  const amount = (axis: number): [number, number] => [pads[axis]!, pads[axis + dims.length]!];
  if (c.has(3)) throw unsupported(c.node, "with axes");
  if (mode !== "constant") {
    return inPlace(c, (x, axisOf) =>
      dims.reduce((y: Tensor, size, axis) => {
        const [begin, end] = amount(axis);
        if (begin === 0 && end === 0) return y;
        return tf.gather(y, tf.tensor1d(borderPlaces(mode, size, begin, end)), axisOf(axis));
      }, tf.clone(x)),
    );
  }
  const fill = c.has(2) ? c.value(2).data[0]! : numberOr(c.node.attributes.value, 0);
  return inPlace(c, (x, axisOf) => {
    const each = dims.map((_, axis) => amount(axis));
    const start = each.map(([begin]) => Math.max(0, -begin));
    const kept = dims.map((size, axis) => size - start[axis]! - Math.max(0, -each[axis]![1]));
    const crops = kept.some((size, axis) => size !== dims[axis]);
    const inner = crops ? tf.slice(x, ordered(start, axisOf), ordered(kept, axisOf)) : x;
    const around = new Array<[number, number]>(dims.length);
    for (const [axis, [begin, end]] of each.entries())
      around[axisOf(axis)] = [Math.max(0, begin), Math.max(0, end)];
    return around.every(([begin, end]) => begin === 0 && end === 0)
      ? tf.clone(inner)
      : tf.pad(inner, around, fill);
  });
};
