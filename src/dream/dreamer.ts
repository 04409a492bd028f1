import { DreamError } from "../errors.ts";
import type { Frame } from "../frame.ts";
import type { Network } from "../network.ts";
import type { DeviceTensor } from "../runtime/device-tensor.ts";
import type { Engine } from "../runtime/engine.ts";
import { collectGarbage } from "../runtime/garbage.ts";
import { readFrame, sizeOf, uploadFrame } from "../runtime/pictures.ts";
import { type Scope, scoped } from "../runtime/scope.ts";
import { ChannelChooser } from "./activations.ts";
import { Ascent } from "./ascent.ts";
import { ExactGradients } from "./exact-gradients.ts";
import { isCaricature } from "./gradient-graph.ts";
import { GuideReader } from "./guide.ts";
import type { LayerObjective } from "./layer-objective.ts";
import { octaveSizes } from "./octaves.ts";
import { createRandom } from "./random.ts";
import { type DreamedOctave, Resizer } from "./resize.ts";
import {
  completeSettings,
  type DreamOptions,
  type DreamSettings,
  iterationsAt,
} from "./settings.ts";
import { type Target, TargetFinder, type WeightedTargets, withObjective } from "./targets.ts";
import { fieldOf } from "./tile-size.ts";

/** Targets to amplify, with weights. */
export interface ObjectiveOptions {
  readonly layers?: Readonly<Record<string, number>>;
  /** Objectives by the names in `layers`. Default: the energy of the activations. */
  readonly objectives?: Readonly<Record<string, LayerObjective>>;
  /** The picture that caricatures exaggerate. Default: the picture itself. */
  readonly source?: Frame;
  readonly classes?: Readonly<Record<string, number>>;
}

/** A layer or class, and its receptive field, px. */
interface TooWide {
  readonly layer: string;
  readonly field: number;
}

export interface DreamResult {
  readonly frame: Frame;
  /** For each octave and step, the objective of each target before the step. */
  readonly losses: readonly (readonly (readonly number[])[])[];
}

/** Dreams pictures with one network on one engine. Sessions are kept between calls. */
export class Dreamer {
  readonly network: Network;
  /** Values of directions by file, read before a scene is dreamed. */
  readonly directions = new Map<string, Float32Array>();
  /** Called after every step. */
  onStep: (() => void) | undefined;
  readonly #engine: Engine;
  readonly #ascent: Ascent;
  readonly #resizer: Resizer;
  readonly #guides: GuideReader;
  readonly #finder: TargetFinder;
  readonly #chooser: ChannelChooser;
  readonly #gradients: ExactGradients;

  constructor(network: Network, engine: Engine) {
    this.network = network;
    this.#engine = engine;
    this.#finder = new TargetFinder(network);
    this.#gradients = new ExactGradients(network, engine);
    this.#ascent = new Ascent(network, engine, () => this.onStep?.());
    this.#resizer = new Resizer(engine);
    this.#guides = new GuideReader(network, engine, this.#resizer);
    this.#chooser = new ChannelChooser(network, engine, this.#resizer);
  }

  /** Complete `options` with the defaults of this network; `carried` means that frames start from the previous one. */
  settings(options: DreamOptions, carried = false): DreamSettings {
    const last = this.network.layers.findLast((layer) => layer.stride > 0)?.name ?? "";
    return completeSettings(options, this.network.defaults, last, carried);
  }

  /** Whether a layer's channels depend on a picture. Throws `SCENE_UNKNOWN_LAYER` for an invalid choice. */
  choosesChannels(layer: string): boolean {
    return this.#finder.choice(layer) !== undefined;
  }

  /**
   * The layers of `names` that choose channels by a picture, each with the channels that it chooses in `picture`, such
   * as `motifs3:strongest-2` with `motifs3:3,17`. Throws as `choosesChannels` does.
   */
  async chooseChannels(
    names: readonly string[],
    picture: Frame,
    seed: number,
  ): Promise<Map<string, string>> {
    return this.#chooser.nameChoices(names, this.#finder, picture, seed);
  }

