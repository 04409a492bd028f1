import type { Node } from "./graph.ts";
import { ShapeMismatch } from "./shape-mismatch.ts";

/** The geometry of a convolution or pool over its spatial axes, with all defaults resolved. */
export interface Window {
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  readonly padsBegin: readonly number[];
  readonly padsEnd: readonly number[];
  readonly outputDims: readonly number[];
}

/**
 * Resolve strides, dilations, pads, `auto_pad` and `ceil_mode` of `node` over `spatialDims`. Throws `SHAPE_MISMATCH`
 * if they do not fit. Source: the ONNX operator specification of Conv, MaxPool and AveragePool.
 */
export function convWindow(
  node: Node,
  spatialDims: readonly number[],
  kernel: readonly number[],
): Window {
  const { attributes } = node;
  const ones = spatialDims.map(() => 1);
  const strides = numbers(attributes.strides) ?? ones;
  const dilations = numbers(attributes.dilations) ?? ones;
  const given = numbers(attributes.pads) ?? spatialDims.flatMap(() => [0, 0]);
  const axes = spatialDims.length;
  const fits =
    [kernel, strides, dilations].every((list) => list.length === axes && within(list, 1)) &&
    given.length === 2 * axes &&
    within(given, 0);
  if (!fits) {
    throw new ShapeMismatch(
      `${node.op} "${node.name || node.outputs[0]}": kernel [${kernel}], strides [${strides}], dilations [${dilations}] and pads [${given}] do not fit ${axes} spatial axes`,
      "network",
    );
  }
  const autoPad = attributes.auto_pad ?? "NOTSET";
  const ceil = attributes.ceil_mode === 1;
  const padsBegin: number[] = [];
  const padsEnd: number[] = [];
  const outputDims: number[] = [];
  spatialDims.forEach((size, axis) => {
    const stride = strides[axis]!;
    const extent = (kernel[axis]! - 1) * dilations[axis]! + 1;
    let begin = given[axis]!;
    let end = given[axis + spatialDims.length]!;
    if (autoPad === "VALID") {
      begin = 0;
      end = 0;
    } else if (autoPad === "SAME_UPPER" || autoPad === "SAME_LOWER") {
      const total = Math.max(0, (Math.ceil(size / stride) - 1) * stride + extent - size);
      begin = autoPad === "SAME_UPPER" ? Math.floor(total / 2) : Math.ceil(total / 2);
      end = total - begin;
    }
    const steps = (size + begin + end - extent) / stride;
    let output = (ceil ? Math.ceil(steps) : Math.floor(steps)) + 1;
    // Windows that would start beyond the picture and its leading pad are dropped.
    if (ceil && (output - 1) * stride >= size + begin) output--;
    padsBegin.push(begin);
    padsEnd.push(end);
    outputDims.push(output);
  });
  return { kernel, strides, dilations, padsBegin, padsEnd, outputDims };
}

/** Largest window and stride, px. Strides are usually below a hundred; kernels may cover a whole picture. */
const largestWindow = 16384;

function within(list: readonly number[], min: number): boolean {
  return list.every((v) => Number.isInteger(v) && v >= min && v <= largestWindow);
}

/** An attribute as a list of numbers, or undefined. */
export function numbers(attribute: Node["attributes"][string] | undefined): number[] | undefined {
  return Array.isArray(attribute) && attribute.every((v) => typeof v === "number")
    ? attribute.map(Number)
    : undefined;
}

/** A numeric attribute, or its default. */
export function numberOr(
  attribute: Node["attributes"][string] | undefined,
  fallback: number,
): number {
  return typeof attribute === "number" ? attribute : fallback;
}
