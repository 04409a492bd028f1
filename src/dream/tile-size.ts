import { cutAt } from "../graph/cut.ts";
import { winogradBytes } from "../graph/passes/winograd.ts";
import type { Network } from "../network.ts";
import { maxSessions } from "../runtime/session-cache.ts";
import { ascentSpec } from "./ascent-graph.ts";
import { fitToSize } from "./fit-size.ts";
import { fourierBytes } from "./fourier-space.ts";
import { isCaricature } from "./gradient-graph.ts";
import { octaveSizes } from "./octaves.ts";
import { type DreamSettings, iterationsAt } from "./settings.ts";
import { groupTargets } from "./target-groups.ts";
import type { Target } from "./targets.ts";

/** Bytes a gradient may take before the picture is cut into tiles, and what a tile's may take. */
const max = 1 << 30;
const maxForTile = 400e6;
/** Of the bytes of each pixel, what several gradients take in sum: what is reused lies within. */
const share = 0.85;
const [smallest, largest, multiple] = [224, 1024, 32];
/** Side of the picture whose values are counted. */
const probe = 256;

/**
 * Bytes a pixel that the gradient of `targets` takes: measured on onnxruntime's CPU provider to be nine tenths of all
 * forward values, and some for the picture itself; within 15 % with `share` for pocket.
 */
export function bytesPerPixel(network: Network, targets: readonly Target[]): number {
  const { graph, shapes } = probed(network, targets);
  // A square root is written over what it is taken of.
  const making = graph.nodes.filter(({ op }) => op !== "Sqrt");
  const values = making.flatMap((node) => node.outputs.map((name) => shapes.get(name) ?? []));
  const elements = values.reduce((sum, dims) => sum + dims.reduce((a, d) => a * d, 1), 0);
  const { between } = winogradBytes(graph, shapes);
  // What the source's pass holds at a time is a fraction of what the gradient holds.
  const twice = targets.some(isCaricature) ? 1.2 : 1;
  // Each group has a backward pass of its own: measured for networks and regions of pocket and GoogLeNet, within a fifth in sum.
  const passes = 1 + 0.4 * (groupTargets(targets).length - 1);
  return 200 + (twice * passes * (0.9 * 4 * elements + between)) / probe ** 2;
}

/** Bytes of kernels that each compiled gradient of `targets` holds: forwards and backwards, and what they are turned into. */
export function kernelBytes(network: Network, targets: readonly Target[]): number {
  const { graph, shapes } = probed(network, targets);
  let own = 0;
  for (const { data } of graph.initializers.values()) own += data.byteLength;
  return 2 * own + winogradBytes(graph, shapes).kernels;
}

function probed(network: Network, targets: readonly Target[]): ReturnType<typeof fitToSize> {
  const cut = cutAt(network.graph, [...new Set(targets.map((target) => target.value))]);
  return fitToSize(cut, network.input, probe, probe, network.nativeSize);
}

/**
 * px of the picture that a place of the widest of `targets` sees: a smaller tile cuts off what it goes by. What sees the
 * whole picture, such as class scores, was trained on pictures of the native size.
 */
export function fieldOf(network: Network, targets: readonly Target[]): number {
  const seen = targets.map(({ value }) => {
    const field = network.layers.find(({ name }) => name === value)?.receptiveField;
    return field !== undefined && Number.isFinite(field) ? field : network.nativeSize;
  });
  return Math.max(0, ...seen);
}

/** What decides the size of tiles: bytes a pixel of the gradient, and px that it sees. */
export interface TileNeeds {
  readonly bytes: number;
  readonly field: number;
}

/**
 * Side of the tiles a picture of `height` × `width` px is dreamed in, px; undefined for the whole at once. `auto` takes tiles
 * as large as what is seen in them, unless they would take as much memory as a whole picture may, and goes by the network alone and not by the machine, so that a scene looks the same everywhere.
 */
export function tileSize(
  tile: DreamSettings["tile"],
  { bytes, field }: TileNeeds,
  height: number,
  width: number,
): number | undefined {
  if (tile === "off") return undefined;
  if (typeof tile === "number") return tile;
  if (bytes * height * width <= max) return undefined;
  const within = (budget: number): number =>
    Math.floor(Math.sqrt(budget / bytes) / multiple) * multiple;
  const seen = Math.min(Math.ceil(field / multiple) * multiple, within(max));
  return Math.max(smallest, Math.min(largest, Math.max(within(maxForTile), seen)));
}

/** A compiled gradient, or what it takes. */
interface CompiledPart {
  /** Of two with the same one is compiled. */
  readonly key: string;
  readonly bytes: number;
}

/**
 * What is compiled to dream pictures by `settings`: a gradient for every octave that is dreamed as a whole, and one tile for
 * all others. Each takes `needs.bytes` a pixel, measured to be about `share` of that in sum, and `kernels` bytes of its own; `kind`
 * tells the targets apart.
 */
export function compiledParts(
  settings: DreamSettings,
  needs: TileNeeds,
  kernels: number,
  kind: string,
  height: number,
  width: number,
): CompiledPart[] {
  const side = tileSize(settings.tile, needs, height, width);
  return octaveSizes(height, width, settings).map((octave): CompiledPart => {
    const count = iterationsAt(settings, octave.index);
    const spec = ascentSpec(settings, octave.height, octave.width, count);
    const tiled = side !== undefined && octave.height * octave.width > side ** 2;
    const pixels = tiled ? side ** 2 : octave.height * octave.width;
    const key = JSON.stringify([kind, tiled ? side : spec]);
    // The runtime keeps a copy of the graph's constants.
    const basis = spec.fourier ? 2 * fourierBytes(octave.height, octave.width) : 0;
    return { key, bytes: share * needs.bytes * pixels + kernels + basis };
  });
}

/** Bytes that dreaming keeps of all that it compiles in turn: of more than are kept, those of the largest. */
export function dreamBytes(parts: readonly CompiledPart[]): number {
  const different = new Map(parts.map(({ key, bytes }) => [key, bytes]));
  const kept = [...different.values()].sort((a, b) => b - a).slice(0, maxSessions);
  return kept.reduce((a, b) => a + b, 0);
}
