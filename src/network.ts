import type { Graph } from "./graph/graph.ts";

/** A value of a network that a dream can amplify. */
export interface Layer {
  readonly name: string;
  /** The ONNX op that computes it. */
  readonly op: string;
  readonly channels: number;
  /** Input pixels per position of this layer along a side; 0 without spatial positions (logits). */
  readonly stride: number;
  /** Side in px of the region that one activation depends on; infinite for the whole picture. */
  readonly receptiveField?: number;
  /** Multiply-adds up to this layer, as a share of the whole network's, 0..1. */
  readonly cost?: number;
  /** Names of the layer in other tools. */
  readonly aliases?: readonly string[];
  /** What the layer's dreams show, in a few words, from the network's card. */
  readonly about?: string;
}

/**
 * An image network that can be cut and differentiated. Its graph includes the preprocessing: `input` is a frame
 * `[1, 3, H, W]`, RGB 0..1.
 */
export interface Network {
  readonly name: string;
  /** SHA-256 of the file and its external data; absent for a network built in code. */
  readonly sha256?: string;
  /** The preprocessing inside the graph, as a text for comparison; absent for a network built in code. */
  readonly preprocess?: string;
  readonly graph: Graph;
  readonly input: string;
  /** In execution order. Targets may also name any other float value of the graph. */
  readonly layers: readonly Layer[];
  /** Other names of values of the graph. */
  readonly aliases: ReadonlyMap<string, string>;
  /** The class scores before any softmax, if the network is a classifier. */
  readonly logits?: string;
  /** Side of the square pictures that the classifier was trained for, px. */
  readonly nativeSize: number;
  /** Class names in the order of the logits; empty if unknown. */
  readonly labels: readonly string[];
  /** The networks that this one combines, by their names in the scene, which prefix the names of their values. */
  readonly parts?: ReadonlyMap<string, Network>;
  /** Settings for scenes that name no target: selected by looking at pictures, or a layer in the middle. */
  readonly defaults?: NetworkDefaults;
}

/** The name of a layer, class or value of one of several networks. */
export function memberName(network: string, name: string): string {
  return `${network}/${name}`;
}

/** Whether a network is named by its file. A bare word is a bundled network or one of the catalogue. */
export function isNetworkFile(nameOrFile: string): boolean {
  return /[/\\]|\.onnx$/i.test(nameOrFile);
}

export interface NetworkDefaults {
  readonly layers: Readonly<Record<string, number>>;
  readonly octaves?: number;
  readonly octaveScale?: number;
  /** One number for all octaves, or one per octave from the smallest to the largest. */
  readonly iterations?: number | readonly number[];
  /** In 1/255 of full range. */
  readonly stepSize?: number;
  readonly jitter?: number;
  readonly smoothing?: number;
  readonly laplacian?: number;
}
