import {
  type Attribute,
  floatTensor,
  type Graph,
  intTensor,
  type Node,
  type Tensor,
} from "../graph.ts";
import { numbers } from "../window.ts";

/** The opset that every graph is converted to: the newest that all runtimes in use support. */
export const targetOpset = 18;

/**
 * Rewrite what later operator sets moved from attributes to inputs, so that the rest of the code
 * knows one form of each op. Source: the ONNX operator changelog, opsets 7 to 18.
 */
export function upgradeOpset(graph: Graph): Graph {
  if (graph.opset >= targetOpset) return graph;
  const initializers = new Map(graph.initializers);
  const constant = (node: Node, suffix: string, tensor: Tensor): string => {
    const name = `${node.outputs[0]}/${suffix}`;
    initializers.set(name, tensor);
    return name;
  };
  const nodes = graph.nodes.flatMap((node): Node | Node[] => {
    if (isJoinedSoftmax(node, graph.opset)) return joinedSoftmax(node);
    if (node.op === "Upsample" || (node.op === "Resize" && graph.opset < 11))
      return toResize(node, constant);
    if (node.op === "Split" && graph.opset < 18) return splitEvenly(node, constant);
    const moved = moves[node.op];
    if (!moved) return node;
    const inputs = [...node.inputs];
    const attributes: Record<string, Attribute> = { ...node.attributes };
    for (const { attribute, input, tensor } of moved) {
      const value = attributes[attribute];
      if (value === undefined) continue;
      delete attributes[attribute];
      while (inputs.length < input) inputs.push("");
      inputs[input] = constant(node, attribute, tensor(value));
    }
    return { ...node, inputs, attributes };
  });
  return { ...graph, nodes, initializers, opset: targetOpset };
}

type MakeConstant = (node: Node, suffix: string, tensor: Tensor) => string;

/** Up to opset 12, Softmax flattens all axes from its own axis on. */
function isJoinedSoftmax({ op, attributes }: Node, opset: number): boolean {
  return (
    opset < 13 && (op === "Softmax" || op === "LogSoftmax") && Number(attributes.axis ?? 1) !== -1
  );
}

function joinedSoftmax(node: Node): Node[] {
  const [x, y] = [node.inputs[0]!, node.outputs[0]!];
  const make = (
    op: string,
    inputs: string[],
    output: string,
    attributes: Node["attributes"] = {},
  ): Node => ({ op, name: output, inputs, outputs: [output], attributes });
  return [
    make("Flatten", [x], `${y}/flat`, { axis: Number(node.attributes.axis ?? 1) }),
    make(node.op, [`${y}/flat`], `${y}/joined`, { axis: -1 }),
    make("Shape", [x], `${y}/shape`),
    make("Reshape", [`${y}/joined`, `${y}/shape`], y),
  ];
}

/** Upsample, and Resize of opset 10: scales in the second input or an attribute, corners aligned at 0. */
function toResize(node: Node, constant: MakeConstant): Node {
  const { scales, mode = "nearest" } = node.attributes;
  const given =
    scales === undefined
      ? node.inputs[1]!
      : constant(node, "scales", floatTensor([numbers(scales)!.length], numbers(scales)));
  return {
    ...node,
    op: "Resize",
    inputs: [node.inputs[0]!, "", given],
    attributes: {
      mode,
      coordinate_transformation_mode: "asymmetric",
      ...(mode === "nearest" ? { nearest_mode: "floor" } : {}),
    },
  };
}

/** Split by sizes from an attribute, or into equal parts, one for each output. */
function splitEvenly(node: Node, constant: MakeConstant): Node {
  const { split, ...attributes } = node.attributes;
  const sizes = numbers(split);
  if (sizes)
    return {
      ...node,
      inputs: [node.inputs[0]!, constant(node, "split", intTensor(sizes))],
      attributes,
    };
  if (node.inputs[1]) return node;
  return { ...node, attributes: { ...attributes, num_outputs: node.outputs.length } };
}

const ints = (value: Attribute): Tensor => intTensor(numbers(value) ?? []);
const float = (value: Attribute): Tensor => floatTensor([], [Number(value)]);

interface Move {
  readonly attribute: string;
  readonly input: number;
  readonly tensor: (value: Attribute) => Tensor;
}

const axes: readonly Move[] = [{ attribute: "axes", input: 1, tensor: ints }];

const moves: Readonly<Record<string, readonly Move[]>> = {
  Clip: [
    { attribute: "min", input: 1, tensor: float },
    { attribute: "max", input: 2, tensor: float },
  ],
  Pad: [
    { attribute: "pads", input: 1, tensor: ints },
    { attribute: "value", input: 2, tensor: float },
  ],
  Slice: [
    { attribute: "starts", input: 1, tensor: ints },
    { attribute: "ends", input: 2, tensor: ints },
    { attribute: "axes", input: 3, tensor: ints },
  ],
  Squeeze: axes,
  Unsqueeze: axes,
  ReduceSum: axes,
  ReduceMean: axes,
  ReduceMax: axes,
  ReduceMin: axes,
  ReduceL1: axes,
  ReduceL2: axes,
  ReduceSumSquare: axes,
};
