import type { EngineChoice } from "../../choices.ts";
import { Dreamer } from "../../dream/dreamer.ts";
import { DreamError } from "../../errors.ts";
import type { Frame } from "../../frame.ts";
import { unlessInterrupted } from "../../interrupt.ts";
import type { Network } from "../../network.ts";
import type { CpuOptions, Engine } from "../../runtime/engine.ts";
import { selectEngine } from "../../runtime/select/select-engine.ts";
import { goesOn, type Scene } from "../../scene/scene.ts";
import type { Tempo } from "../../scene/time.ts";
import type { ClipSound } from "../../video/clip-sound.ts";
import type { FrameSource } from "../../video/source.ts";
import { SoundReader } from "./audio-inputs.ts";
import { checkNames } from "./check-names.ts";
import { chooseInScene } from "./chosen-channels.ts";
import { readDirections } from "./directions.ts";
import { ignoredIn, smallTiles } from "./ignored.ts";
import { type InputReader, openInputs, openShotSource, openSides } from "./inputs.ts";
import { atNamedFile, withPlace } from "./named-files.ts";
import { NetworkOpener } from "./open-networks.ts";
import { place } from "./place.ts";
import { fullRate, isOneShot, planRender, type RenderPlan } from "./plan.ts";
import type { PlanOptions } from "./plan-shot.ts";
import { parametersAt, type ShotPlan } from "./shot-plan.ts";
import type { SoundMemory } from "./sound-memory.ts";
import { inStretches, splitNotice } from "./stretches.ts";
import { foundNotice, inSeconds, tempoOf } from "./tempo.ts";

export interface PrepareOptions extends PlanOptions, CpuOptions {
  /** An engine choice, or an existing engine, which the render disposes. */
  readonly engine?: EngineChoice | Engine;
  readonly onNotice?: (message: string) => void;
  /** Analyse the sound even if no value uses it. */
  readonly listen?: boolean;
  /** Dreamers that exist already, on the engine that is given; the render keeps them. Default: a new one for each network. */
  readonly dreamerOf?: (shot: Pick<Scene, "model">) => Promise<Dreamer>;
  /** What renders before have found in sounds, to which this one adds. */
  readonly sounds?: SoundMemory;
  readonly signal?: AbortSignal;
}

/** Sizes and notices of a shot's guide and matte, and whether each is a still. */
type SideLooks = readonly Pick<FrameSource, "size" | "still" | "notices">[];

/** A prepared shot. */
export interface PreparedShot {
  readonly plan: ShotPlan;
  readonly dreamer: Dreamer;
  /** The sound of its source. */
  readonly audio: FrameSource["audio"];
  /** Whether all frames of its source are the same. */
  readonly still: boolean;
  readonly sides: SideLooks;
  open(): Promise<InputReader>;
}

export interface PreparedRender {
  /** The scene, with the channels that its layers choose by activation in place of these names. */
  readonly scene: Scene;
  readonly plan: RenderPlan;
  readonly engine: Engine;
  readonly shots: readonly PreparedShot[];
  /** The scene's own sound, if any. */
  readonly track: ClipSound | undefined;
  /** The tempo of that sound, if the scene has one. */
  readonly tempo: Tempo | undefined;
  dispose(): Promise<void>;
}

/**
 * Open all files of a scene, plan the render and check it: every predictable error is thrown here, before the first
 * frame is dreamed. Throws `DreamError`s of all modules; `INTERRUPTED` as soon as `signal` fires.
 */
