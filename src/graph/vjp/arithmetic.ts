import type { Node } from "../graph.ts";
import { unbroadcast, type VjpContext, type VjpRule } from "./context.ts";

/** Sum `value`, of the output's shape, down to the shape of input `index`. */
function sumTo(ctx: VjpContext, node: Node, index: number, value: string): string {
  return unbroadcast(ctx.b, value, ctx.shape(node.outputs[0]!), ctx.shape(node.inputs[index]!));
}

/** Add and Sum: every operand gets the cotangent. */
export const sum: VjpRule = (ctx, node, g, needed) =>
  node.inputs.map((_, i) => (needed[i] ? sumTo(ctx, node, i, g) : undefined));

export const sub: VjpRule = (ctx, node, g, needed) => [
  needed[0] ? sumTo(ctx, node, 0, g) : undefined,
  needed[1] ? sumTo(ctx, node, 1, ctx.b.op("Neg", [g])) : undefined,
];

export const mul: VjpRule = (ctx, node, g, needed) =>
  [1, 0].map((other, i) =>
    needed[i]
      ? sumTo(ctx, node, i, ctx.b.op("Mul", [g, node.inputs[other]!], {}, "mul_vjp"))
      : undefined,
  );

/** Div a/b: g/b and −g·y/b. */
export const div: VjpRule = (ctx, node, g, needed) => {
  const quotient = ctx.b.op("Div", [g, node.inputs[1]!], {}, "div_vjp");
  return [
    needed[0] ? sumTo(ctx, node, 0, quotient) : undefined,
    needed[1]
      ? sumTo(ctx, node, 1, ctx.b.op("Neg", [ctx.b.op("Mul", [quotient, node.outputs[0]!])]))
      : undefined,
  ];
};
