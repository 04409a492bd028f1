import { DreamError } from "../errors.ts";
import { GraphBuilder } from "../graph/builder.ts";
import { floatTensor, type Graph } from "../graph/graph.ts";

/** How a network wants its pixels: `(value in scale − mean) / std`, per channel in the order of `channels`. */
export interface Preprocess {
  readonly channels: "RGB" | "BGR";
  readonly scale: "0..1" | "0..255";
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

/** The convention of torchvision, timm and most exports. */
export const imagenetPreprocess: Preprocess = {
  channels: "RGB",
  scale: "0..1",
  mean: [0.485, 0.456, 0.406],
  std: [0.229, 0.224, 0.225],
};

/** The convention of Caffe's networks, BVLC GoogLeNet among them. */
export const caffePreprocess: Preprocess = {
  channels: "BGR",
  scale: "0..255",
  mean: [104, 117, 123],
  std: [1, 1, 1],
};

/**
 * Put the preprocessing in front of `graph`: the new input `frame` is `[1, 3, H, W]`, RGB 0..1, so that
 * gradients are in displayed pixels for every network.
 * Throws `MODEL_INVALID` where the graph's input does not take three-channel pictures.
 */
export function prependPreprocess(graph: Graph, preprocess: Preprocess): Graph {
  const input = graph.inputs[0];
  if (!input || graph.inputs.length !== 1 || input.dims.length !== 4 || input.dims[1] !== 3) {
    const found = graph.inputs.map((v) => `${v.name} [${v.dims.join(", ")}]`).join("; ");
    throw new DreamError("MODEL_INVALID", `the network's input is ${found || "missing"}`, {
      hint: "dreamreel takes image networks with one float input [N, 3, height, width].",
    });
  }
  const b = new GraphBuilder({ ...graph, inputs: [] });
  const frame = b.input(b.unique("frame"), [1, 3, "height", "width"]);
  const { mean, std } = preprocess;
  const range = preprocess.scale === "0..255" ? 255 : 1;
  const factors = std.map((s) => range / s);
  const offsets = mean.map((m, c) => -m / std[c]!);
  if (preprocess.channels === "RGB") {
    const scaled = b.op("Mul", [frame, b.constant(floatTensor([1, 3, 1, 1], factors), "scale")]);
    const offset = b.constant(floatTensor([1, 3, 1, 1], offsets), "offset");
    return b.opNamed("Add", [scaled, offset], {}, input.name).build();
  }
  // A 1×1 convolution turns the channels round as well.
  const weights = floatTensor([3, 3, 1, 1]);
  for (let c = 0; c < 3; c++) weights.data[c * 3 + 2 - c] = factors[c]!;
  const kernel = b.constant(weights, "preprocess_weights");
  const bias = b.constant(floatTensor([3], offsets), "preprocess_bias");
  return b.opNamed("Conv", [frame, kernel, bias], { kernel_shape: [1, 1] }, input.name).build();
}
