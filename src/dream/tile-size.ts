import { cutAt } from "../graph/cut.ts";
import { winogradBytes } from "../graph/passes/winograd.ts";
import type { Network } from "../network.ts";
import { ascentSpec } from "./ascent-graph.ts";
import { fitToSize } from "./fit-size.ts";
import { fourierBytes } from "./fourier-space.ts";
import { isCaricature } from "./gradient-graph.ts";
import { octaveSizes } from "./octaves.ts";
import { type DreamSettings, iterationsAt } from "./settings.ts";
import { groupTargets } from "./target-groups.ts";
import type { Target } from "./targets.ts";

/** Maximum bytes for the gradient of a whole picture, and for that of a tile. */
const max = 1 << 30;
const maxForTile = 400e6;
/** Memory of several gradients as a share of the sum of their own, because they reuse memory. */
const share = 0.85;
/** What each graph but the largest keeps, as a share of its own memory; measured for films with 2 to 16 graphs. */
const keptShare = 0.75;
const [smallest, largest, multiple] = [224, 1024, 32];
/** Side of the picture for which values are counted, px. */
const probe = 256;

/**
 * Bytes per pixel for the gradient of `targets`: nine tenths of all forward values, plus a constant for the picture.
 * Measured on onnxruntime's CPU provider; with `share`, the error for pocket is within 15 %.
 */
export function bytesPerPixel(network: Network, targets: readonly Target[]): number {
  const { graph, shapes } = probed(network, targets);
  // A square root is computed in place.
  const making = graph.nodes.filter(({ op }) => op !== "Sqrt");
  const values = making.flatMap((node) => node.outputs.map((name) => shapes.get(name) ?? []));
  const elements = values.reduce((sum, dims) => sum + dims.reduce((a, d) => a * d, 1), 0);
  const { between } = winogradBytes(graph, shapes);
  // The pass of the source needs only a fraction of the gradient's memory.
  const twice = targets.some(isCaricature) ? 1.2 : 1;
  // Each group has its own backward pass. The total was measured with networks and regions of pocket and GoogLeNet, and is within a fifth.
  const passes = 1 + 0.4 * (groupTargets(targets).length - 1);
  return 200 + (twice * passes * (0.9 * 4 * elements + between)) / probe ** 2;
}

/** Bytes of the kernels of gradients. */
export interface KernelBytes {
  /** Those of each compiled gradient, forwards and backwards. */
  readonly own: number;
  /** Transformed kernels, which all picture sizes share. */
  readonly shared: number;
}

/** Bytes of the kernels that the gradient of `targets` uses. */
export function kernelBytes(network: Network, targets: readonly Target[]): KernelBytes {
  const { graph, shapes } = probed(network, targets);
  let own = 0;
  for (const { data } of graph.initializers.values()) own += data.byteLength;
  const { kernels } = winogradBytes(graph, shapes);
  // A transformed kernel replaces its original, which has a quarter of the values.
  return { own: Math.max(0, 2 * own - kernels / 4), shared: kernels };
}

function probed(network: Network, targets: readonly Target[]): ReturnType<typeof fitToSize> {
  const cut = cutAt(network.graph, [...new Set(targets.map((target) => target.value))]);
  return fitToSize(cut, network.input, probe, probe, network.nativeSize);
}

/**
 * The largest receptive field of `targets`, px; smaller tiles cut it off. For values that depend on the whole picture, such
 * as class scores, it is the native size, at which they were trained.
 */
export function fieldOf(network: Network, targets: readonly Target[]): number {
  const seen = targets.map(({ value }) => {
    const field = network.layers.find(({ name }) => name === value)?.receptiveField;
    return field !== undefined && Number.isFinite(field) ? field : network.nativeSize;
  });
  return Math.max(0, ...seen);
}

/** The inputs of the choice of a tile size: bytes per pixel of the gradient, and the receptive field, px. */
export interface TileNeeds {
  readonly bytes: number;
  readonly field: number;
}

/**
 * Side of the tiles for a picture of `height` × `width` px, px; undefined if it is dreamed as a whole. `auto` selects tiles
 * as large as the receptive field, within the memory limit of a whole picture. The size depends on the network and not on
 * the machine, so that a scene looks the same everywhere.
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

/** The memory of a compiled gradient. */
interface CompiledPart {
  /** Gradients with the same key are compiled once. */
  readonly key: string;
  readonly bytes: number;
}

/**
 * The graphs that are compiled for dreams with `settings`: a gradient for every octave that is dreamed as a whole, and one
 * tile for all others. Each takes about `share` of `needs.bytes` per pixel, and `kernels` bytes. `kind` identifies the
 * targets.
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

/** Bytes of the graph that computes and of all that stay compiled; if there are more than `max`, those of the largest. */
export function dreamBytes(parts: readonly CompiledPart[], max: number): number {
  const different = new Map(parts.map(({ key, bytes }) => [key, bytes]));
  const kept = [...different.values()].sort((a, b) => b - a).slice(0, max);
  const [biggest = 0, ...others] = kept;
  return biggest + keptShare * others.reduce((a, b) => a + b, 0);
}
