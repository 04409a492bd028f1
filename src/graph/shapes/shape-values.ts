import { numbers } from "../window.ts";
import type { KnownValues, ShapeContext } from "./shape-context.ts";

const binary: Readonly<Record<string, (a: number, b: number) => number>> = {
  Add: (a, b) => a + b,
  Sub: (a, b) => a - b,
  Mul: (a, b) => a * b,
  Div: (a, b) => a / b,
  Max: Math.max,
  Min: Math.min,
};

const unary: Readonly<Record<string, (a: number) => number>> = {
  Floor: Math.floor,
  Ceil: Math.ceil,
  Sqrt: Math.sqrt,
  Neg: (a) => -a,
};

/** Element types that hold fractions: float32, float16, float64. */
const floatTypes = [1, 10, 11];

/**
 * Evaluate a node that computes with shapes, where its inputs are known: the arithmetic that exporters put before
 * Reshape, Slice, Pad and Resize.
 */
export function evaluateKnown(
  context: ShapeContext,
  shapes: ReadonlyMap<string, readonly number[]>,
): KnownValues | undefined {
  const { node } = context;
  const known = node.inputs.map((_, i) => context.known(i));
  const [first, second] = known;
  const integers = (values: readonly number[]): KnownValues => ({ values, float: false });
  switch (node.op) {
    case "Shape": {
      const dims = shapes.get(node.inputs[0]!);
      const { start, end } = node.attributes;
      return (
        dims &&
        integers(dims.slice(Number(start ?? 0), end === undefined ? undefined : Number(end)))
      );
    }
    case "Constant": {
      const { value, value_int: one, value_ints: several } = node.attributes;
      if (typeof value === "object" && "data" in value)
        return /^int/.test(value.type) && value.data.length <= 4096
          ? integers(Array.from(value.data as ArrayLike<number | bigint>, Number))
          : undefined;
      return typeof one === "number" ? integers([one]) : listOf(numbers(several));
    }
    case "Cast": {
      const float = floatTypes.includes(Number(node.attributes.to));
      return first && { float, values: float ? first.values : first.values.map(Math.trunc) };
    }
    case "Identity":
    case "Unsqueeze":
    case "Squeeze":
    case "Reshape":
    case "Flatten":
      return first;
    case "Gather":
      return (
        first &&
        second && {
          ...first,
          values: second.values.map((i) => first.values[i < 0 ? i + first.values.length : i]!),
        }
      );
    case "Concat":
      return known.every((part) => part !== undefined) && known.length <= 64
        ? { values: known.flatMap((part) => part.values), float: known.some((p) => p.float) }
        : undefined;
    case "Slice": {
      const [start, end] = [second?.values[0], known[2]?.values[0]];
      const step = known[4]?.values[0] ?? 1;
      return first && start !== undefined && end !== undefined && step === 1
        ? { ...first, values: first.values.slice(start, end) }
        : undefined;
    }
    case "ConstantOfShape": {
      const { value } = node.attributes;
      const tensor = typeof value === "object" && "data" in value ? value : undefined;
      const size = first?.values.reduce((a, b) => a * b, 1);
      if (size === undefined || !(size >= 0 && size <= 4096)) return undefined;
      const fill = Number(tensor?.data[0] ?? 0);
      return { values: new Array(size).fill(fill), float: (tensor?.type ?? "float32")[0] === "f" };
    }
    default:
      return evaluateArithmetic(node.op, first, second);
  }
}

function evaluateArithmetic(
  op: string,
  first: KnownValues | undefined,
  second: KnownValues | undefined,
): KnownValues | undefined {
  const one = unary[op];
  if (one) return first && { ...first, values: first.values.map(one) };
  const two = binary[op];
  if (!two || !first || !second) return undefined;
  const float = first.float || second.float;
  const length = Math.max(first.values.length, second.values.length);
  const values = Array.from({ length }, (_, i) =>
    two(first.values[i % first.values.length]!, second.values[i % second.values.length]!),
  );
  return { float, values: float ? values : values.map(Math.trunc) };
}

function listOf(values: readonly number[] | undefined): KnownValues | undefined {
  return values && { values, float: false };
}
