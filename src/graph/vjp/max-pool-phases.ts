import type { GraphBuilder } from "../builder.ts";
import { floatTensor } from "../graph.ts";
import type { Window } from "../window.ts";
import type { VjpContext } from "./context.ts";
import { joinPhases, placeOf } from "./phases.ts";

/**
 * Gradient of a strided MaxPool. The rows of a window share its cotangent by their maxima; then the values of a row
 * share that of the row. The first value that equals the maximum receives all. Convolutions with one tap select the
 * values: all steps but the last run in the CPU runtime's blocked layout, on one phase of the values at a time, which
 * fits in the caches.
 *
 * Values beyond the edge are zero: valid for values that are never negative, and for maxima that only a Relu reads.
 */
export function maxPoolPhases(
  { b, shape }: VjpContext,
  x: string,
  pooled: string,
  window: Window,
  g: string,
): string {
  const dims = shape(x);
  const [batch, channels, height, width] = dims as [number, number, number, number];
  const rows = axisOf(window, 0, height);
  const columns = axisOf(window, 1, width);
  const blocks = new Blocks(b, channels);
  const ends = (columns.outputs - 1) * columns.stride + columns.kernel - width - columns.begin;
  const rowMaxima = b.op(
    "MaxPool",
    [x],
    {
      kernel_shape: [1, columns.kernel],
      strides: [1, columns.stride],
      pads: [0, columns.begin, 0, Math.max(0, ends)],
    },
    "row_maxima",
  );
  const ofRows = blocks.share(g, rows.kernel, (k) =>
    blocks.pick(rowMaxima, [windowTap(rows, k), all(columns.outputs)], -1, pooled),
  );
  const phases = blocks.scatter(ofRows, rows, (tap) => [tap, all(columns.outputs)]);
  const rowPhases = phases.map((cotangent, row) => {
    if (cotangent === undefined) return undefined;
    const y = { from: height, first: row, stride: rows.stride, count: rows.phaseLength };
    const maximum = blocks.pick(rowMaxima, [y, all(columns.outputs)], 1);
    const shares = blocks.share(cotangent, columns.kernel, (k) =>
      blocks.pick(x, [y, windowTap(columns, k)], -1, maximum),
    );
    const cells = blocks.scatter(shares, columns, (tap) => [all(rows.phaseLength), tap]);
    return joinPhases(b, cells, {
      ...columns,
      axis: 3,
      dims: [batch, channels, rows.phaseLength, width],
    });
  });
  return joinPhases(b, rowPhases, { ...rows, axis: 2, dims });
}

/** Whether `maxPoolPhases` supports this pool. */
export function takesPhases(
  { strides, dilations }: Window,
  channels: number,
  rank: number,
): boolean {
  return (
    rank === 4 &&
    channels % 16 === 0 &&
    dilations.every((d) => d === 1) &&
    strides.some((stride) => stride > 1)
  );
}

/** One axis of a pool. */
interface PoolAxis {
  readonly length: number;
  readonly kernel: number;
  readonly stride: number;
  readonly begin: number;
  readonly outputs: number;
  readonly phaseLength: number;
}

function axisOf(window: Window, axis: number, length: number): PoolAxis {
  const stride = window.strides[axis]!;
  return {
    length,
    kernel: window.kernel[axis]!,
    stride,
    begin: window.padsBegin[axis]!,
    outputs: window.outputDims[axis]!,
    phaseLength: Math.ceil(length / stride),
  };
}

/**
 * A selection of `count` values of an axis of length `from`: every `stride`-th, starting at `first`, which may be
 * negative; zero beyond the edges.
 */
interface Tap {
  readonly from: number;
  readonly first: number;
  readonly stride: number;
  readonly count: number;
}

function all(count: number): Tap {
  return { from: count, first: 0, stride: 1, count };
}

/** The k-th value of every window. */
function windowTap({ length, begin, stride, outputs }: PoolAxis, k: number): Tap {
  return { from: length, first: k - begin, stride, count: outputs };
}

/** Operations on values `[1, C, H, W]` in the blocked channel layout. */
class Blocks {
  readonly #b: GraphBuilder;
  readonly #channels: number;

  constructor(b: GraphBuilder, channels: number) {
    this.#b = b;
    this.#channels = channels;
  }

  /** `scale` times the values that two taps select, plus `added`: the runtime folds the sum into the convolution. */
  pick(value: string, taps: readonly [Tap, Tap], scale: number, added?: string): string {
    const [y, x] = taps.map(geometry) as [Geometry, Geometry];
    const kernel = new Float32Array(y.kernel * x.kernel);
    kernel[y.at * x.kernel + x.at] = scale;
    const weights = floatTensor([this.#channels, 1, y.kernel, x.kernel]);
    for (let c = 0; c < this.#channels; c++) weights.data.set(kernel, c * kernel.length);
    const picked = this.#b.op("Conv", [value, this.#b.constant(weights, "tap")], {
      kernel_shape: [y.kernel, x.kernel],
      strides: taps.map(({ stride }) => stride),
      pads: [y.before, x.before, y.after, x.after],
      group: this.#channels,
    });
    return added === undefined ? picked : this.#b.op("Add", [picked, added], {}, "picked");
  }

  /** Split `cotangent` among `count` values; `short(k)` is their maximum minus value k. */
  share(cotangent: string, count: number, short: (k: number) => string): string[] {
    const here: [Tap, Tap] = [all(1), all(1)];
    let rest = cotangent;
    const shares: string[] = [];
    for (let k = 0; k < count - 1; k++) {
      const loses = this.#b.op("HardSigmoid", [short(k)], { alpha: 1e30, beta: 0 }, "loses");
      const left = this.#b.op("Mul", [rest, loses], {}, "left");
      shares.push(this.pick(left, here, -1, rest));
      rest = left;
    }
    return [...shares, rest];
  }

  /** The cotangents of each phase of an axis, from the k-th values of all windows; undefined for phases without any. */
  scatter(
    shares: readonly string[],
    { stride, begin, outputs, phaseLength }: PoolAxis,
    taps: (tap: Tap) => [Tap, Tap],
  ): (string | undefined)[] {
    const phases = new Array<string | undefined>(stride).fill(undefined);
    shares.forEach((share, k) => {
      const { phase, entry } = placeOf(k - begin, stride);
      const placed = taps({ from: outputs, first: -entry, stride: 1, count: phaseLength });
      const same = entry === 0 && outputs === phaseLength;
      const sum = phases[phase];
      phases[phase] = same && sum === undefined ? share : this.pick(share, placed, 1, sum);
    });
    return phases;
  }
}

/** One axis of a convolution whose kernel has a single tap, at `at`. */
interface Geometry {
  readonly kernel: number;
  readonly at: number;
  readonly before: number;
  readonly after: number;
}

function geometry({ from, first, stride, count }: Tap): Geometry {
  const before = Math.max(0, -first);
  const at = first + before;
  const last = (count - 1) * stride;
  // A wider kernel crops the values after the last one needed.
  const kernel = Math.max(at + 1, from + before - last - stride + 1);
  return { kernel, at, before, after: Math.max(0, last + kernel - from - before) };
}
