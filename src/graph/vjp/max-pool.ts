import type { GraphBuilder } from "../builder.ts";
import { convWindow, numbers } from "../window.ts";
import { along, pad, type VjpRule } from "./context.ts";
import { isChain, maxPoolChain } from "./max-pool-chain.ts";
import { maxPoolPhases, takesPhases } from "./max-pool-phases.ts";
import { joinPhases, type PhasedAxis, placeOf, splitPhases } from "./phases.ts";

/**
 * MaxPool, one axis at a time (the maximum over a square is the maximum over columns of row maxima). The winner is
 * found by comparing values, because the runtime's Indices output is slow and missing on WebGPU. Of equal values, the
 * first along each axis receives the whole cotangent: the total is conserved.
 */
export const maxPool: VjpRule = (ctx, node, cotangent) => {
  const { b, shape } = ctx;
  const dims = shape(node.inputs[0]!);
  const kernel = numbers(node.attributes.kernel_shape) ?? [];
  const window = convWindow(node, dims.slice(2), kernel);
  const [x, pooled] = [node.inputs[0]!, node.outputs[0]!];
  const positive = ctx.nonNegative(x);
  if (positive && isChain(window, dims[1]!, dims.length))
    return [maxPoolChain(ctx, x, window, cotangent)];
  if ((positive || ctx.rectified(pooled)) && takesPhases(window, dims[1]!, dims.length))
    return [maxPoolPhases(ctx, x, pooled, window, cotangent)];
  const steps: AxisPool[] = [];
  let value = x;
  let dimsNow = dims;
  kernel.forEach((size, i) => {
    const stride = window.strides[i]!;
    const axis: Axis = {
      axis: i + 2,
      stride,
      dims: dimsNow,
      phaseLength: Math.ceil(dimsNow[i + 2]! / stride),
      outputs: window.outputDims[i]!,
      places: Array.from({ length: size }, (_, k) =>
        placeOf(k * window.dilations[i]! - window.padsBegin[i]!, stride),
      ),
    };
    const parts = gather(b, value, axis);
    // maxima[k]: the maximum of the parts up to k. The last one is the pool's own output and not needed.
    const maxima = [parts[0]!];
    for (const part of i < kernel.length - 1 ? parts.slice(1) : parts.slice(1, -1))
      maxima.push(b.op("Max", [maxima.at(-1)!, part], {}, "pool_max"));
    value = maxima.at(-1)!;
    steps.push({ axis, parts, maxima });
    dimsNow = dimsNow.map((d, a) => (a === i + 2 ? axis.outputs : d));
  });
  return [steps.reduceRight((g, step) => scatter(b, share(b, g, step), step.axis), cotangent)];
};

/** One axis of a pool. */
interface Axis extends PhasedAxis {
  readonly outputs: number;
  /** The k-th value of window `i` is entry `i + entry` of its phase. */
  readonly places: readonly { readonly phase: number; readonly entry: number }[];
}

interface AxisPool {
  readonly axis: Axis;
  readonly parts: readonly string[];
  readonly maxima: readonly string[];
}

/** For each k, the k-th value of every window; the lowest float beyond the edge. */
function gather(b: GraphBuilder, value: string, axis: Axis): string[] {
  const rank = axis.dims.length;
  const phases = splitPhases(b, value, axis, lowest);
  return axis.places.map(({ phase, entry }) =>
    pad(
      b,
      phases[phase]!,
      along(rank, axis.axis, -entry),
      along(rank, axis.axis, axis.outputs + entry - axis.phaseLength),
      b.scalar(lowest),
    ),
  );
}

/** The adjoint of `gather`. */
function scatter(b: GraphBuilder, shares: readonly string[], axis: Axis): string {
  const rank = axis.dims.length;
  const phases: (string | undefined)[] = new Array(axis.stride).fill(undefined);
  axis.places.forEach(({ phase, entry }, k) => {
    const placed = pad(
      b,
      shares[k]!,
      along(rank, axis.axis, entry),
      along(rank, axis.axis, axis.phaseLength - axis.outputs - entry),
    );
    const sum = phases[phase];
    phases[phase] = sum === undefined ? placed : b.op("Add", [sum, placed], {}, "max_pool_vjp");
  });
  return joinPhases(b, phases, axis);
}

/**
 * Assign `g` to the first part that equals the maximum: from the last part on, each takes it where it exceeds all
 * parts before it. The selection is exact, without rounding. HardSigmoid as in `relu`.
 */
function share(b: GraphBuilder, g: string, { parts, maxima }: AxisPool): string[] {
  const shares: string[] = [];
  let rest = g;
  for (let k = parts.length - 1; k > 0; k--) {
    const lead = b.op("Sub", [parts[k]!, maxima[k - 1]!], {}, "lead");
    const wins = b.op("HardSigmoid", [lead], { alpha: 1e30, beta: 0 }, "wins");
    shares[k] = b.op("Mul", [rest, wins], {}, "taken");
    rest = b.op("Sub", [rest, shares[k]!], {}, "rest");
  }
  shares[0] = rest;
  return shares;
}

const lowest = -3.4e38;
