import { floatTensor } from "../graph.ts";
import type { Window } from "../window.ts";
import { along, type VjpContext } from "./context.ts";

/**
 * Gradient of a size-preserving MaxPool over values that are never negative: a chain of maxima of two neighbours,
 * near + (far − near) where far is larger. Each link takes a difference, a step, a product and the difference's
 * adjoint, all of which the CPU runtime runs in its blocked layout. Of two equal values, the nearer one receives the
 * whole cotangent. Values beyond the edge are zero, which is never larger. For channels in blocks of 16.
 */
export function maxPoolChain(ctx: VjpContext, x: string, window: Window, g: string): string {
  const { b } = ctx;
  const channels = ctx.shape(x)[1]!;
  const links = window.kernel.flatMap((size, axis) =>
    Array.from({ length: size - 1 }, (_, i) => ({ axis, ahead: i < window.padsEnd[axis]! })),
  );
  let value = x;
  const opens = links.map((link, i) => {
    const far = difference(ctx, value, channels, link);
    if (i < links.length - 1) value = b.op("MaxPool", [value], pair(link), "pool_max");
    return b.op("HardSigmoid", [far], { alpha: 1e30, beta: 0 }, "far_wins");
  });
  return links.reduceRight((cotangent, { axis, ahead }, i) => {
    const taken = b.op("Mul", [cotangent, opens[i]!], {}, "taken");
    const moved = difference(ctx, taken, channels, { axis, ahead: !ahead });
    return b.op("Add", [moved, cotangent], {}, "max_pool_vjp");
  }, g);
}

/** Whether `maxPoolChain` supports this pool. */
export function isChain(window: Window, channels: number, rank: number): boolean {
  const { kernel, strides, dilations, padsBegin, padsEnd } = window;
  return (
    rank === 4 &&
    channels % 16 === 0 &&
    [...strides, ...dilations].every((v) => v === 1) &&
    kernel.every((k, i) => padsBegin[i]! + padsEnd[i]! === k - 1)
  );
}

/** A maximum of each value and the neighbour before or after it. */
interface Link {
  readonly axis: number;
  readonly ahead: boolean;
}

function pair({ axis, ahead }: Link): Record<string, readonly number[]> {
  const before = along(2, axis, ahead ? 0 : 1);
  const after = along(2, axis, ahead ? 1 : 0);
  return {
    kernel_shape: [1 + before[0]! + after[0]!, 1 + before[1]! + after[1]!],
    pads: [...before, ...after],
  };
}

/** Each value's neighbour minus the value. The adjoint of one direction is that of the other. */
function difference({ b }: VjpContext, value: string, channels: number, link: Link): string {
  const window = pair(link);
  const taps = link.ahead ? [-1, 1] : [1, -1];
  const kernel = floatTensor([channels, 1, ...window.kernel_shape!]);
  for (let c = 0; c < channels; c++) kernel.data.set(taps, 2 * c);
  return b.op("Conv", [value, b.constant(kernel, "neighbours")], { ...window, group: channels });
}
