/** Conv and ConvTranspose, in NHWC. */
import type { Tensor, Tensor1D, Tensor4D } from "@tensorflow/tfjs-core";
import { convWindow, numberOr, numbers } from "../../graph/window.ts";
import { blockFilter, convFilter, groupOf, type HostKernel, type Pair } from "./kernels.ts";
import { type Op, type OpContext, spatial, unsupported } from "./op.ts";

/** The kernel with four axes; a kernel with one spatial axis gets a height of 1. */
function hostKernel(c: OpContext): HostKernel {
  const { data, dims } = c.value(1);
  const four = dims.length === 3 ? dims.toSpliced(2, 0, 1) : dims;
  return { data, dims: four as unknown as HostKernel["dims"] };
}

/** Compute each group from its channels and concatenate the results. */
function byGroup(
  c: OpContext,
  x: Tensor4D,
  group: number,
  compute: (x: Tensor4D, index: number) => Tensor,
): Tensor {
  if (group === 1) return compute(x, 0);
  const parts = c.tf.split(x, group, 3);
  return c.tf.concat(
    parts.map((part, index) => compute(part as Tensor4D, index)),
    3,
  );
}

/** Fused convolution and bias if no gradient is taken: the gradient of the fused op needs kernels that wasm lacks. */
function convolveWithBias(
  c: OpContext,
  x: Tensor4D,
  filter: Tensor4D,
  strides: [number, number],
  pad: "same" | "valid",
  bias: Tensor | undefined,
): Tensor {
  const { tf } = c;
  if (c.fuse && bias) {
    return tf.fused.conv2d({ x, filter, strides, pad, bias: bias as Tensor1D });
  }
  const y = tf.conv2d(x, filter, strides, pad);
  return bias ? tf.add(y, bias) : y;
}

/** Pad `x` with zeros if a window needs padding other than TensorFlow's "same" and "valid". */
function padded(
  c: OpContext,
  x: Tensor4D,
  begin: Pair,
  end: Pair,
  strides: Pair,
  extent: Pair,
): { x: Tensor4D; pad: "same" | "valid" } {
  if ([...begin, ...end].every((amount) => amount === 0)) return { x, pad: "valid" };
  const isSame = [0, 1].every((i) => {
    const total = extent[i]! - 1;
    return (
      strides[i] === 1 && begin[i] === Math.floor(total / 2) && end[i] === Math.ceil(total / 2)
    );
  });
  if (isSame) return { x, pad: "same" };
  const around: [number, number][] = [
    [0, 0],
    [begin[0], end[0]],
    [begin[1], end[1]],
    [0, 0],
  ];
  return { x: c.tf.pad(x, around) as Tensor4D, pad: "valid" };
}

export const conv: Op = (c) => {
  const { tf, node } = c;
  const { dims } = c.value(0);
  const { x, back, pair } = spatial(c);
  const kernel = hostKernel(c);
  const window = convWindow(node, dims.slice(2), c.value(1).dims.slice(2));
  const [strides, dilations] = [pair(window.strides, 1), pair(window.dilations, 1)];
  const group = numberOr(node.attributes.group, 1);
  const extent: Pair = [
    (kernel.dims[2] - 1) * dilations[0] + 1,
    (kernel.dims[3] - 1) * dilations[1] + 1,
  ];
  const [begin, end] = [pair(window.padsBegin, 0), pair(window.padsEnd, 0)];
  const ready = padded(c, x, begin, end, strides, extent);
  const bias = c.has(2) ? c.value(2).plain : undefined;
  const outs = kernel.dims[0];
  if (group > 1 && kernel.dims[1] === 1 && group === dims[1]) {
    const filter = c.value(1).derive(`depthwise ${dilations}`, () => {
      const { data, dims: size } = convFilter(kernel, dilations);
      // `[h, w, 1, C·m]`, channels outermost, is `[h, w, C, m]`.
      return tf.tensor4d(data, [size[0], size[1], group, outs / group]);
    });
    // The op does not support unequal strides: compute every pixel, then subsample.
    const even = strides[0] === strides[1];
    const full = tf.depthwiseConv2d(
      ready.x,
      filter as Tensor4D,
      even ? strides : [1, 1],
      ready.pad,
    );
    const y = even ? full : everyNth(c, full, strides);
    return back(bias ? tf.add(y, bias) : y);
  }
  const y = byGroup(c, ready.x, group, (part, index) => {
    const filter = c.value(1).derive(`conv ${dilations} ${index}`, () => {
      const own = group === 1 ? kernel : groupOf(kernel, (index * outs) / group, outs / group);
      const { data, dims: size } = convFilter(own, dilations);
      return tf.tensor4d(data, size);
    });
    const ownBias =
      bias && group > 1 ? tf.slice(bias, [(index * outs) / group], [outs / group]) : bias;
    return convolveWithBias(c, part, filter as Tensor4D, strides, ready.pad, ownBias);
  });
  return back(y);
};

