import type { Graph } from "./graph/graph.ts";

/** A value of a network one can dream on. */
export interface Layer {
  readonly name: string;
  /** The ONNX op that makes it. */
  readonly op: string;
  readonly channels: number;
  /** Input pixels per step along a side of this layer; 0 where there is no grid (logits). */
  readonly stride: number;
  /** Side in px of the picture that one activation depends on; infinite where it is all of it. */
  readonly receptiveField?: number;
  /** Multiply-adds up to here as a share of the whole network's, 0..1. */
  readonly cost?: number;
  /** What published tools call it. */
  readonly aliases?: readonly string[];
  /** What it dreams, in a few words, where the network's card says so. */
  readonly about?: string;
}

/**
 * An image network ready to be cut and differentiated. Its graph starts at displayed pixels:
 * `input` is a frame `[1, 3, H, W]`, RGB 0..1, with the network's own preprocessing inside.
 */
export interface Network {
  readonly name: string;
  /** Of its file, and of the data beside it; absent for one that is built in code. */
  readonly sha256?: string;
  /** The preprocessing inside its graph, as a text to compare; absent likewise. */
  readonly preprocess?: string;
  readonly graph: Graph;
  readonly input: string;
  /** In execution order. Any other float value of the graph may be named too. */
  readonly layers: readonly Layer[];
  /** Names that stand for a value of the graph. */
  readonly aliases: ReadonlyMap<string, string>;
  /** The value with the class scores before any softmax, if it is a classifier. */
  readonly logits?: string;
  /** Side in px of the square pictures its classifier was made for. */
  readonly nativeSize: number;
  /** Class names in the order of the logits; empty when unknown. */
  readonly labels: readonly string[];
  /** The networks that this one is put together from, by their names in the scene, which begin the names of their values. */
  readonly parts?: ReadonlyMap<string, Network>;
  /** What to dream where the scene names nothing: found by looking at pictures, or a layer in the middle. */
  readonly defaults?: NetworkDefaults;
}

/** The name of a layer, class or value of one of several networks. */
export function memberName(network: string, name: string): string {
  return `${network}/${name}`;
}

/** Whether a network is named by its file: a bare word is the name of a bundled one, or of one of the catalogue. */
export function isNetworkFile(nameOrFile: string): boolean {
  return /[/\\]|\.onnx$/i.test(nameOrFile);
}

export interface NetworkDefaults {
  readonly layers: Readonly<Record<string, number>>;
  readonly octaves?: number;
  readonly octaveScale?: number;
  /** One for all octaves, or from the smallest octave to the largest. */
  readonly iterations?: number | readonly number[];
  /** In 1/255 of full range. */
  readonly stepSize?: number;
  readonly jitter?: number;
  readonly smoothing?: number;
  readonly laplacian?: number;
}
