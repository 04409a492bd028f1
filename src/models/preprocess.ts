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
 * Put the preprocessing in front of `graph`, as one 1×1 convolution: the new input `frame` is
 * `[1, 3, H, W]`, RGB 0..1, so that gradients are in displayed pixels for every network.
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
  const range = preprocess.scale === "0..255" ? 255 : 1;
  const weights = new Float32Array(9);
  const bias = new Float32Array(3);
  for (let c = 0; c < 3; c++) {
    const from = preprocess.channels === "BGR" ? 2 - c : c;
    weights[c * 3 + from] = range / preprocess.std[c]!;
    bias[c] = -preprocess.mean[c]! / preprocess.std[c]!;
  }
  const b = new GraphBuilder({ ...graph, inputs: [], nodes: [] });
  const frame = b.input(b.unique("frame"), [1, 3, "height", "width"]);
  const w = b.constant(floatTensor([3, 3, 1, 1], weights), "preprocess_weights");
  const shift = b.constant(floatTensor([3], bias), "preprocess_bias");
  const head = b.build();
  return {
    ...head,
    nodes: [
      {
        op: "Conv",
        name: "preprocess",
        inputs: [frame, w, shift],
        outputs: [input.name],
        attributes: { kernel_shape: [1, 1] },
      },
      ...graph.nodes,
    ],
  };
}