/** Rows and columns 0, stride, 2·stride, …. */
function everyNth(c: OpContext, y: Tensor, strides: Pair): Tensor {
  return strides.reduce((part, stride, i) => {
    const count = Math.ceil(part.shape[i + 1]! / stride);
    const places = Int32Array.from({ length: count }, (_, at) => at * stride);
    return c.tf.gather(part, c.tf.tensor1d(places, "int32"), i + 1);
  }, y);
}

export const convTranspose: Op = (c) => {
  const { tf, node } = c;
  const { x, back, pair } = spatial(c);
  const kernel = hostKernel(c);
  const { attributes } = node;
  if (attributes.output_shape !== undefined || (attributes.auto_pad ?? "NOTSET") !== "NOTSET")
    throw unsupported(node, "with auto_pad or output_shape");
  const axes = c.value(0).dims.length - 2;
  const list = (name: string, fill: number, count = axes): number[] =>
    numbers(attributes[name]) ?? new Array(count).fill(fill);
  const strides = pair(list("strides", 1), 1);
  const dilations = pair(list("dilations", 1), 1);
  const pads = list("pads", 0, 2 * axes);
  const [begin, end] = [pair(pads.slice(0, axes), 0), pair(pads.slice(axes), 0)];
  const extra = pair(list("output_padding", 0), 0);
  const group = numberOr(attributes.group, 1);
  const size = [0, 1].map((i) => {
    const extent = (kernel.dims[2 + i]! - 1) * dilations[i]! + 1;
    return strides[i]! * (x.shape[1 + i]! - 1) + extra[i]! + extent - begin[i]! - end[i]!;
  }) as [number, number];
  const ins = kernel.dims[0] / group;
  const y = byGroup(c, x, group, (part, index) => {
    const own = group === 1 ? kernel : groupOf(kernel, index * ins, ins);
    const filter = c.value(1).derive(`transpose ${strides} ${dilations} ${index}`, () => {
      const { data, dims } = blockFilter(own, strides, dilations);
      return tf.tensor4d(data, dims);
    });
    return fromBlocks(c, part, filter as Tensor4D, strides, begin, size);
  });
  return back(c.has(2) ? tf.add(y, c.value(2).plain) : y);
};

/** Convolve `x` to blocks of `strides` pixels, arrange them as an image, and crop `size` pixels from `begin`. */
function fromBlocks(
  c: OpContext,
  x: Tensor4D,
  filter: Tensor4D,
  [sy, sx]: Pair,
  begin: Pair,
  size: Pair,
): Tensor {
  const { tf } = c;
  const [ry, rx] = [filter.shape[0] - 1, filter.shape[1] - 1];
  const wide =
    ry || rx
      ? tf.pad(x, [
          [0, 0],
          [ry, ry],
          [rx, rx],
          [0, 0],
        ])
      : x;
  const blocks = tf.conv2d(wide as Tensor4D, filter, 1, "valid");
  const [n, h, w, channels] = blocks.shape;
  const outs = channels / sy / sx;
  const rows = tf.transpose(tf.reshape(blocks, [n * h, w, sy, sx * outs]), [0, 2, 1, 3]);
  const whole = tf.reshape(rows, [n, h * sy, w * sx, outs]);
  const missing = [
    Math.max(0, begin[0] + size[0] - h * sy),
    Math.max(0, begin[1] + size[1] - w * sx),
  ] as const;
  const full =
    missing[0] || missing[1]
      ? tf.pad(whole, [
          [0, 0],
          [0, missing[0]],
          [0, missing[1]],
          [0, 0],
        ])
      : whole;
  return tf.slice(full, [0, begin[0], begin[1], 0], [n, size[0], size[1], outs]);
}
