/** Integer division, which can crash the process. */
import { DreamError } from "../../errors.ts";
import type { Graph, Node, Tensor } from "../graph.ts";

/** ONNX numbers of the integer types. */
const integerTypes = new Set([2, 3, 4, 5, 6, 7, 12, 13]);
/** Types that hold a cast divisor without loss. */
const wideTypes = new Set([1, 6, 7, 11]);
const toFlags = new Set("Greater GreaterOrEqual Less LessOrEqual Equal And Or Not".split(" "));
const severalOperands = new Set("Add Sub Mul Div Pow Min Max Sum Mean Concat Where".split(" "));
const copies = new Set(["Identity", "Unsqueeze", "Squeeze", "Reshape", "Cast"]);

/**
 * Throws `MODEL_UNSUPPORTED_OP` if integers are divided by anything but positive constants: dividing the smallest
 * integer by −1 raises a processor exception that onnxruntime 1.30 does not catch. `nodes` must be in execution
 * order.
 */
export function checkDivisions({ nodes, initializers }: Graph): void {
  const integer = new Set<string>();
  const safe = new Set<string>();
  const note = (name: string, tensor: Tensor): void => {
    if (/int/.test(tensor.type)) integer.add(name);
    if (isSafe(tensor)) safe.add(name);
  };
  for (const [name, tensor] of initializers) note(name, tensor);
  for (const node of nodes) {
    const [first = "", second = ""] = node.inputs;
    if (node.op === "Div" && (integer.has(first) || integer.has(second)) && !safe.has(second)) {
      throw new DreamError(
        "MODEL_UNSUPPORTED_OP",
        `Div "${node.name || node.outputs[0]}" divides integers by a value that is not a positive constant`,
        { hint: "Export the network without it. Image networks do not need integer division." },
      );
    }
    if (isInteger(node, integer)) for (const name of node.outputs) integer.add(name);
    const { value, value_int: one, to } = node.attributes;
    if (typeof one === "number" && one >= 1) safe.add(node.outputs[0]!);
    if (typeof value === "object" && "data" in value) note(node.outputs[0]!, value);
    const kept = node.op !== "Cast" || wideTypes.has(Number(to));
    if (copies.has(node.op) && kept && safe.has(first)) safe.add(node.outputs[0]!);
  }
}

function isInteger({ op, inputs, attributes }: Node, integer: ReadonlySet<string>): boolean {
  if (op === "Cast") return integerTypes.has(Number(attributes.to));
  if (op === "Shape" || attributes.value_int !== undefined || attributes.value_ints !== undefined)
    return true;
  if (toFlags.has(op)) return false;
  // Later inputs of most ops are parameters, not operands.
  const operands = severalOperands.has(op) ? inputs : inputs.slice(0, 1);
  return operands.some((name) => integer.has(name));
}

function isSafe({ data }: Tensor): boolean {
  return data.length <= 4096 && Array.from(data, Number).every((v) => v >= 1 && v < 2 ** 31);
}
