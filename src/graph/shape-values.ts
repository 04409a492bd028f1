import type { ShapeContext } from "./shape-rules.ts";
import { numbers } from "./window.ts";

type Values = readonly number[];

const binary: Readonly<Record<string, (a: number, b: number) => number>> = {
  Add: (a, b) => a + b,
  Sub: (a, b) => a - b,
  Mul: (a, b) => a * b,
  Div: (a, b) => Math.trunc(a / b),
};

/**
 * The integers a node computes from shapes, in row-major order, where they can be known:
 * the little arithmetic that exporters put in front of Reshape, Slice, Pad and Resize.
 */
export function evaluateIntegers(
  context: ShapeContext,
  shapes: ReadonlyMap<string, readonly number[]>,
): Values | undefined {
  const { node } = context;
  const first = context.integers(0);
  switch (node.op) {
    case "Shape":
      return shapes.get(node.inputs[0]!);
    case "Constant": {
      const value = node.attributes.value;
      if (
        typeof value === "object" &&
        "data" in value &&
        (value.type === "int64" || value.type === "int32")
      ) {
        return Array.from(value.data, Number);
      }
      return (
        numbers(node.attributes.value_ints) ??
        (typeof node.attributes.value_int === "number" ? [node.attributes.value_int] : undefined)
      );
    }
    case "Identity":
    case "Cast":
    case "Unsqueeze":
    case "Squeeze":
    case "Reshape":
    case "Flatten":
      return first;
    case "Gather": {
      const index = context.integers(1);
      return first && index?.map((i) => first[i < 0 ? i + first.length : i]!);
    }
    case "Concat": {
      const parts = node.inputs.map((_, i) => context.integers(i));
      return parts.every((part) => part !== undefined) ? parts.flat() : undefined;
    }
    case "Slice": {
      const [start, end] = [context.integers(1)?.[0], context.integers(2)?.[0]];
      const step = context.integers(4)?.[0] ?? 1;
      return first && start !== undefined && end !== undefined && step === 1
        ? first.slice(start, end)
        : undefined;
    }
    case "ConstantOfShape": {
      const value = node.attributes.value;
      const fill = typeof value === "object" && "data" in value ? Number(value.data[0]) : 0;
      return first && new Array(first.reduce((a, b) => a * b, 1)).fill(fill);
    }
    default: {
      const apply = binary[node.op];
      const second = context.integers(1);
      if (!apply || !first || !second) return undefined;
      const length = Math.max(first.length, second.length);
      return Array.from({ length }, (_, i) =>
        apply(first[i % first.length]!, second[i % second.length]!),
      );
    }
  }
}
