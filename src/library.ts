import { Dreamer, type ObjectiveOptions } from "./dream/dreamer.ts";
import type { DreamOptions } from "./dream/settings.ts";
import { DreamError } from "./errors.ts";
import { Grader } from "./flow/color.ts";
import { Mixer } from "./flow/mix.ts";
import type { Frame } from "./frame.ts";
import { openNetwork } from "./models/open.ts";
import type { Preprocess } from "./models/preprocess.ts";
import { isNetworkFile, type Layer } from "./network.ts";
import type { Engine, EngineName } from "./runtime/engine.ts";
import { onDevice } from "./runtime/pictures.ts";
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

const insides = new WeakMap<
  LoadedNetwork,
  { readonly dreamer: Dreamer; readonly engine: Engine }
>();

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
  insides.set(loaded, { dreamer, engine });
  return loaded;
}

/** What `dreamImage` takes beside how it dreams; each as in a scene. */
export interface DreamImageOptions extends DreamOptions {
  /** Of the jitter; default 1. */
  readonly seed?: number;
  /** Dreamed picture against the photo, 0..1; default 1. */
  readonly mix?: number;
  readonly color?: {
    /** Hold the photo's colours; `off` leaves them as they are dreamed. Default `source`. */
    readonly match?: "off" | "source";
    /** 0 is grey; default 1. */
    readonly saturation?: number;
  };
}

/** Dream one picture, as `dreamreel dream` does. What `options` leave out is what looks best on the network. */
export async function dreamImage(
  network: LoadedNetwork,
  frame: Frame,
  options: DreamImageOptions = {},
): Promise<Frame> {
  const { dreamer, engine } = insides.get(network)!;
  const { seed = 1, mix = 1, color: { match = "source", saturation = 1 } = {}, ...rest } = options;
  const [grader, mixer] = [new Grader(engine), new Mixer(engine)];
  try {
    // Twice: the one is dreamed over.
    return await onDevice(engine, [frame, frame], async (scope, start, source) => {
      const dreamed = await dreamer.dreamOn(scope, start!, dreamer.settings(rest), seed);
      const held = match === "off" ? undefined : await grader.measure(scope, source!);
      const graded = await grader.grade(scope, dreamed, held, saturation);
      return mixer.mix(scope, source!, graded, mix);
    });
  } finally {
    await grader.dispose();
    await mixer.dispose();
  }
}
