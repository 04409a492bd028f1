import {
  type Attribute,
  floatTensor,
  type Graph,
  intTensor,
  type Node,
  type Tensor,
} from "./graph.ts";
import { numbers } from "./window.ts";

/** The operator set every graph is brought to: the last in which all runtimes we use agree. */
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
  const nodes = graph.nodes.map((node): Node => {
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
};
