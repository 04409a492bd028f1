import { DreamError } from "../errors.ts";
import { GraphBuilder } from "../graph/builder.ts";
import { floatTensor, type Graph, intTensor } from "../graph/graph.ts";
import { isChannelsLast } from "../graph/picture.ts";

/** A network's preprocessing: `(value in scale − mean) / std`, per channel in the order of `channels`. */
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

/** Common preprocessings, by their description in scene terms. */
export const conventions: Readonly<Record<string, Preprocess>> = {
  "RGB 0..1, mean and std of ImageNet (torchvision, timm, MXNet)": imagenetPreprocess,
  "BGR 0..255, mean 104 117 123 (Caffe)": caffePreprocess,
  "RGB 0..1, mean 0.5, std 0.5 (TensorFlow, some of timm)": {
    channels: "RGB",
    scale: "0..1",
    mean: [0.5, 0.5, 0.5],
    std: [0.5, 0.5, 0.5],
  },
  "RGB 0..1": { channels: "RGB", scale: "0..1", mean: [0, 0, 0], std: [1, 1, 1] },
  "RGB 0..255": { channels: "RGB", scale: "0..255", mean: [0, 0, 0], std: [1, 1, 1] },
};

/** A canonical text: equal preprocessings give equal texts. */
export function describePreprocess({ channels, scale, mean, std }: Preprocess): string {
  return `${channels} ${scale} mean ${mean.join(" ")} std ${std.join(" ")}`;
}

/**
 * Prepend the preprocessing to `graph`: the new input `frame` is `[1, 3, H, W]`, RGB 0..1, so that gradients are in
 * displayed pixels for every network. Networks with channels last get a transpose. Throws `MODEL_INVALID` if the
 * graph's input does not take three-channel pictures.
 */
export function prependPreprocess(graph: Graph, preprocess: Preprocess): Graph {
  const input = graph.inputs[0];
  const last = isChannelsLast(input?.dims ?? []);
  const channels = input?.dims[last ? 3 : 1];
  // Some exporters make even the channels dynamic.
  const fits = input?.dims.length === 4 && (channels === 3 || typeof channels === "string");
  if (!fits || graph.inputs.length !== 1) {
    const found = graph.inputs.map((v) => `${v.name} [${v.dims.join(", ")}]`).join("; ");
    throw new DreamError("MODEL_INVALID", `the network's input is ${found || "missing"}`, {
      hint: "dreamreel takes image networks with one float input [N, 3, height, width] or [N, height, width, 3].",
    });
  }
  const b = new GraphBuilder({ ...graph, inputs: [] });
  const frame = b.input(b.unique("frame"), [1, 3, "height", "width"]);
  const scaled = addScaling(b, frame, preprocess, last ? undefined : input.name);
  if (last) b.opNamed("Transpose", [scaled], { perm: [0, 2, 3, 1] }, input.name);
  return b.build();
}

/** `[1, 3, H, W]` in the network's scale and channel order, named `name` if given. */
function addScaling(
  b: GraphBuilder,
  frame: string,
  { channels, scale, mean, std }: Preprocess,
  name = b.unique("scaled"),
): string {
  const range = scale === "0..255" ? 255 : 1;
  const factors = std.map((s) => range / s);
  const offsets = mean.map((m, c) => -m / std[c]!);
  const ordered =
    channels === "RGB"
      ? frame
      : b.op("Gather", [frame, b.constant(intTensor([2, 1, 0]), "channel_order")], { axis: 1 });
  const scaled = b.op("Mul", [ordered, b.constant(floatTensor([1, 3, 1, 1], factors), "scale")]);
  const offset = b.constant(floatTensor([1, 3, 1, 1], offsets), "offset");
  b.opNamed("Add", [scaled, offset], {}, name);
  return name;
}
