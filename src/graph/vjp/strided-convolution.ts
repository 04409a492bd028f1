import { type FloatTensor, floatTensor } from "../graph.ts";
import type { Window } from "../window.ts";
import type { VjpContext } from "./context.ts";
import { joinPhases, placeOf } from "./phases.ts";

/** Highest share of padded (zero) kernel taps at which plain convolutions are still faster. */
const maxWaste = 0.35;

/**
 * The adjoint of a strided convolution with `weights` `[K, C, …]` as a plain convolution whose output channels are
 * the pixels of a stride × stride block: phase `r` of an axis is `Σ_j g[m + a − j] · w[b + stride·j]`, with `a` and
 * `b` the quotient and remainder of `(r + pad) / stride`. Phases with shorter kernels are padded with zeros.
 * Undefined if the runtime's transposed convolution is faster.
 */
export function stridedConvolutionVjp(
  { b }: VjpContext,
  weights: FloatTensor,
  window: Window,
  dims: readonly number[],
  g: string,
): string | undefined {
  const axes = dims.slice(2).map((length, i) => axisOf(window, i, length));
  const [batch, channels] = dims as [number, number];
  const computed = product(axes.map(({ stride, kernel }) => stride * kernel));
  if (computed > (1 + maxWaste) * product(window.kernel)) return undefined;
  if (window.dilations.some((d) => d !== 1)) return undefined;

  const phases = axes.reduce<readonly (readonly number[])[]>(
    (all, { stride }) => all.flatMap((p) => Array.from({ length: stride }, (_, r) => [...p, r])),
    [[]],
  );
  const kernel = b.constant(arrange(weights, window.kernel, axes, phases), "kernel_phases");
  const blocks = b.op(
    "Conv",
    [g, kernel],
    {
      kernel_shape: axes.map(({ kernel }) => kernel),
      pads: [...axes.map(({ begin }) => begin), ...axes.map(({ end }) => end)],
    },
    "conv_vjp",
  );
  const sizes = b.ints(...phases.map(() => channels));
  let parts =
    phases.length === 1
      ? [blocks]
      : b.ops("Split", [blocks, sizes], phases.length, { axis: 1 }, "phase");
  const now = [batch, channels, ...axes.map(({ phaseLength }) => phaseLength)];
  for (let i = axes.length - 1; i >= 0; i--) {
    const { stride, phaseLength } = axes[i]!;
    now[i + 2] = dims[i + 2]!;
    parts = Array.from({ length: parts.length / stride }, (_, k) =>
      joinPhases(b, parts.slice(k * stride, (k + 1) * stride), {
        axis: i + 2,
        stride,
        dims: [...now],
        phaseLength,
      }),
    );
  }
  return parts[0];
}

/** One axis of the plain convolution. */
interface Axis {
  readonly stride: number;
  readonly phaseLength: number;
  readonly kernel: number;
  readonly begin: number;
  readonly end: number;
  /** The tap of the strided kernel that tap `i` of phase `r` corresponds to; it may lie beyond the kernel's ends. */
  readonly tapOf: (r: number, i: number) => number;
}

function axisOf(window: Window, axis: number, length: number): Axis {
  const [size, stride, pad] = [
    window.kernel[axis]!,
    window.strides[axis]!,
    window.padsBegin[axis]!,
  ];
  const phaseLength = Math.ceil(length / stride);
  const phases = Array.from({ length: stride }, (_, r) => {
    const { entry: ahead, phase: first } = placeOf(r + pad, stride);
    return { ahead, first, taps: Math.max(0, Math.ceil((size - first) / stride)) };
  });
  const last = Math.max(...phases.map(({ ahead }) => ahead));
  // Crop to the existing cotangents: a longer kernel skips the others.
  const low = Math.min(0, ...phases.map(({ ahead, taps }) => ahead - taps + 1));
  const high = Math.max(last, window.outputDims[axis]! - phaseLength);
  return {
    stride,
    phaseLength,
    kernel: high - low + 1,
    begin: -low,
    end: phaseLength - 1 + high - (window.outputDims[axis]! - 1),
    tapOf: (r, i) => phases[r]!.first + stride * (phases[r]!.ahead - (low + i)),
  };
}

/** `[K, C, …]` to `[phases · C, K, …]`. */
function arrange(
  { dims, data }: FloatTensor,
  kernel: readonly number[],
  axes: readonly Axis[],
  phases: readonly (readonly number[])[],
): FloatTensor {
  const [outs, channels] = dims as [number, number];
  const sizes = axes.map((axis) => axis.kernel);
  const result = floatTensor([phases.length * channels, outs, ...sizes]);
  const [area, before] = [product(sizes), product(kernel)];
  phases.forEach((phase, p) => {
    for (let place = 0; place < area; place++) {
      let [rest, from, step] = [place, 0, 1];
      let inside = true;
      for (let i = axes.length - 1; i >= 0; i--) {
        const tap = axes[i]!.tapOf(phase[i]!, rest % sizes[i]!);
        rest = Math.floor(rest / sizes[i]!);
        inside &&= tap >= 0 && tap < kernel[i]!;
        from += tap * step;
        step *= kernel[i]!;
      }
      if (!inside) continue;
      for (let c = 0; c < channels; c++)
        for (let k = 0; k < outs; k++)
          result.data[((p * channels + c) * outs + k) * area + place] =
            data[(k * channels + c) * before + from]!;
    }
  });
  return result;
}

function product(counts: readonly number[]): number {
  return counts.reduce((a, n) => a * n, 1);
}
