import { DreamError } from "../errors.ts";
import type { Graph, Node } from "../graph/graph.ts";
import { intTensor } from "../graph/graph.ts";
import { type Specialised, specialise } from "../graph/specialise.ts";

/** px by which a picture grows when it is tried again. */
const growth = 8;

/**
 * `graph` for pictures of `height` × `width` px at its `input`. A picture that is too small for it is mirrored
 * outwards until it fits, at most to `largest` px a side: strided windows then see its texture go on, and no
 * border. Throws what `inferShapes` throws where even that is too small.
 */
export function fitToSize(
  graph: Graph,
  input: string,
  height: number,
  width: number,
  largest: number,
): Specialised {
  const dims = { [input]: [1, 3, height, width] };
  let [h, w] = [height, width];
  for (;;) {
    try {
      return specialise(
        h === height && w === width ? graph : mirrored(graph, input, dims[input]!, h, w),
        dims,
      );
    } catch (error) {
      const small = error instanceof DreamError && error.code === "SHAPE_MISMATCH";
      if (!small || (h >= largest && w >= largest)) throw error;
      [h, w] = [
        Math.max(h, Math.min(largest, h + growth)),
        Math.max(w, Math.min(largest, w + growth)),
      ];
    }
  }
}

/** `graph` behind a border that mirrors the picture, of `dims`, to `height` × `width` px. */
function mirrored(
  graph: Graph,
  input: string,
  dims: readonly number[],
  height: number,
  width: number,
): Graph {
  const initializers = new Map(graph.initializers);
  const pads: Node[] = [];
  let [name, h, w] = [input, dims[2]!, dims[3]!];
  while (h < height || w < width) {
    // A mirror shows at most what is in front of it, without the edge itself.
    const down = Math.min(height - h, 2 * (h - 1));
    const across = Math.min(width - w, 2 * (w - 1));
    if (down + across === 0) break;
    const [top, left] = [Math.floor(down / 2), Math.floor(across / 2)];
    const output = `${input}/mirrored_${pads.length}`;
    initializers.set(
      `${output}_amounts`,
      intTensor([0, 0, top, left, 0, 0, down - top, across - left]),
    );
    pads.push({
      op: "Pad",
      name: output,
      inputs: [name, `${output}_amounts`],
      outputs: [output],
      attributes: { mode: "reflect" },
    });
    [name, h, w] = [output, h + down, w + across];
  }
  const reroute = (node: Node): Node => ({
    ...node,
    inputs: node.inputs.map((value) => (value === input ? name : value)),
  });
  return { ...graph, initializers, nodes: [...pads, ...graph.nodes.map(reroute)] };
}
