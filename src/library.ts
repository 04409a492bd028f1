import { Dreamer, type ObjectiveOptions } from "./dream/dreamer.ts";
import type { DreamOptions } from "./dream/settings.ts";
import { DreamError } from "./errors.ts";
import type { Frame } from "./frame.ts";
import { openNetwork } from "./models/open.ts";
import type { Preprocess } from "./models/preprocess.ts";
import { isNetworkFile, type Layer } from "./network.ts";
import type { EngineName } from "./runtime/engine.ts";
import { selectEngine } from "./runtime/select/select-engine.ts";

export interface LoadOptions {
  readonly engine?: "auto" | EngineName;
  /** For an .onnx file; guessed with a notice where absent. */
  readonly preprocess?: Partial<Preprocess>;
  /** A text file with one class name a line. */
  readonly labels?: string;
  readonly onNotice?: (message: string) => void;
}

/** A network ready to dream. */
export interface LoadedNetwork {
  readonly name: string;
  readonly layers: readonly Layer[];
  readonly labels: readonly string[];
  /**
   * The exact derivative of `loss` with respect to `frame.data`: no jitter, no normalisation. With one target
   * `loss` is weight × ½·mean(a²), a class's weight × its logit; with several, Σ weight·ln(½·mean(a²)).
   * Throws `SCENE_UNKNOWN_LAYER`, `SCENE_UNKNOWN_CLASS`, `MODEL_UNSUPPORTED_OP`, `SHAPE_MISMATCH`.
   */
  gradient(
    objective: ObjectiveOptions,
    frame: Frame,
  ): Promise<{ loss: number; gradient: Float32Array }>;
  dispose(): Promise<void>;
}

const dreamers = new WeakMap<LoadedNetwork, Dreamer>();

/**
 * Load a network as a scene names it: a bundled one, one of the catalogue that has been downloaded, or an .onnx file. Throws
 * `MODEL_NOT_FOUND`, `MODEL_INVALID`, `ENGINE_UNAVAILABLE`; `USAGE` where a network's name comes with options for a file.
 */
export async function loadNetwork(
  nameOrFile: string,
  options: LoadOptions = {},
): Promise<LoadedNetwork> {
  const { preprocess, labels, onNotice } = options;
  const own = { ...(preprocess ? { preprocess } : {}), ...(labels ? { labels } : {}) };
  const isFile = isNetworkFile(nameOrFile);
  if (!isFile && Object.keys(own).length > 0) {
    throw new DreamError("USAGE", `${Object.keys(own).join(" and ")} are for .onnx files`, {
      hint: `What the network "${nameOrFile}" takes is known. A file is named by its path, such as ./${nameOrFile}.onnx.`,
    });
  }
  const spec = isFile ? { file: nameOrFile, ...own } : { name: nameOrFile };
  const network = await openNetwork(spec, onNotice ? { onNotice } : {});
  const engine = await selectEngine(options.engine ?? "auto");
  const dreamer = new Dreamer(network, engine);
  const loaded: LoadedNetwork = {
    name: network.name,
    layers: network.layers,
    labels: network.labels,
    gradient: (objective, frame) => dreamer.gradient(frame, objective),
    async dispose() {
      await engine.dispose();
    },
  };
  dreamers.set(loaded, dreamer);
  return loaded;
}

/** Dream one picture. What `options` leave out is what looks best on the network; `seed` gives the jitter. */
export async function dreamImage(
  network: LoadedNetwork,
  frame: Frame,
  options: DreamOptions & { readonly seed?: number } = {},
): Promise<Frame> {
  const dreamer = dreamers.get(network)!;
  const { seed = 1, ...rest } = options;
  const result = await dreamer.dream(frame, dreamer.settings(rest), seed);
  return result.frame;
}
