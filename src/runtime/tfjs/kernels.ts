/**
 * Converts ONNX convolution kernels to TensorFlow.js's layout, on the host: most are weights and are converted once.
 */

/** Height and width. */
export type Pair = readonly [number, number];

export interface HostKernel {
  readonly data: ArrayLike<number>;
  /** `[K, C, h, w]`. */
  readonly dims: readonly [number, number, number, number];
}

export interface Filter {
  readonly data: Float32Array;
  /** `[h, w, in, out]`. */
  readonly dims: [number, number, number, number];
}

/** Channels `from` … `from + count` of the first axis. */
export function groupOf({ data, dims }: HostKernel, from: number, count: number): HostKernel {
  const size = dims[1] * dims[2] * dims[3];
  const part = Float32Array.from({ length: count * size }, (_, i) => data[from * size + i]!);
  return { data: part, dims: [count, dims[1], dims[2], dims[3]] };
}

/**
 * `[K, C, h, w]` of Conv as `[h, w, C, K]`, with zeros between taps for dilations: TensorFlow.js has no gradient for
 * dilated convolutions.
 */
export function convFilter({ data, dims }: HostKernel, dilations: Pair): Filter {
  const [outs, ins, h, w] = dims;
  const [height, width] = [(h - 1) * dilations[0] + 1, (w - 1) * dilations[1] + 1];
  const filter = new Float32Array(height * width * ins * outs);
  let i = 0;
  for (let k = 0; k < outs; k++)
    for (let c = 0; c < ins; c++)
      for (let y = 0; y < h; y++)
        for (let x = 0; x < w; x++)
          filter[((y * dilations[0] * width + x * dilations[1]) * ins + c) * outs + k] = data[i++]!;
  return { data: filter, dims: [height, width, ins, outs] };
}

/**
 * `[C, K, h, w]` of a ConvTranspose with `strides` as the kernel of a plain convolution whose output channels are,
 * for every input pixel, all pixels of its stride's block (row, column, K): row p of a block takes the taps p, p +
 * stride, p + 2·stride, … in reverse. TensorFlow.js's transposed convolution is many times slower on wasm.
 */
export function blockFilter(
  { data, dims }: HostKernel,
  strides: Pair,
  dilations: Pair,
): Filter & { readonly reach: Pair } {
  const [ins, outs, h, w] = dims;
  const [sy, sx] = strides;
  const reach: Pair = [
    Math.ceil(((h - 1) * dilations[0] + 1) / sy),
    Math.ceil(((w - 1) * dilations[1] + 1) / sx),
  ];
  const filter = new Float32Array(reach[0] * reach[1] * ins * sy * sx * outs);
  let i = 0;
  for (let c = 0; c < ins; c++) {
    for (let k = 0; k < outs; k++) {
      for (let ky = 0; ky < h; ky++) {
        for (let kx = 0; kx < w; kx++) {
          const [ty, tx] = [ky * dilations[0], kx * dilations[1]];
          const row = reach[0] - 1 - Math.floor(ty / sy);
          const column = reach[1] - 1 - Math.floor(tx / sx);
          const block = (ty % sy) * sx + (tx % sx);
          const place = (row * reach[1] + column) * ins + c;
          filter[(place * sy * sx + block) * outs + k] = data[i++]!;
        }
      }
    }
  }
  return { data: filter, dims: [reach[0], reach[1], ins, sy * sx * outs], reach };
}
