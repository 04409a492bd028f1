import { cutAt } from "../graph/cut.ts";
import { winogradBytes } from "../graph/winograd.ts";
import type { Network } from "../network.ts";
import { fitToSize } from "./fit-size.ts";
import { octaveSizes } from "./octaves.ts";
import type { DreamSettings } from "./settings.ts";
import type { Target } from "./targets.ts";

/** Bytes a gradient may take before the picture is cut into tiles, and what a tile's may take. */
const most = 1 << 30;
const mostForTile = 400e6;
const [smallest, largest, multiple] = [224, 1024, 32];
/** Side of the picture whose values are counted. */
const probe = 256;

/**
 * Bytes a pixel that the gradient of `targets` takes: measured on onnxruntime's CPU provider to be nine tenths of all
 * forward values, and some for the picture itself; within a tenth for pocket and VGG16, a third more for GoogLeNet.
 */
export function bytesPerPixel(network: Network, targets: readonly Target[]): number {
  const { graph, shapes } = probed(network, targets);
  const values = graph.nodes.flatMap((node) => node.outputs.map((name) => shapes.get(name) ?? []));
  const elements = values.reduce((sum, dims) => sum + dims.reduce((a, d) => a * d, 1), 0);
  const { between } = winogradBytes(graph, shapes);
  return 200 + (0.9 * 4 * elements + between) / probe ** 2;
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
 * Side of the tiles a picture of `height` × `width` px is dreamed in, px; undefined for the whole at once. `auto` goes by
 * the network alone and not by the machine, so that a scene looks the same everywhere.
 */
export function tileSize(
  tile: DreamSettings["tile"],
  bytes: number,
  height: number,
  width: number,
): number | undefined {
  if (tile === "off") return undefined;
  if (typeof tile === "number") return tile;
  if (bytes * height * width <= most) return undefined;
  const side = Math.floor(Math.sqrt(mostForTile / bytes) / multiple) * multiple;
  return Math.max(smallest, Math.min(largest, side));
}

/**
 * Bytes that dreaming a picture keeps: a gradient for every octave that is dreamed as a whole, and one tile for all others.
 * Measured over `bytesPerPixel` to be nine tenths of the sum. Each holds `kernels` bytes of its own.
 */
export function dreamBytes(
  settings: DreamSettings,
  bytes: number,
  height: number,
  width: number,
  kernels: number,
): number {
  const side = tileSize(settings.tile, bytes, height, width);
  const most = side === undefined ? Number.POSITIVE_INFINITY : side ** 2;
  const sizes = octaveSizes(height, width, settings).map(
    (octave) => (octave.height + settings.jitter) * (octave.width + settings.jitter),
  );
  const compiled = sizes.filter((size) => size <= most);
  if (compiled.length < sizes.length) compiled.push(most);
  const pixels = compiled.reduce((a, b) => a + b, 0);
  return 0.9 * bytes * pixels + kernels * compiled.length;
}
