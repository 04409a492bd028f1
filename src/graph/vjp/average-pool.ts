import { floatTensor, type Node } from "../graph.ts";
import { convWindow, numberOr, numbers, type Window } from "../window.ts";
import { pad, reshape, type VjpContext, type VjpRule } from "./context.ts";

/**
 * AveragePool. Its adjoint spreads each cotangent evenly over its window: insert `stride − 1` zeros
 * between cotangents, then average once more. Windows that tile the picture are a plain enlargement.
 */
export const averagePool: VjpRule = (ctx, node, cotangent) => {
  const { b } = ctx;
  const [n, c, ...spatial] = ctx.shape(node.inputs[0]!) as [number, number, ...number[]];
  const kernel = numbers(node.attributes.kernel_shape) ?? [];
  const window = convWindow(node, spatial, kernel);
  const g = evenOut(ctx, node, cotangent, spatial, window);
  const { strides, padsBegin, outputDims } = window;
  const area = kernel.reduce((x, y) => x * y, 1);
  if (kernel.every((k, i) => k === strides[i] && padsBegin[i] === 0)) {
    const scales = b.constant(floatTensor([2 + kernel.length], [1, 1, ...kernel]), "scales");
    const share = b.op("Mul", [g, b.scalar(1 / area)]);
    const enlarged = b.op(
      "Resize",
      [share, "", scales],
      { mode: "nearest", coordinate_transformation_mode: "asymmetric", nearest_mode: "floor" },
      "average_pool_vjp",
    );
    // Rows and columns that no window covers, or that the last window exceeds.
    const rest = spatial.map((size, i) => size - outputDims[i]! * kernel[i]!);
    return [pad(b, enlarged, [0, 0, ...rest.map(() => 0)], [0, 0, ...rest])];
  }
  const spread = strides.every((s) => s === 1) ? g : insertZeros(ctx, g, n, c, window);
  const begin = kernel.map((k, i) => k - 1 - padsBegin[i]!);
  const end = spatial.map(
    (size, i) => size - outputDims[i]! * strides[i]! - begin[i]! + kernel[i]! - 1,
  );
  const fits = [...begin, ...end].every(
    (amount, i) => amount >= 0 && amount < kernel[i % kernel.length]!,
  );
  const source = fits ? spread : pad(b, spread, [0, 0, ...begin], [0, 0, ...end]);
  const pads = fits ? [...begin, ...end] : [...begin, ...end].map(() => 0);
  return [
    b.op(
      "AveragePool",
      [source],
      { kernel_shape: kernel, pads, count_include_pad: 1 },
      "average_pool_vjp",
    ),
  ];
};

/** Scale up the cotangents of border windows that cover fewer pixels. */
function evenOut(
  ctx: VjpContext,
  node: Node,
  g: string,
  spatial: readonly number[],
  window: Window,
): string {
  const includePad = numberOr(node.attributes.count_include_pad, 0) === 1;
  const { kernel, strides, padsBegin, padsEnd, outputDims } = window;
  const factors = spatial.map((size, axis) =>
    Array.from({ length: outputDims[axis]! }, (_, i) => {
      const start = i * strides[axis]! - padsBegin[axis]!;
      const [low, high] = includePad ? [-padsBegin[axis]!, size + padsEnd[axis]!] : [0, size];
      return kernel[axis]! / (Math.min(start + kernel[axis]!, high) - Math.max(start, low));
    }),
  );
  let result = g;
  factors.forEach((values, axis) => {
    if (values.every((v) => v === 1)) return;
    const dims = [1, 1, ...spatial.map((_, i) => (i === axis ? values.length : 1))];
    result = ctx.b.op("Mul", [result, ctx.b.constant(floatTensor(dims, values), "window_share")]);
  });
  return result;
}

function insertZeros(
  ctx: VjpContext,
  g: string,
  n: number,
  c: number,
  { outputDims, strides }: Window,
): string {
  const apart = reshape(ctx.b, g, [n, c, ...outputDims.flatMap((d) => [d, 1])]);
  const end = [0, 0, ...strides.flatMap((s) => [0, s - 1])];
  return reshape(
    ctx.b,
    pad(
      ctx.b,
      apart,
      end.map(() => 0),
      end,
    ),
    [n, c, ...outputDims.map((d, i) => d * strides[i]!)],
  );
}

/** GlobalAveragePool: every pixel gets an equal share. */
export const globalAveragePool: VjpRule = ({ b, shape }, node, g) => {
  const dims = shape(node.inputs[0]!);
  const area = dims.slice(2).reduce((x, y) => x * y, 1);
  return [
    b.op("Expand", [b.op("Mul", [g, b.scalar(1 / area)]), b.ints(...dims)], {}, "global_pool_vjp"),
  ];
};
