/** What of a layer is amplified, other than the energy of its activations, as graph nodes. */
import type { GraphBuilder } from "../graph/builder.ts";
import { type FloatTensor, floatTensor } from "../graph/graph.ts";

/**
 * What of a layer is amplified; without one, ½·mean(a²). Source: tensorflow/lucid, `optvis/objectives.py` (`channel`,
 * `neuron`, `direction`, `dot_compare`).
 */
export type LayerObjective =
  /** The mean activation. */
  | { readonly type: "mean" }
  /** The dot product with the source's own features at each place, times its cosine. */
  | { readonly type: "caricature" }
  /** The activation at one place: fractions of the picture's width and height. */
  | { readonly type: "neuron"; readonly at: readonly [number, number] }
  /** The mean dot product with one number per channel. */
  | { readonly type: "direction"; readonly values: Float32Array };

/** A layer's value in the graph. */
export interface LayerValue {
  readonly value: string;
  readonly dims: readonly number[];
  /** One number per channel, `[1, C, 1, …]`. */
  readonly selection: string;
  /** Name of the input that marks the place of a neuron. */
  readonly place: string;
  /** The same value of the source picture, where a caricature needs it. */
  readonly source: string | undefined;
}

/** An objective, and its cotangent before `factor`. */
interface Pulled {
  readonly loss: string;
  readonly pull: string;
  readonly factor: string;
}

/** Smallest cosine that counts, and what keeps lengths from zero, as in lucid. */
const [floor, epsilon] = [0.1, 1e-4];

/** Add the objective of one layer. */
export function addLayerObjective(
  b: GraphBuilder,
  layer: LayerValue,
  { type }: LayerObjective,
): Pulled {
  const { value, dims, selection, place, source } = layer;
  const places = dims.slice(2).reduce((a, c) => a * c, 1);
  const all = b.ints(...dims.keys());
  const total = (x: string): string => b.op("ReduceSum", [x, all], { keepdims: 0 });
  if (type === "caricature") {
    const { products, pull } = addCaricature(b, value, source!, selection);
    const factor = b.scalar(1 / places);
    return { loss: b.op("Mul", [total(products), factor], {}, "caricature"), pull, factor };
  }
  const pull =
    type === "neuron"
      ? b.op("Mul", [selection, b.input(place, placeDims(dims))], {}, "neuron")
      : b.op("Expand", [selection, b.ints(...dims)], {}, "direction");
  const count = b.op("Mul", [total(selection), b.scalar(type === "neuron" ? 1 : places)]);
  const factor =
    type === "direction" ? b.scalar(1 / places) : b.op("Reciprocal", [count], {}, "factor");
  const activation = total(b.op("Mul", [value, pull]));
  return { loss: b.op("Mul", [activation, factor], {}, "objective"), pull, factor };
}

/** d · max(0.1, c) at each place, d being the dot product of both features and c its cosine; and its derivative. */
function addCaricature(
  b: GraphBuilder,
  value: string,
  source: string,
  selection: string,
): { products: string; pull: string } {
  const mul = (x: string, y: string): string => b.op("Mul", [x, y]);
  const over = (x: string, y: string): string => b.op("ReduceSum", [mul(x, y), b.ints(1)]);
  const longer = (x: string): string => b.op("Add", [x, b.scalar(epsilon)]);
  const x = mul(value, selection);
  const y = mul(source, selection);
  const dot = over(x, y);
  const length = b.op("Sqrt", [over(x, x)]);
  const own = longer(length);
  const lengths = mul(own, longer(b.op("Sqrt", [over(y, y)])));
  const cosine = b.op("Div", [dot, lengths], {}, "cosine");
  const floored = b.op("Max", [cosine, b.scalar(floor)]);
  // Where the cosine is at its floor, only the dot product has a derivative.
  const above = b.op("Sign", [b.op("Relu", [b.op("Sub", [cosine, b.scalar(floor)])])]);
  const risen = mul(dot, above);
  const along = mul(y, b.op("Add", [floored, b.op("Div", [risen, lengths])]));
  const turned = b.op("Div", [
    mul(risen, cosine),
    mul(own, b.op("Add", [length, b.scalar(1e-12)])),
  ]);
  return {
    products: mul(dot, floored),
    pull: b.op("Sub", [along, mul(x, turned)], {}, "caricature"),
  };
}

/** Where a picture lies in what the network sees, px. */
export interface View {
  /** Where the picture's corner lies; negative where the network sees only a part. */
  readonly x: number;
  readonly y: number;
  readonly height: number;
  readonly width: number;
  readonly seenHeight: number;
  readonly seenWidth: number;
}

/** The input `place` of a neuron `at` fractions of the picture: 1 at its place in the layer, 0 elsewhere. */
export function placeFeed(
  dims: readonly number[],
  [across, down]: readonly [number, number],
  { x, y, height, width, seenHeight, seenWidth }: View,
): FloatTensor {
  const mark = floatTensor(placeDims(dims));
  const [rows = 1, columns = 1] = dims.slice(2);
  const row = Math.floor(((y + pixelAt(down, height) + 0.5) / seenHeight) * rows);
  const column = Math.floor(((x + pixelAt(across, width) + 0.5) / seenWidth) * columns);
  if (row >= 0 && row < rows && column >= 0 && column < columns)
    mark.data[row * columns + column] = 1;
  return mark;
}

/** The px at a fraction of a side. */
export function pixelAt(fraction: number, length: number): number {
  return Math.min(length - 1, Math.floor(fraction * length));
}

function placeDims(dims: readonly number[]): number[] {
  return dims.map((d, axis) => (axis < 2 ? 1 : d));
}
