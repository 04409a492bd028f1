import { convWindow, numberOr, numbers } from "../window.ts";
import { count, type Dims, type ShapeRule } from "./dims.ts";
import type { ShapeContext } from "./shape-context.ts";

/** Shapes after convolutions and pools. */
export const windowRules: Readonly<Record<string, ShapeRule>> = {
  Conv: (c) => {
    const [x, w] = [c.dims(0), c.dims(1)];
    const groups = numberOr(c.node.attributes.group, 1);
    if (x[1] !== w[1]! * groups)
      throw c.fail(`${x[1]} channels, but the kernel takes ${w[1]! * groups}`);
    return [[x[0]!, w[0]!, ...windowed(c, w.slice(2))]];
  },
  ConvTranspose: (c) => {
    const [x, w] = [c.dims(0), c.dims(1)];
    const spatial = x.slice(2);
    const strides = numbers(c.node.attributes.strides) ?? spatial.map(() => 1);
    const dilations = numbers(c.node.attributes.dilations) ?? spatial.map(() => 1);
    const pads = numbers(c.node.attributes.pads) ?? spatial.flatMap(() => [0, 0]);
    const extra = numbers(c.node.attributes.output_padding) ?? spatial.map(() => 0);
    const output = spatial.map(
      (d, i) =>
        strides[i]! * (d - 1) +
        extra[i]! +
        (w[2 + i]! - 1) * dilations[i]! +
        1 -
        pads[i]! -
        pads[i + spatial.length]!,
    );
    return [
      [
        x[0]!,
        w[1]! * numberOr(c.node.attributes.group, 1),
        ...(numbers(c.node.attributes.output_shape) ?? output),
      ],
    ];
  },
  MaxPool: pool,
  AveragePool: pool,
};

/** Most positions in the window of a MaxPool. */
const maxPlaces = 4096;

function pool(c: ShapeContext): readonly Dims[] {
  const x = c.dims(0);
  const kernel = numbers(c.node.attributes.kernel_shape) ?? [];
  // The gradient adds nodes for every position of the window.
  const strides = numbers(c.node.attributes.strides) ?? [];
  if (c.node.op === "MaxPool" && Math.max(count(kernel), count(strides)) > maxPlaces)
    throw c.fail(
      `a window of [${kernel.join(", ")}] with strides [${strides.join(", ")}] is too large`,
    );
  const dims = [x[0]!, x[1]!, ...windowed(c, kernel)];
  return [dims, dims];
}

/** Height and width after a convolution or pool. */
function windowed(c: ShapeContext, kernel: Dims): Dims {
  const { outputDims } = convWindow(c.node, c.dims(0).slice(2), kernel);
  if (outputDims.some((d) => d < 1)) throw c.fail("its window is larger than the picture", "small");
  return outputDims;
}
