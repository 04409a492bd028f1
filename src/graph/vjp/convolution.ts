import { DreamError } from "../../errors.ts";
import type { FloatTensor, Node } from "../graph.ts";
import { floatTensor } from "../graph.ts";
import { convWindow, numberOr } from "../window.ts";
import type { VjpContext, VjpRule } from "./context.ts";
import { stridedConvolutionVjp } from "./strided-convolution.ts";

/**
 * Conv. Stride 1: a convolution with the kernel flipped and its channels transposed, which is the runtime's fast
 * path. Strided: by phases (`stridedConvolutionVjp`), or a transposed convolution with the same kernel. Source:
 * Dumoulin and Visin 2016, "A guide to convolution arithmetic".
 */
export const conv: VjpRule = (ctx, node, g) => {
  const weights = constantWeights(ctx, node);
  const x = ctx.shape(node.inputs[0]!);
  const spatial = x.slice(2);
  const window = convWindow(node, spatial, weights.dims.slice(2));
  const { kernel, strides, dilations, padsBegin, padsEnd, outputDims } = window;
  const group = numberOr(node.attributes.group, 1);
  const begin = spatial.map((_, i) => (kernel[i]! - 1) * dilations[i]! - padsBegin[i]!);
  const end = spatial.map(
    (size, i) => size - outputDims[i]! + (kernel[i]! - 1) * dilations[i]! - begin[i]!,
  );
  if (strides.every((s) => s === 1) && [...begin, ...end].every((amount) => amount >= 0)) {
    const flipped = ctx.b.constant(adjointOf(weights, group), "kernel_adjoint");
    return [
      ctx.b.op(
        "Conv",
        [g, flipped],
        { kernel_shape: kernel, strides, dilations, pads: [...begin, ...end], group },
        "conv_vjp",
      ),
    ];
  }
  const phased = group === 1 && stridedConvolutionVjp(ctx, weights, window, x, g);
  if (phased) return [phased];
  const outputPadding = spatial.map(
    (size, i) =>
      size -
      (strides[i]! * (outputDims[i]! - 1) +
        (kernel[i]! - 1) * dilations[i]! +
        1 -
        padsBegin[i]! -
        padsEnd[i]!),
  );
  return [
    ctx.b.op(
      "ConvTranspose",
      [g, node.inputs[1]!],
      {
        kernel_shape: kernel,
        strides,
        dilations,
        pads: [...padsBegin, ...padsEnd],
        output_padding: outputPadding,
        group,
      },
      "conv_vjp",
    ),
  ];
};

/** ConvTranspose: its adjoint is the convolution with the same kernel, stride and pads. */
export const convTranspose: VjpRule = (ctx, node, g) => {
  const weights = constantWeights(ctx, node);
  const { strides, dilations, pads, group, auto_pad: autoPad = "NOTSET" } = node.attributes;
  if (node.attributes.output_shape !== undefined || autoPad !== "NOTSET") {
    throw new DreamError(
      "MODEL_UNSUPPORTED_OP",
      `ConvTranspose "${node.name || node.outputs[0]}" has implicit pads (auto_pad or output_shape) and cannot be differentiated`,
      { hint: "Layers before it are supported." },
    );
  }
  const kernel = weights.dims.slice(2);
  const attributes = Object.fromEntries(
    Object.entries({ kernel_shape: kernel, strides, dilations, pads, group }).filter(
      ([, v]) => v !== undefined,
    ),
  ) as Node["attributes"];
  return [ctx.b.op("Conv", [g, node.inputs[1]!], attributes, "conv_transpose_vjp")];
};

function constantWeights(ctx: VjpContext, node: Node): FloatTensor {
  const weights = ctx.constant(node.inputs[1]);
  if (weights?.type !== "float32") {
    throw new DreamError(
      "MODEL_UNSUPPORTED_OP",
      `${node.op} "${node.name || node.outputs[0]}" computes its kernel at run time, which cannot be differentiated`,
    );
  }
  return weights;
}

/** Kernels by those that they are the adjoint of: a network is differentiated at many sizes. */
const adjoints = new WeakMap<
  FloatTensor,
  { readonly group: number; readonly kernel: FloatTensor }
>();

function adjointOf(weights: FloatTensor, group: number): FloatTensor {
  const known = adjoints.get(weights);
  if (known?.group === group) return known.kernel;
  const kernel = flipAndTranspose(weights, group);
  adjoints.set(weights, { group, kernel });
  return kernel;
}

/** `[K, C/g, …]` to `[C, K/g, …]`, every spatial axis reversed. */
function flipAndTranspose(weights: FloatTensor, group: number): FloatTensor {
  const [outs, insPerGroup, ...kernel] = weights.dims as [number, number, ...number[]];
  const area = kernel.reduce((a, b) => a * b, 1);
  const outsPerGroup = outs / group;
  const result = floatTensor([insPerGroup * group, outsPerGroup, ...kernel]);
  for (let k = 0; k < outs; k++) {
    const groupIndex = Math.floor(k / outsPerGroup);
    for (let c = 0; c < insPerGroup; c++) {
      const from = (k * insPerGroup + c) * area;
      const to = ((groupIndex * insPerGroup + c) * outsPerGroup + (k % outsPerGroup)) * area;
      // Reversing every axis of a row-major block reverses the block.
      for (let i = 0; i < area; i++) result.data[to + area - 1 - i] = weights.data[from + i]!;
    }
  }
  return result;
}
