import { cutAt } from "../graph/cut.ts";
import { winogradBytes } from "../graph/passes/winograd.ts";
import type { Network } from "../network.ts";
import { maxSessions } from "../runtime/session-cache.ts";
import { ascentSpec } from "./ascent-graph.ts";
import { fitToSize } from "./fit-size.ts";
import { octaveSizes } from "./octaves.ts";
import { type DreamSettings, iterationsAt } from "./settings.ts";
import type { Target } from "./targets.ts";

/** Bytes a gradient may take before the picture is cut into tiles, and what a tile's may take. */
const max = 1 << 30;
const maxForTile = 400e6;
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
  if (bytes * height * width <= max) return undefined;
  const side = Math.floor(Math.sqrt(maxForTile / bytes) / multiple) * multiple;
  return Math.max(smallest, Math.min(largest, side));
}

/** A compiled gradient, or what it takes. */
interface CompiledPart {
  /** Of two with the same one is compiled. */
  readonly key: string;
  readonly bytes: number;
}

/**
 * What is compiled to dream pictures by `settings`: a gradient for every octave that is dreamed as a whole, and one tile for
 * all others. Each takes `bytes` a pixel, measured to be nine tenths of that in sum, and `kernels` bytes of its own; `kind`
 * tells the targets apart.
 */
export function compiledParts(
  settings: DreamSettings,
  bytes: number,
  kernels: number,
  kind: string,
  height: number,
  width: number,
): CompiledPart[] {
  const side = tileSize(settings.tile, bytes, height, width);
  return octaveSizes(height, width, settings).map((octave): CompiledPart => {
    const count = iterationsAt(settings, octave.index);
    const spec = ascentSpec(settings, octave.height, octave.width, count);
    const { jitter } = spec;
    const tiled = side !== undefined && octave.height * octave.width > side ** 2;
    const pixels = tiled ? side ** 2 : (octave.height + jitter) * (octave.width + jitter);
    const key = JSON.stringify([kind, tiled ? side : spec]);
    return { key, bytes: 0.9 * bytes * pixels + kernels };
  });
}

/** Bytes that dreaming keeps of all that it compiles in turn: of more than are kept, those of the largest. */
export function dreamBytes(parts: readonly CompiledPart[]): number {
  const different = new Map(parts.map(({ key, bytes }) => [key, bytes]));
  const kept = [...different.values()].sort((a, b) => b - a).slice(0, maxSessions);
  return kept.reduce((a, b) => a + b, 0);
}
