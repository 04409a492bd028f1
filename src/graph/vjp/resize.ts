import { floatTensor } from "../graph.ts";
import { resizeMatrix } from "../resize-matrix.ts";
import { unsupportedNode, type VjpRule } from "./context.ts";

/** Resize is linear along each axis, y = R·x·Cᵀ over height and width: Rᵀ·g·C. */
export const resize: VjpRule = ({ b, shape, constant }, node, g) => {
  const [from, to] = [shape(node.inputs[0]!), shape(node.outputs[0]!)];
  const scales = constant(node.inputs[2]);
  if (from.length !== 4 || from[0] !== to[0] || from[1] !== to[1])
    throw unsupportedNode(node, "over batch or channels");
  const matrix = (axis: number): Float32Array => {
    const given = scales?.type === "float32" ? scales.data[axis] : undefined;
    const scale = given ?? to[axis]! / from[axis]!;
    const found = resizeMatrix(node, from[axis]!, to[axis]!, scale);
    if (found) return found;
    throw unsupportedNode(node, "with cropping");
  };
  const rows = transposed(matrix(2), to[2]!, from[2]!);
  const upright = b.constant(floatTensor([from[2]!, to[2]!], rows), "resize_rows");
  const columns = b.constant(floatTensor([to[3]!, from[3]!], matrix(3)), "resize_columns");
  return [b.op("MatMul", [b.op("MatMul", [upright, g]), columns], {}, "resize_vjp")];
};

function transposed(matrix: Float32Array, rows: number, columns: number): Float32Array {
  const result = new Float32Array(matrix.length);
  for (let i = 0; i < rows; i++)
    for (let j = 0; j < columns; j++) result[j * rows + i] = matrix[i * columns + j]!;
  return result;
}
