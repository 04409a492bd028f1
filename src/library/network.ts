/** The library's networks: dreams of pictures, and exact gradients. */
import { Dreamer } from "../dream/dreamer.ts";
import type { ObjectiveOptions } from "../dream/find-targets.ts";
import type { DreamOptions } from "../dream/settings.ts";
import { DreamError } from "../errors.ts";
import { Grader } from "../flow/color.ts";
import { Mixer } from "../flow/mix.ts";
import type { Frame } from "../frame.ts";
import { throwIfInterrupted } from "../interrupt.ts";
import type { Layer, Network } from "../network.ts";
import type { Engine } from "../runtime/engine.ts";
import { readFrame, uploadFrame } from "../runtime/pictures.ts";
import { scoped } from "../runtime/scope.ts";

/** Options for the dream of one picture. The defaults depend on the network. */
export interface PictureOptions extends DreamOptions {
  /** Seed of the jitter. Default 1. */
  readonly seed?: number;
  /** Share of the dreamed picture, 0..1; the rest is the given picture. Default 1. */
  readonly mix?: number;
  readonly color?: {
    /** Match the colours to the given picture, or keep the dreamed colours (`off`). Default `source`. */
    readonly match?: "source" | "off";
    /** Factor of the chroma, 0..4; 0 is grey. Default 1. */
    readonly saturation?: number;
    /** Share of the given picture's chroma, 0..1; the rest is the dreamed chroma. Default 0. */
    readonly keep?: number;
  };
  readonly signal?: AbortSignal;
}

export interface GradientOptions {
  readonly signal?: AbortSignal;
}

export interface Gradient {
  readonly loss: number;
  /** d loss / d `frame.data`, planar RGB. */
  readonly gradient: Float32Array;
}

/** A network that is ready to dream. It keeps compiled graphs between calls; `await using` disposes it. */
export interface LoadedNetwork extends AsyncDisposable {
  readonly name: string;
  readonly layers: readonly Layer[];
  /** Class names in the order of the logits; empty if unknown. */
  readonly labels: readonly string[];
  /**
   * Dream one picture, as `dreamreel dream` does, and return a new frame of the same size. Throws `SCENE_UNKNOWN_LAYER`,
   * `SCENE_UNKNOWN_CLASS`, `MODEL_UNSUPPORTED_OP`, `SHAPE_MISMATCH`, `INTERRUPTED` within one step, `USAGE` for values out
   * of range.
   */
  dream(frame: Frame, options?: PictureOptions): Promise<Frame>;
  /**
   * The exact derivative of `loss` with respect to `frame.data`, without jitter or normalisation. For one layer, `loss` is
   * weight × ½·mean(a²); for a class, weight × logit; for several targets, Σ weight·ln(½·mean(a²)). Throws the errors of
   * `dream`.
   */
  gradient(frame: Frame, objective: ObjectiveOptions, options?: GradientOptions): Promise<Gradient>;
  /** Wait for running calls, and release all memory. Later calls throw `USAGE`. */
  dispose(): Promise<void>;
}

/** Combine a network and an engine. Disposing the result disposes the engine. */
export function networkOn(engine: Engine, network: Network): LoadedNetwork {
  const dreamer = new Dreamer(network, engine);
  const grader = new Grader(engine);
  const mixer = new Mixer(engine);
  const running = new Set<Promise<unknown>>();
  let disposed: Promise<void> | undefined;

  const run = async <T>(frame: Frame, work: () => Promise<T>): Promise<T> => {
    if (disposed) throw new DreamError("USAGE", `the network ${network.name} has been disposed`);
    checkFrame(frame);
    const result = work();
    running.add(result);
    return result.finally(() => running.delete(result));
  };
  /** Replace layers that select channels by activation in `frame` by their channel numbers. */
  const chosen = async <T extends ObjectiveOptions>(
    options: T,
    frame: Frame,
    seed?: number,
  ): Promise<T> => {
    const { layers } = options;
    if (!layers) return options;
    const names = await dreamer.chooseChannels(Object.keys(layers), frame, seed ?? 1);
    const weights = Object.entries(layers).map(([name, weight]) => [
      names.get(name) ?? name,
      weight,
    ]);
    const objectives = Object.entries(options.objectives ?? {}).map(([name, objective]) => [
      names.get(name) ?? name,
      objective,
    ]);
    return {
      ...options,
      layers: Object.fromEntries(weights),
      objectives: options.objectives && Object.fromEntries(objectives),
    };
  };
  const dream = async (frame: Frame, options: PictureOptions): Promise<Frame> => {
    const { seed = 1, mix = 1, color = {}, signal, ...rest } = options;
    const { match = "source", saturation = 1, keep = 0 } = color;
    checkChoices(mix, match, saturation, keep);
    throwIfInterrupted(signal);
    const settings = dreamer.settings({ source: frame, ...(await chosen(rest, frame, seed)) });
    return scoped(async (outer) => {
      const source = await uploadFrame(engine, outer, frame);
      return scoped(async (scope) => {
        const dreamed = await dreamer.dreamOn(scope, source, settings, seed, 0, signal);
        const colors = match === "source" ? await grader.measure(scope, source) : undefined;
        const graded = await grader.grade(scope, dreamed, colors, saturation, {
          source,
          share: keep,
        });
        const { data, ...size } = await readFrame(await mixer.mix(scope, source, graded, mix));
        // If nothing changes, the array is the caller's.
        return { data: data === frame.data ? data.slice() : data, ...size };
      });
    });
  };
  const dispose = async (): Promise<void> => {
    await Promise.allSettled(running);
    for (const own of [dreamer, grader, mixer]) await own.dispose();
    await engine.dispose();
  };
  const disposeOnce = (): Promise<void> => {
    disposed ??= dispose();
    return disposed;
  };
  return {
    name: network.name,
    layers: network.layers,
    labels: network.labels,
    dream: (frame, options = {}) => run(frame, () => dream(frame, options)),
    gradient: (frame, objective, { signal } = {}) =>
      run(frame, async () => dreamer.gradient(frame, await chosen(objective, frame), signal)),
    dispose: disposeOnce,
    [Symbol.asyncDispose]: disposeOnce,
  };
}

function checkFrame({ data, height, width }: Frame): void {
  const whole = Number.isInteger(height) && Number.isInteger(width) && height > 0 && width > 0;
  if (whole && data instanceof Float32Array && data.length === 3 * height * width) return;
  throw new DreamError(
    "SHAPE_MISMATCH",
    `a frame of ${width}x${height} px holds ${3 * height * width} numbers in a Float32Array, not ${data?.length}`,
    { hint: "Its data is planar: all of red, then green, then blue, row by row, 0..1." },
  );
}

function checkChoices(mix: number, match: string, saturation: number, keep: number): void {
  for (const [name, share] of Object.entries({ mix, "color.keep": keep }))
    if (!(share >= 0 && share <= 1))
      throw new DreamError("USAGE", `${name} is ${share}`, { hint: "Give a number from 0 to 1." });
  if (match !== "source" && match !== "off")
    throw new DreamError("USAGE", `color.match is ${match}`, { hint: 'Give "source" or "off".' });
  if (!(saturation >= 0 && saturation <= 4))
    throw new DreamError("USAGE", `color.saturation is ${saturation}`, {
      hint: "Give a number from 0 to 4.",
    });
}
