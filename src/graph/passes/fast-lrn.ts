import { GraphBuilder } from "../builder.ts";
import { floatTensor, type Graph, type Node } from "../graph.ts";
import { addLrnPower, addLrnSum, lrnAttributes } from "../lrn.ts";
import { shapesSoFar } from "../shapes/infer-shapes.ts";

/** Channels that one tile of a window sum gives: the width of the CPU runtime's blocked layout. */
const tile = 16;
/** Fewer channels are summed as fast by the whole matrix. */
const minChannels = 64;

/**
 * Compute LRN by sums and square roots, which the runtime merges with those of its gradient, and the sums over
 * neighbouring channels with few multiplications. For CPUs: the runtime's own LRN takes a general power of every value on
 * one thread, which is a third of GoogLeNet's gradient.
 */
export function fastLrn(graph: Graph): Graph {
  const expanded = graph.nodes.some(({ op }) => op === "LRN") ? expandLrn(graph) : graph;
  const found = bands(expanded);
  return found.size === 0 ? expanded : narrowBands(expanded, found);
}

/** LRN as a division by a power of its sum. */
function expandLrn(graph: Graph): Graph {
  const shapes = shapesSoFar(graph);
  const chosen = graph.nodes.filter(({ op, inputs }) => op === "LRN" && shapes.has(inputs[0]!));
  const b = new GraphBuilder({ ...graph, nodes: graph.nodes.filter((n) => !chosen.includes(n)) });
  for (const node of chosen) {
    const x = node.inputs[0]!;
    const attributes = lrnAttributes(node);
    const sum = addLrnSum(b, x, shapes.get(x)![1]!, attributes);
    b.opNamed("Div", [x, addLrnPower(b, sum, attributes.beta)], {}, node.outputs[0]!);
  }
  return b.build();
}

/** A 1×1 convolution that sums a window of channels: `out + first` to `out + last` of each. */
interface Band {
  readonly channels: number;
  readonly first: number;
  readonly last: number;
  readonly value: number;
  readonly offset: number;
}

/**
 * Sum windows of channels with a kernel that is 16 + n − 1 channels high and moves by 16, instead of a kernel over all
 * channels: channels and places are taken as the height and width of one plane.
 */
function narrowBands(graph: Graph, found: ReadonlyMap<Node, Band>): Graph {
  const shapes = shapesSoFar(graph);
  const isPicture = ({ inputs }: Node): boolean =>
    shapes.get(inputs[0]!)?.length === 4 && shapes.get(inputs[0]!)![0] === 1;
  const chosen = new Map([...found].filter(([node]) => isPicture(node)));
  const b = new GraphBuilder({ ...graph, nodes: graph.nodes.filter((node) => !chosen.has(node)) });
  // Equal windows share their constants: the runtime then merges the sums too.
  const constants = new Map<string, string>();
  const share = (key: string, make: () => number[], dims: readonly number[]): string => {
    const name = constants.get(key) ?? b.constant(floatTensor(dims, make()), "window");
    constants.set(key, name);
    return name;
  };
  for (const [node, { channels, first, last, value, offset }] of chosen) {
    const [, , height, width] = shapes.get(node.inputs[0]!)! as [number, number, number, number];
    const reach = tile + last - first;
    const taps = (): number[] =>
      Array.from({ length: tile * reach }, (_, i) => {
        const at = (i % reach) - Math.floor(i / reach);
        return at >= 0 && at <= last - first ? value : 0;
      });
    const kernel = share(`${first} ${last} ${value}`, taps, [tile, 1, reach, 1]);
    const bias = share(`${offset}`, () => new Array<number>(tile).fill(offset), [tile]);
    const plane = b.op("Reshape", [node.inputs[0]!, b.ints(1, 1, channels, height * width)]);
    const sums = b.op("Conv", [plane, kernel, bias], {
      kernel_shape: [reach, 1],
      strides: [tile, 1],
      pads: [-first, 0, last, 0],
    });
    const tiles = b.op("Reshape", [sums, b.ints(tile, channels / tile, height * width)]);
    const ordered = b.op("Transpose", [tiles], { perm: [1, 0, 2] });
    b.opNamed("Reshape", [ordered, b.ints(1, channels, height, width)], {}, node.outputs[0]!);
  }
  return b.build();
}

/** The convolutions of `graph` that sum windows of many channels. */
function bands(graph: Graph): Map<Node, Band> {
  return new Map(
    graph.nodes.flatMap((node): [Node, Band][] => {
      const found = node.op === "Conv" ? bandOf(graph, node) : undefined;
      return found ? [[node, found]] : [];
    }),
  );
}

function bandOf({ initializers }: Graph, { inputs }: Node): Band | undefined {
  const kernel = initializers.get(inputs[1]!);
  const bias = initializers.get(inputs[2] ?? "");
  if (kernel?.type !== "float32" || (inputs[2] && bias?.type !== "float32")) return undefined;
  const [channels, from, ...sides] = kernel.dims as [number, number, ...number[]];
  if (channels !== from || channels % tile !== 0 || channels < minChannels) return undefined;
  if (sides.some((side) => side !== 1)) return undefined;
  const offset = Number(bias?.data[0] ?? 0);
  if (bias?.data.some((v) => v !== offset)) return undefined;
  // The middle row holds a whole window; all others are to repeat it.
  const middle = channels / 2;
  const row = kernel.data.subarray(middle * channels, (middle + 1) * channels);
  const value = row[middle]!;
  const first = row.indexOf(value) - middle;
  const last = row.lastIndexOf(value) - middle;
  if (value === 0 || last - first >= tile || first === last) return undefined;
  const repeats = kernel.data.every((v, i) => {
    const at = (i % channels) - Math.floor(i / channels);
    return v === (at >= first && at <= last ? value : 0);
  });
  return repeats ? { channels, first, last, value, offset } : undefined;
}
