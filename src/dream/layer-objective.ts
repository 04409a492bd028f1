/** Objectives of layers other than the energy of their activations, as graph nodes. */
import type { GraphBuilder } from "../graph/builder.ts";
import { type FloatTensor, floatTensor } from "../graph/graph.ts";

/**
 * The objective of a layer, in place of ½·mean(a²). Source: tensorflow/lucid, `optvis/objectives.py` (`channel`, `neuron`,
 * `direction`, `dot_compare`).
 */
export type LayerObjective =
  /** The mean activation. */
  | { readonly type: "mean" }
  /** The dot product with the source's features at each position, times their cosine. */
  | { readonly type: "caricature" }
  /** The activation at one position, in fractions of the picture's width and height. */
  | { readonly type: "neuron"; readonly at: readonly [number, number] }
  /** The mean dot product with one number per channel. */
  | { readonly type: "direction"; readonly values: Float32Array };

/** A layer's value in the graph. */
export interface LayerValue {
  readonly value: string;
  readonly dims: readonly number[];
  /** One number per channel, `[1, C, 1, …]`. */
  readonly selection: string;
  /** Name of the input that marks the position of a neuron. */
  readonly place: string;
  /** Name of the value for the source picture, for caricatures. */
  readonly source: string | undefined;
}

/** An objective, and its cotangent before `factor`. */
interface Pulled {
  readonly loss: string;
  readonly pull: string;
  readonly factor: string;
}

/** Minimum of the cosine, and an offset that keeps lengths above zero, as in lucid. */
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

/** d · max(0.1, c) at each position, where d is the dot product of both features and c their cosine; and its derivative. */
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
  // At the minimum of the cosine, only the dot product has a derivative.
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

/** The position of a picture in the network's input, px. */
export interface View {
  /** Position of the picture's top left corner; negative if the network sees only a part. */
  readonly x: number;
  readonly y: number;
  readonly height: number;
  readonly width: number;
  readonly seenHeight: number;
  readonly seenWidth: number;
}

/** The input `place` for a neuron at fractions of the picture: 1 at its position in the layer, 0 elsewhere. */
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

/** The pixel at a fraction of a side. */
export function pixelAt(fraction: number, length: number): number {
  return Math.min(length - 1, Math.floor(fraction * length));
}

function placeDims(dims: readonly number[]): number[] {
  return dims.map((d, axis) => (axis < 2 ? 1 : d));
}
