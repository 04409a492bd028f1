/** A network file with most features, and seeded mutations of it. */
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import {
  AttributeProtoSchema,
  AttributeProto_AttributeType as Kind,
  type ModelProto,
  ModelProtoSchema,
  type NodeProto,
} from "onnx-buf";
import { createRandom } from "../../src/dream/random.ts";
import { GraphBuilder } from "../../src/graph/builder.ts";
import { floatTensor } from "../../src/graph/graph.ts";
import { writeOnnx } from "../../src/graph/onnx/file.ts";
import { shapeRules } from "../../src/graph/shapes/shape-rules.ts";
import { vjpRules } from "../../src/graph/vjp/rules.ts";
import { pick } from "./fuzz.ts";

/** The file of a small classifier for 8 px squares that uses most kinds of ops. */
export function sampleOnnx(): Uint8Array {
  const random = createRandom(5);
  const b = new GraphBuilder();
  const weights = (...dims: number[]): string => {
    const size = dims.reduce((x, y) => x * y, 1);
    return b.constant(
      floatTensor(
        dims,
        Float32Array.from({ length: size }, () => random() - 0.5),
      ),
    );
  };
  const x = b.input("x", [1, 3, 8, 8]);
  const pads = [1, 1, 1, 1];
  const conv = b.op("Conv", [x, weights(4, 3, 3, 3), weights(4)], { pads, kernel_shape: [3, 3] });
  const ones = [weights(4), weights(4), weights(4)];
  const variance = b.constant(floatTensor([4], [1, 1, 1, 1]));
  const norm = b.op("BatchNormalization", [conv, ...ones, variance], { epsilon: 1e-5 });
  const relu = b.op("Relu", [norm], {}, "low");
  const lrn = b.op("LRN", [relu], { size: 3, alpha: 1e-4, beta: 0.75, bias: 1 });
  const pooled = b.op("MaxPool", [lrn], { kernel_shape: [2, 2], strides: [2, 2] });
  const mean = b.op("AveragePool", [pooled], { kernel_shape: [3, 3], pads, strides: [1, 1] });
  const [left, right] = b.ops("Split", [mean, b.ints(2, 2)], 2, { axis: 1 }) as [string, string];
  const joined = b.op("Concat", [b.op("Sigmoid", [left]), b.op("Tanh", [right])], { axis: 1 });
  const padded = b.op("Pad", [joined, b.ints(0, 0, 1, 1, 0, 0, 1, 1)], { mode: "reflect" });
  const sliced = b.op("Slice", [padded, b.ints(1, 1), b.ints(-1, -1), b.ints(2, 3), b.ints(1, 1)]);
  const scales = b.constant(floatTensor([4], [1, 1, 2, 2]));
  const large = b.op("Resize", [sliced, "", scales], { mode: "nearest" });
  const shape = b.op(
    "Concat",
    [b.op("Slice", [b.op("Shape", [large]), b.ints(0), b.ints(2)]), b.ints(-1)],
    { axis: 0 },
  );
  const flat = b.op("Reshape", [large, shape]);
  const turned = b.op("Transpose", [flat], { perm: [0, 2, 1] });
  const mixed = b.op("MatMul", [turned, weights(4, 4)]);
  const soft = b.op("Softmax", [mixed], { axis: -1 });
  const gathered = b.op("Gather", [soft, b.ints(0, 2)], { axis: 2 });
  const reduced = b.op("ReduceMean", [gathered, b.ints(1)], { keepdims: 0 });
  const clipped = b.op("Clip", [reduced, b.scalar(0), b.scalar(1)]);
  const spread = b.op("Unsqueeze", [clipped, b.ints(2, 3)]);
  const grown = b.op("ConvTranspose", [spread, weights(2, 3, 2, 2)], { strides: [2, 2] });
  const all = b.op("Mul", [b.op("Flatten", [grown]), b.op("Cast", [b.scalar(2)], { to: 1 })]);
  b.output(b.op("Gemm", [all, weights(5, 12), weights(5)], { transB: 1 }, "scores"), [1, 5]);
  return writeOnnx(b.build());
}

/** Change, cut, duplicate or move a few bytes. */
export function spoilBytes(bytes: Uint8Array, seed: number): Uint8Array {
  const random = createRandom(seed);
  const at = (length: number): number => Math.floor(random() * length);
  let spoiled = Uint8Array.from(bytes);
  for (let i = 1 + at(4); i > 0; i--) {
    const from = at(spoiled.length);
    switch (at(5)) {
      case 0:
        spoiled[from] = at(256);
        break;
      case 1:
        spoiled[from]! ^= 1 << at(8);
        break;
      case 2:
        spoiled = spoiled.slice(0, from);
        break;
      case 3: {
        const part = spoiled.slice(from, from + at(64));
        const to = at(spoiled.length);
        spoiled = Uint8Array.from([...spoiled.slice(0, to), ...part, ...spoiled.slice(to)]);
        break;
      }
      default:
        spoiled.fill(pick(random, [0, 255, 127, 128]), from, from + at(9));
    }
  }
  return spoiled;
}

