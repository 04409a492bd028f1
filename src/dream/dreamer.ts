import type { Frame } from "../frame.ts";
import type { Network } from "../network.ts";
import type { DeviceTensor } from "../runtime/device-tensor.ts";
import type { Engine } from "../runtime/engine.ts";
import { readFrame, sizeOf, uploadFrame } from "../runtime/pictures.ts";
import { type Scope, scoped } from "../runtime/scope.ts";
import { ChannelChooser } from "./activations.ts";
import { Ascent } from "./ascent.ts";
import { DreamNeeds } from "./dream-needs.ts";
import { ExactGradients } from "./exact-gradients.ts";
import { findTargets, type ObjectiveOptions, type RegionalObjective } from "./find-targets.ts";
import { OctaveDream, type OnOctave } from "./octave-dream.ts";
import { Resizer } from "./resize.ts";
import { completeSettings, type DreamOptions, type DreamSettings } from "./settings.ts";
import { type Finder, targetFinder } from "./target-finder.ts";
import { activeTargets } from "./target-groups.ts";
import type { WeightedTargets } from "./targets.ts";

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
  /** Tiles and memory of dreams. */
  readonly needs: DreamNeeds;
  /** Called after every step. */
  onStep: (() => void) | undefined;
  readonly #engine: Engine;
  readonly #ascent: Ascent;
  readonly #resizer: Resizer;
  readonly #dream: OctaveDream;
  readonly #finder: Finder;
  readonly #chooser: ChannelChooser;
  readonly #gradients: ExactGradients;

  constructor(network: Network, engine: Engine) {
    this.network = network;
    this.#engine = engine;
    this.#finder = targetFinder(network);
    this.#gradients = new ExactGradients(network, engine);
    this.#ascent = new Ascent(network, engine, () => this.onStep?.());
    this.#resizer = new Resizer(engine);
    this.#dream = new OctaveDream(network, engine, this.#ascent, this.#resizer);
    this.needs = new DreamNeeds(network, (settings) => this.targets(settings));
    this.#chooser = new ChannelChooser(network, engine, this.#resizer);
  }

  /** Complete `options` with the defaults of this network; `carried` means that frames start from the previous one. */
  settings(options: DreamOptions, carried = false): DreamSettings {
    const last = this.network.layers.findLast((layer) => layer.stride > 0)?.name ?? "";
    return completeSettings(options, this.network.defaults, last, carried);
  }

  /** Keep no octave's graph for another picture: less memory, for a single picture. */
  expectOnePicture(): void {
    this.#ascent.limitGraphs(1);
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

  /** What `options` name. Throws as `findTargets` does. */
  targets(options: RegionalObjective): WeightedTargets {
    return findTargets(this.network, this.#finder, options);
  }

  /** The groups of targets that take part in a dream by `settings`: others are not compiled. */
  activeGroups(settings: DreamSettings): string[] {
    if (!this.network.parts && !settings.regions) return [];
    const { targets } = activeTargets(this.targets(settings), settings);
    return [...new Set(targets.map(({ region = 0, network = "" }) => `${region} ${network}`))];
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
    onOctave?: OnOctave,
  ): Promise<DeviceTensor> {
    return scope.within(async (inner) => {
      if (scope.release(picture)) inner.own(picture);
      const work = this.#octaves(inner, picture, settings, seed, stream, signal, onOctave);
      return (await work).picture;
    });
  }

  #octaves(
    scope: Scope,
    picture: DeviceTensor,
    settings: DreamSettings,
    seed: number,
    stream: number,
    signal: AbortSignal | undefined,
    onOctave?: OnOctave,
  ): ReturnType<OctaveDream["dream"]> {
    const { height, width } = sizeOf(picture);
    const tile = this.needs.tileFor(settings, height, width);
    const named = this.targets(settings);
    const request = { picture, settings, named, tile, seed, stream, signal, onOctave };
    return this.#dream.dream(scope, request);
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
    await this.#dream.dispose();
    await this.#gradients.dispose();
  }
}