  /**
   * Resolve targets. Throws `SCENE_UNKNOWN_LAYER` or `SCENE_UNKNOWN_CLASS` for unknown names, `USAGE` without targets and
   * for a direction that does not have one number per channel.
   */
  targets(options: ObjectiveOptions): WeightedTargets {
    const layers = Object.entries(options.layers ?? {});
    const classes = Object.entries(options.classes ?? {});
    if (layers.length + classes.length === 0) {
      throw new DreamError("USAGE", "no layer or class to dream on is given");
    }
    const targets = this.#finder.find({
      layers: layers.map(([key]) => key),
      classes: classes.map(([key]) => key),
    });
    const own = targets.map((target) => withObjective(this.network, target, options.objectives));
    return { targets: own, weights: [...layers, ...classes].map(([, weight]) => weight) };
  }

  /** `dreamOn` for a picture in the program's memory, which also returns the objectives. */
  async dream(
    frame: Frame,
    settings: DreamSettings,
    seed: number,
    stream = 0,
    signal?: AbortSignal,
  ): Promise<DreamResult> {
    // Caricatures exaggerate the picture itself, unless a source is given.
    const given = { source: frame, ...settings };
    const read = async (tensor: DeviceTensor): Promise<number[]> => [...(await tensor.read())];
    return scoped(async (outer) => {
      const start = await uploadFrame(this.#engine, outer, frame);
      return scoped(async (scope) => {
        const { picture, losses } = await this.#octaves(scope, start, given, seed, stream, signal);
        const values = await Promise.all(losses.map((octave) => Promise.all(octave.map(read))));
        return { frame: await readFrame(picture), losses: values };
      });
    });
  }

  /**
   * Dream one picture `[1, 3, H, W]` over octaves from small to large, on the device. `seed` and `stream` determine the
   * jitter. If `picture` belongs to `scope`, it is disposed as soon as it is no longer needed. Throws `INTERRUPTED` within
   * one step of `signal`. Source: google/deepdream `deepdream()`; presets follow their own rules, see `settings.ts`.
   */
  async dreamOn(
    scope: Scope,
    picture: DeviceTensor,
    settings: DreamSettings,
    seed: number,
    stream = 0,
    signal?: AbortSignal,
  ): Promise<DeviceTensor> {
    return scope.within(async (inner) => {
      if (scope.release(picture)) inner.own(picture);
      return (await this.#octaves(inner, picture, settings, seed, stream, signal)).picture;
    });
  }

  /** Dream the octaves. Tensors that belong to `scope`, including `picture`, are disposed as soon as possible. */
  async #octaves(
    scope: Scope,
    picture: DeviceTensor,
    settings: DreamSettings,
    seed: number,
    stream: number,
    signal: AbortSignal | undefined,
  ): Promise<{ picture: DeviceTensor; losses: (readonly DeviceTensor[])[] }> {
    const { targets, weights } = await this.#guided(this.targets(settings), settings);
    const random = createRandom(seed, stream);
    const full = sizeOf(picture);
    // All octaves share the tile size of the largest, and its compiled graph.
    const tile = this.#ascent.tileFor(targets, settings, full.height, full.width);
    const losses: (readonly DeviceTensor[])[] = [];
    let previous: DreamedOctave | undefined;
    const whole = targets.some(isCaricature) ? await this.#sourceOf(scope, settings) : undefined;
    const sizes = octaveSizes(full.height, full.width, settings);
    for (const size of sizes) {
      const { height, width, index } = size;
      const isLast = size === sizes.at(-1);
      collectGarbage(height, width);
      const base = await this.#resizer.resize(scope, picture, height, width);
      const start = previous
        ? await this.#resizer.carry(scope, base, previous, settings.rule)
        : base;
      for (const tensor of previous ? [previous.start, previous.dreamed] : [])
        if (tensor !== picture) scope.drop(tensor);
      if (isLast && start !== base) scope.drop(base);
      const source = whole && (await this.#resizer.resize(scope, whole, height, width));
      const ascended = await this.#ascent.ascend(scope, {
        start,
        targets,
        source,
        weights,
        settings,
        count: iterationsAt(settings, index),
        random,
        tile,
        known: losses.at(-1)?.at(-1),
        releaseStart: isLast || start !== base,
        signal,
      });
      if (source && source !== whole) scope.drop(source);
      losses.push(ascended.losses);
      previous = { start: base, dreamed: ascended.picture };
    }
    return { picture: previous?.dreamed ?? picture, losses };
  }

  /** Side of the tiles for pictures of `height` × `width` px, px; undefined if they are dreamed as a whole. */
  tileFor(settings: DreamSettings, height: number, width: number): number | undefined {
    const { targets } = this.targets(settings);
    const side = this.#ascent.tileFor(targets, settings, height, width);
    return side !== undefined && height * width > side ** 2 ? side : undefined;
  }

  /**
   * The layer with the largest receptive field, if the settings give a tile size that is smaller and pictures of
   * `height` × `width` px are dreamed in tiles.
   */
  cutOff(settings: DreamSettings, height: number, width: number): TooWide | undefined {
    const side = this.tileFor(settings, height, width);
    if (side === undefined || typeof settings.tile !== "number") return undefined;
    const wide = this.targets(settings)
      .targets.map((target) => ({ layer: target.key, field: fieldOf(this.network, [target]) }))
      .sort((a, b) => b.field - a.field)[0];
    return wide && wide.field > side ? wide : undefined;
  }

  /** Bytes of memory, weights included, for dreams of pictures of `height` × `width` px with each of `dreams` in turn. */
  memoryFor(dreams: readonly DreamSettings[], height: number, width: number): number {
    const known = new Map<string, readonly Target[]>();
    const cases = dreams.map((settings) => {
      const key = JSON.stringify([
        Object.keys(settings.layers),
        Object.keys(settings.classes),
        Object.entries(settings.objectives ?? {}).map(([name, { type }]) => [name, type]),
      ]);
      const targets = known.get(key) ?? this.targets(settings).targets;
      known.set(key, targets);
      return { targets, settings };
    });
    let weights = 0;
    for (const { data } of this.network.graph.initializers.values()) weights += data.byteLength;
    return 2 * weights + this.#ascent.memoryFor(cases, height, width);
  }

  /** The exact derivative of the objective with respect to `frame.data`, without jitter or normalisation. Throws `INTERRUPTED`. */
  async gradient(
    frame: Frame,
    objective: ObjectiveOptions,
    signal?: AbortSignal,
  ): Promise<{ loss: number; gradient: Float32Array }> {
    const { source = frame } = objective;
    return this.#gradients.compute(frame, source, this.targets(objective), signal);
  }

  async dispose(): Promise<void> {
    await this.#ascent.dispose();
    await this.#resizer.dispose();
    await this.#guides.dispose();
    await this.#gradients.dispose();
  }

  /** The picture that caricatures exaggerate. */
  #sourceOf(scope: Scope, { source }: DreamSettings): Promise<DeviceTensor> {
    if (source) return uploadFrame(this.#engine, scope, source);
    throw new DreamError("USAGE", "a caricature needs the picture that it exaggerates", {
      hint: "Set source to a frame of the dreamed picture's size.",
    });
  }

  /** Split each layer's weight between the plain objective and the guide's. */
  async #guided(plain: WeightedTargets, { guide }: DreamSettings): Promise<WeightedTargets> {
    const strength = guide?.strength ?? 1;
    if (!guide || strength === 0) return plain;
    const pairs = await Promise.all(
      plain.targets.map(async (target, i): Promise<[Target, number][]> => {
        const weight = plain.weights[i]!;
        if (target.type !== "layer" || target.objective) return [[target, weight]];
        const features = await this.#guides.features(guide, target.value);
        const guided: [Target, number] = [{ ...target, guide: features }, weight * strength];
        return strength === 1 ? [guided] : [guided, [target, weight * (1 - strength)]];
      }),
    );
    const all = pairs.flat();
    return { targets: all.map(([target]) => target), weights: all.map(([, weight]) => weight) };
  }
}
