import type { GraphBuilder } from "../builder.ts";
import { along, pad, reshape, slice } from "./context.ts";

/** An axis split into as many phases as its stride: position `p` is entry `⌊p / stride⌋` of phase `p mod stride`. */
export interface PhasedAxis {
  readonly axis: number;
  readonly stride: number;
  /** Shape of the whole value. */
  readonly dims: readonly number[];
  readonly phaseLength: number;
}

/** The phase and entry of position `position`, which may lie beyond the edges. */
export function placeOf(position: number, stride: number): { phase: number; entry: number } {
  const entry = Math.floor(position / stride);
  return { phase: position - entry * stride, entry };
}

/** Every `stride`-th value along the axis, from each starting point; `fill` beyond the edge. */
export function splitPhases(
  b: GraphBuilder,
  value: string,
  axis: PhasedAxis,
  fill: number,
): string[] {
  const { stride, phaseLength, dims } = axis;
  if (stride === 1) return [value];
  const rank = dims.length;
  const length = phaseLength * stride;
  const extra = along(rank, axis.axis, length - dims[axis.axis]!);
  const whole = pad(b, value, along(rank, axis.axis, 0), extra, b.scalar(fill));
  if (axis.axis < rank - 1)
    return Array.from({ length: stride }, (_, q) => slice(b, whole, axis.axis, q, length, stride));
  // Along the last axis, a matrix transpose is much faster than strided slices.
  const total = dims.reduce((x, y) => x * y, 1) / dims.at(-1)!;
  const rows = reshape(b, whole, [total * phaseLength, stride]);
  const columns = b.op("Transpose", [rows], { perm: [1, 0] });
  const phaseDims = [...dims.slice(0, -1), phaseLength];
  const sizes = b.ints(...new Array<number>(stride).fill(1));
  return b
    .ops("Split", [columns, sizes], stride, { axis: 0 }, "phase")
    .map((phase) => reshape(b, phase, phaseDims));
}

/** The adjoint and inverse of `splitPhases`; missing phases are zero. */
export function joinPhases(
  b: GraphBuilder,
  phases: readonly (string | undefined)[],
  axis: PhasedAxis,
): string {
  const { stride, phaseLength, dims } = axis;
  if (stride === 1) return phases[0]!;
  const before = dims.slice(0, axis.axis);
  const after = dims.slice(axis.axis + 1);
  const columns = phases.map((phase) =>
    phase === undefined
      ? b.op("Expand", [b.scalar(0), b.ints(...before, phaseLength, 1, ...after)])
      : reshape(b, phase, [...before, phaseLength, 1, ...after]),
  );
  const joined = b.op("Concat", columns, { axis: axis.axis + 1 });
  const whole = reshape(b, joined, [...before, phaseLength * stride, ...after]);
  const rank = dims.length;
  const extra = dims[axis.axis]! - phaseLength * stride;
  return pad(b, whole, along(rank, axis.axis, 0), along(rank, axis.axis, extra));
}
