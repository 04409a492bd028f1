import type { GraphBuilder } from "../builder.ts";
import { floatTensor } from "../graph.ts";
import { convWindow, numbers } from "../window.ts";
import { along, pad, reshape, slice, type VjpRule } from "./context.ts";

/**
 * MaxPool, one axis after the other (a maximum over a square is a maximum over rows of maxima over
 * columns). The winner is recovered by comparing values, since the runtime's Indices output is slow
 * and missing on WebGPU. Equal winners share the cotangent, so its total is conserved.
 */
export const maxPool: VjpRule = ({ b, shape }, node, cotangent) => {
  const dims = shape(node.inputs[0]!);
  const kernel = numbers(node.attributes.kernel_shape) ?? [];
  const window = convWindow(node, dims.slice(2), kernel);
  const axes = kernel.map(
    (size, i): AxisWindow => ({
      axis: i + 2,
      kernel: size,
      stride: window.strides[i]!,
      dilation: window.dilations[i]!,
      begin: window.padsBegin[i]!,
      size: dims[i + 2]!,
      outputs: window.outputDims[i]!,
    }),
  );
  // Forward again, keeping what lies between the axes.
  const steps: { window: AxisWindow; parts: string[]; maximum: string; dims: readonly number[] }[] =
    [];
  let value = node.inputs[0]!;
  let shapeNow = [...dims];
  axes.forEach((axis, i) => {
    const parts = windowParts(b, value, shapeNow, axis);
    const last = i === axes.length - 1;
    const maximum = last
      ? node.outputs[0]!
      : parts.length === 1
        ? parts[0]!
        : b.op("Max", parts, {}, "pool_max");
    shapeNow = shapeNow.map((d, a) => (a === axis.axis ? axis.outputs : d));
    steps.push({ window: axis, parts, maximum, dims: shapeNow });
    value = maximum;
  });
  let g = cotangent;
  for (const step of steps.reverse())
    g = axisVjp(b, g, step.parts, step.maximum, step.window, step.dims);
  return [g];
};

interface AxisWindow {
  readonly axis: number;
  readonly kernel: number;
  readonly stride: number;
  readonly dilation: number;
  readonly begin: number;
  readonly size: number;
  readonly outputs: number;
}

/** Length of the padded axis, rounded up to whole strides. */
function paddedPhases({ kernel, stride, dilation, outputs }: AxisWindow): number {
  return Math.ceil(((outputs - 1) * stride + (kernel - 1) * dilation + 1) / stride);
}

/** The inputs of every window, by their place in it: `kernel` values of the output's size. */
function windowParts(
  b: GraphBuilder,
  value: string,
  dims: readonly number[],
  w: AxisWindow,
): string[] {
  const phases = paddedPhases(w);
  const rank = dims.length;
  const lowest = b.constant(floatTensor([], [-3.4e38]), "lowest");
  const padded = pad(
    b,
    value,
    along(rank, w.axis, w.begin),
    along(rank, w.axis, phases * w.stride - w.begin - w.size),
    lowest,
  );
  return Array.from({ length: w.kernel }, (_, k) => {
    const offset = k * w.dilation;
    return slice(b, padded, w.axis, offset, offset + (w.outputs - 1) * w.stride + 1, w.stride);
  });
}

function axisVjp(
  b: GraphBuilder,
  g: string,
  parts: readonly string[],
  maximum: string,
  w: AxisWindow,
  dims: readonly number[],
): string {
  const rank = dims.length;
  const masks = parts.map((part) =>
    b.op("Cast", [b.op("Equal", [part, maximum])], { to: 1 }, "winner"),
  );
  const winners = masks.length === 1 ? masks[0]! : b.op("Sum", masks, {}, "winners");
  const share = b.op("Div", [g, winners], {}, "winner_share");
  const phases = paddedPhases(w);
  // Offsets that agree modulo the stride land on the same input phase.
  const byPhase: string[][] = Array.from({ length: w.stride }, () => []);
  masks.forEach((mask, k) => {
    const offset = k * w.dilation;
    const shift = Math.floor(offset / w.stride);
    const part = b.op("Mul", [share, mask]);
    byPhase[offset % w.stride]!.push(
      pad(b, part, along(rank, w.axis, shift), along(rank, w.axis, phases - w.outputs - shift)),
    );
  });
  const phaseDims = dims.map((d, a) => (a === w.axis ? phases : d));
  const sums = byPhase.map((list) =>
    list.length === 0
      ? b.constant(floatTensor(phaseDims), "zeros")
      : list.length === 1
        ? list[0]!
        : b.op("Sum", list),
  );
  const spread = [...dims.slice(0, w.axis), phases, 1, ...dims.slice(w.axis + 1)];
  const joined =
    sums.length === 1
      ? sums[0]!
      : reshape(
          b,
          b.op(
            "Concat",
            sums.map((s) => reshape(b, s, spread)),
            { axis: w.axis + 1 },
          ),
          dims.map((d, a) => (a === w.axis ? phases * w.stride : d)),
        );
  return pad(
    b,
    joined,
    along(rank, w.axis, -w.begin),
    along(rank, w.axis, w.begin + w.size - phases * w.stride),
  );
}
