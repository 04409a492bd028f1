import { numberOr } from "../window.ts";
import { unbroadcast, type VjpRule } from "./context.ts";

/** Gemm y = α·A'·B' + β·C. */
export const gemm: VjpRule = ({ b, shape }, node, g, needed) => {
  const transA = numberOr(node.attributes.transA, 0);
  const transB = numberOr(node.attributes.transB, 0);
  const alpha = numberOr(node.attributes.alpha, 1);
  const beta = numberOr(node.attributes.beta, 1);
  const [a, w, c] = node.inputs;
  return [
    needed[0]
      ? transA
        ? b.op("Gemm", [w!, g], { alpha, transA: transB, transB: 1 }, "gemm_vjp")
        : b.op("Gemm", [g, w!], { alpha, transB: 1 - transB }, "gemm_vjp")
      : undefined,
    needed[1]
      ? transB
        ? b.op("Gemm", [g, a!], { alpha, transA: 1, transB: transA })
        : b.op("Gemm", [a!, g], { alpha, transA: 1 - transA })
      : undefined,
    c && needed[2]
      ? unbroadcast(b, b.op("Mul", [g, b.scalar(beta)]), shape(node.outputs[0]!), shape(c))
      : undefined,
  ];
};

/** MatMul over the last two axes, leading ones broadcast: g·Bᵀ and Aᵀ·g. */
export const matMul: VjpRule = ({ b, shape }, node, g, needed) => {
  const [left, right] = [node.inputs[0]!, node.inputs[1]!];
  const swapLast = (name: string): string => {
    const rank = shape(name).length;
    const perm = [...Array(rank - 2).keys(), rank - 1, rank - 2];
    return b.op("Transpose", [name], { perm });
  };
  const [x, y] = [shape(left), shape(right)];
  const lead = shape(node.outputs[0]!).slice(0, -2);
  return [
    needed[0]
      ? unbroadcast(b, b.op("MatMul", [g, swapLast(right)]), [...lead, ...x.slice(-2)], x)
      : undefined,
    needed[1]
      ? unbroadcast(b, b.op("MatMul", [swapLast(left), g]), [...lead, ...y.slice(-2)], y)
      : undefined,
  ];
};
