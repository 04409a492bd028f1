import type { Graph, Node } from "../graph/graph.ts";
import { intTensor } from "../graph/graph.ts";
import { type Specialised, specialise } from "../graph/passes/specialise.ts";
import { ShapeMismatch } from "../graph/shape-mismatch.ts";

/** Growth of the picture per attempt, px. */
const growth = 8;
/** Multiples that networks with branches require of the sides, px. */
const multiples = [2, 4, 8, 16, 32, 64];

/**
 * Specialise `graph` to pictures of `height` × `width` px at its `input`. A picture that is too small is mirrored outwards
 * until it fits, to at most `largest` px per side, so that windows see more of its texture and no border. A picture for
 * which the shapes of branches do not match is mirrored to a multiple of up to 64 px. Throws the errors of `inferShapes` if
 * neither helps, as for another size than the one a network was exported for.
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
  const left = [...multiples];
  for (;;) {
    try {
      return specialise(
        h === height && w === width ? graph : mirrored(graph, input, dims[input]!, h, w),
        dims,
      );
    } catch (error) {
      const reason = error instanceof ShapeMismatch ? error.reason : undefined;
      const of = reason === "uneven" ? left.shift() : undefined;
      if (of !== undefined)
        [h, w] = [h, w].map((side) => Math.ceil(side / of) * of) as [number, number];
      else if (reason === "small" && (h < largest || w < largest))
        [h, w] = [h, w].map((side) => Math.max(side, Math.min(largest, side + growth))) as [
          number,
          number,
        ];
      else throw error;
    }
  }
}

/** Prepend padding that mirrors the picture of shape `dims` to `height` × `width` px. */
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
    // One reflection adds at most the side minus the edge pixel at each end.
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