const lies = [
  0n,
  -1n,
  1n,
  2n,
  3n,
  7n,
  255n,
  65536n,
  2n ** 31n,
  2n ** 53n,
  2n ** 60n,
  -(2n ** 63n),
  2n ** 63n - 1n,
];
const oddNumbers = [0, -1, 1e-30, 1e30, Number.NaN, Number.POSITIVE_INFINITY, 0.5];
const ops = [
  ...new Set([
    ...Object.keys(shapeRules),
    ...Object.keys(vjpRules),
    "If",
    "Loop",
    "constructor",
    "Upsample",
    "TopK",
  ]),
];

/** Falsify shapes, attributes, names, ops and types in a file that can still be parsed. */
export function spoilModel(bytes: Uint8Array, seed: number): Uint8Array {
  const random = createRandom(seed);
  const model = fromBinary(ModelProtoSchema, bytes);
  for (let i = 1 + Math.floor(random() * 3); i > 0; i--) spoilOnce(model, random);
  return toBinary(ModelProtoSchema, model);
}

function spoilOnce(model: ModelProto, random: () => number): void {
  const graph = model.graph!;
  const node = pick(random, graph.node);
  const tensor = pick(random, graph.initializer);
  const names = [
    ...graph.node.flatMap(({ output }) => output),
    ...graph.initializer.map(({ name }) => name),
    "x",
    "",
    "nowhere",
    "__proto__",
  ];
  const at = (length: number): number => Math.floor(random() * length);
  switch (at(13)) {
    case 0:
      node.opType = pick(random, ops);
      break;
    case 1:
      if (node.input.length > 0) node.input[at(node.input.length)] = pick(random, names);
      break;
    case 2:
      if (node.output.length > 0) node.output[at(node.output.length)] = pick(random, names);
      break;
    case 3:
      node.input.push(pick(random, names));
      break;
    case 4:
      node.input.pop();
      break;
    case 5:
      tensor.dims[at(tensor.dims.length + 1)] = pick(random, lies);
      break;
    case 6:
      tensor.dims.reverse();
      break;
    case 7:
      tensor.dataType = at(20);
      break;
    case 8:
      tensor.rawData = tensor.rawData.map((v, i) =>
        i === at(tensor.rawData.length) ? at(256) : v,
      );
      break;
    case 9: {
      // Integer parameters: axes, sizes, scales.
      const view = new DataView(tensor.rawData.slice().buffer);
      if (view.byteLength >= 8 && tensor.dataType === 7)
        view.setBigInt64(8 * at(view.byteLength >> 3), pick(random, lies), true);
      else if (view.byteLength >= 4)
        view.setFloat32(4 * at(view.byteLength >> 2), pick(random, oddNumbers), true);
      tensor.rawData = new Uint8Array(view.buffer);
      break;
    }
    case 10: {
      const dim = pick(random, [...graph.input, ...graph.output]).type?.value;
      const dims = dim?.case === "tensorType" ? dim.value.shape?.dim : undefined;
      if (dims?.[0]) dims[at(dims.length)]!.value = { case: "dimValue", value: pick(random, lies) };
      break;
    }
    default:
      spoilAttribute(node, random);
  }
}

const attributeNames =
  "axis axes perm pads strides dilations kernel_shape group keepdims epsilon size alpha beta bias mode auto_pad ceil_mode blocksize transA transB to num_groups output_padding output_shape storage_order count_include_pad allowzero coordinate_transformation_mode nearest_mode num_outputs split start end value scales".split(
    " ",
  );

function spoilAttribute(node: NodeProto, random: () => number): void {
  const at = (length: number): number => Math.floor(random() * length);
  const known = node.attribute[at(node.attribute.length + 1)];
  const attribute = known ?? create(AttributeProtoSchema, { name: pick(random, attributeNames) });
  if (!known) node.attribute.push(attribute);
  if (!known || random() < 0.3)
    attribute.type = pick(random, [
      Kind.INT,
      Kind.INTS,
      Kind.FLOAT,
      Kind.STRING,
      Kind.TENSOR,
      Kind.GRAPH,
      99 as Kind,
    ]);
  attribute.i = pick(random, lies);
  attribute.f = pick(random, oddNumbers);
  if (attribute.ints.length === 0 || random() < 0.3)
    attribute.ints = Array.from({ length: at(6) }, () => pick(random, lies));
  else attribute.ints[at(attribute.ints.length)] = pick(random, lies);
  if (random() < 0.5)
    attribute.s = new TextEncoder().encode(
      pick(random, ["SAME_UPPER", "linear", "cubic", "tf_crop_and_resize", "\x1b[31m"]),
    );
}