export async function prepareRender(
  scene: Scene,
  options: PrepareOptions = {},
): Promise<PreparedRender> {
  const { onNotice, signal } = options;
  const during = <T>(work: Promise<T>): Promise<T> => unlessInterrupted(signal, work);
  const sources: FrameSource[] = [];
  const sides: SideLooks[] = [];
  const networks = new NetworkOpener(onNotice ? { onNotice } : {});
  const wanted = options.engine ?? scene.engine;
  const engine =
    typeof wanted === "string"
      ? await unlessInterrupted(signal, selectEngine(wanted, options), (late) => late.dispose())
      : wanted;
  try {
    const sounds = new SoundReader(scene, options);
    const tempo = await during(tempoOf(scene, sounds));
    const given = (scene.shots ?? [scene]).map((shot) => inSeconds(shot, tempo));
    // Inspected and closed: each shot opens its own inputs later.
    for (const shot of given) {
      const source = await during(openShotSource(shot, options, sources[0]));
      sources.push(source);
      await source.close();
      sides.push(await during(lookAtSides(shot, source)));
    }
    const media = [...sources, ...sides.flat()];
    for (const notice of new Set(media.flatMap(({ notices }) => notices))) onNotice?.(notice);
    const byNetwork = new Map<Network, Dreamer>();
    const makeDreamer = async (shot: Scene): Promise<Dreamer> => {
      const network = await networks.of(shot);
      const dreamer = byNetwork.get(network) ?? new Dreamer(network, engine);
      byNetwork.set(network, dreamer);
      return dreamer;
    };
    const { dreamerOf = makeDreamer } = options;
    const dreamers = await during(Promise.all(given.map((shot) => dreamerOf(shot))));
    const firstOf = (shot: number): Promise<Frame> => firstPicture(given, shot);
    const chosen = await during(chooseInScene(scene, dreamers, firstOf, onNotice));
    const pieces = (chosen.shots ?? [chosen]).map((shot) => inSeconds(shot, tempo));
    const track = await during(sounds.track());
    const inputs = await Promise.all(
      pieces.map(async (shot, i) => {
        const { preset } = shot.dream;
        return {
          shot,
          source: sources[i]!,
          settings: dreamers[i]!.settings(preset ? { preset } : {}, goesOn(shot)),
          ...(await sounds.of(shot, sources[i]!.audio, tempo)),
          tempo,
        };
      }),
    );
    const whole = planRender(inputs, options);
    const plan = inStretches(whole, tempo);
    if (tempo && scene.audio?.tempo?.bpm === "auto")
      onNotice?.(foundNotice(tempo, fullRate(plan, options)));
    for (const [i, shotPlan] of whole.shots.entries())
      for (const note of ignoredIn(shotPlan, sources[i]!, options)) onNotice?.(note);
    const split = splitNotice(plan);
    if (split !== undefined) onNotice?.(split);
    for (const [i, { shot }] of whole.shots.entries()) await readDirections(shot, dreamers[i]!);
    for (const [i, shotPlan] of whole.shots.entries()) {
      const dreamer = dreamers[i]!;
      checkNames(shotPlan.shot, dreamer, parametersAt(shotPlan, 0));
      for (const note of smallTiles(shotPlan, dreamer, plan.size, options)) onNotice?.(note);
    }
    const shots = plan.shots.map((shotPlan, i): PreparedShot => {
      // The stretches of a shot have one source.
      const given = isOneShot(plan) ? 0 : i;
      const source = sources[given]!;
      return {
        plan: shotPlan,
        dreamer: dreamers[given]!,
        audio: source.audio,
        still: source.still,
        sides: sides[given]!,
        open: () =>
          atNamedFile(scene, async () =>
            openInputs(
              source.still ? source : await openShotSource(shotPlan.shot, options, source),
              shotPlan,
            ),
          ),
      };
    });
    return { scene: chosen, plan, engine, shots, track, tempo, dispose: () => engine.dispose() };
  } catch (error) {
    await engine.dispose();
    throw withPlace(scene, error);
  }
}

/** The first source picture of a shot at the scene's size: a preview chooses the same channels. */
async function firstPicture(shots: readonly Scene[], shot: number): Promise<Frame> {
  const first = await openShotSource(shots[0]!, {});
  if (shot > 0) await first.close();
  const source = shot > 0 ? await openShotSource(shots[shot]!, {}, first) : first;
  try {
    const picture = await source.next();
    if (picture) return picture;
    throw new DreamError("EMPTY_VIDEO", "the source has no pictures", {
      ...place(shots[shot]!, ["source"]),
    });
  } finally {
    await source.close();
  }
}

/** Inspect guide and matte before the shot starts. */
async function lookAtSides(shot: Scene, source: FrameSource): Promise<SideLooks> {
  const sides = (await openSides(shot, source)).all;
  for (const side of sides) await side.close();
  return sides.map(({ size, still, notices }) => ({ size, still, notices }));
}
