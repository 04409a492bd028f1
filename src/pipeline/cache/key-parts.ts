/** What goes into the keys of frames and of scene cuts. */
import { createHash } from "node:crypto";
import { octaveSizes } from "../../dream/octaves.ts";
import { type DreamSettings, iterationsAt } from "../../dream/settings.ts";
import { cutsVersion } from "../../flow/scene-cut.ts";
import type { Size } from "../../image/image.ts";
import { type Engine, engineTitle } from "../../runtime/engine.ts";
import { runtimeVersion } from "../../runtime/ort/version.ts";
import type { SceneSource } from "../../scene/scene.ts";
import type { RenderPlan } from "../plan/plan.ts";
import type { PreparedShot } from "../plan/prepare.ts";
import type { SceneFiles } from "../plan/scene-files.ts";

/** Increment this when the same scene renders differently: cached frames of older versions are then not used. */
export const keysVersion = 8;

/** The key's part that is the same for all frames of a shot. `settings`: those of its first frame. */
export function originOf(
  { size: { width, height }, fps }: RenderPlan,
  engine: Engine,
  { plan: { shot, frames, preRoll, warmUp }, dreamer, still }: PreparedShot,
  files: SceneFiles,
  settings: DreamSettings,
): string {
  const { source, seed, color, dream, matte, regions } = shot;
  const { network } = dreamer;
  const pictures = source.type === "frames" ? files.sequence(source.pattern).length : 0;
  const { targets } = dreamer.targets(settings);
  // Only clips depend on the frame rate; motion and expressions are evaluated per frame.
  const mattes = regions?.map((region) => region.matte) ?? [];
  const sides = [dream.guide, matte, ...mattes].some((side) => side?.type === "video");
  const sampled = sides || (!still && source.type !== "frames");
  return digest([
    [keysVersion, runtimeVersion, engineTitle(engine), network.sha256, network.preprocess],
    // By the resolved target: labels count only if a class is named.
    targets.map(({ key: _, ...target }) => target),
    [dreamer.needs.tileUsed(settings, height, width), width, height, sampled && fps, seed],
    files
      .of(shot)
      .slice(pictures)
      .map((file) => files.sha256(file)),
    [sourceOf(source), typeof color.match === "object" ? color.match.type : color.match],
    [dream.guide && [dream.guide.type, dream.guide.match], matte && [matte.type, matte.invert]],
    // What is off adds nothing, so that frames of versions without it are taken.
    ...(regions ? [regions.map(({ matte }) => [matte.type, matte.invert])] : []),
    // The frames of a loop depend on its length.
    preRoll > 0 ? [frames, preRoll, warmUp] : [],
  ]);
}

/** What decides where a shot's source cuts. */
export function cutsOf(
  { size: { width, height }, fps }: RenderPlan,
  engine: Engine,
  { plan: { shot, frames, preRoll, warmUp } }: PreparedShot,
  files: SceneFiles,
): string {
  const { source, color, feedback } = shot;
  return digest([
    [cutsVersion, runtimeVersion, engineTitle(engine), width, height, fps],
    files
      .of({
        ...shot,
        dream: {},
        matte: undefined,
        regions: undefined,
        color: { ...color, match: "off" },
      })
      .map((file) => files.sha256(file)),
    [sourceOf(source), color.match === "first", feedback.sceneCut, feedback.amount.value !== 0],
    preRoll > 0 ? [frames, preRoll, warmUp] : [],
  ]);
}

/** The key's part for a source, without file contents, its end and its sound. */
function sourceOf(source: SceneSource): unknown {
  if (source.type === "video") return [source.type, source.start?.value ? source.start : undefined];
  return source.type === "noise" || source.type === "lavfi" ? source : source.type;
}

/** The settings that differ between frames, as used for pictures of one size. */
export function changingIn(settings: DreamSettings, { height, width }: Size): unknown {
  const { layers, classes, stepSize, smoothing, totalVariation, l2, rule } = settings;
  const whole = [settings.jitter, settings.laplacian].map(Math.round);
  const octaves = octaveSizes(height, width, settings).map((octave) => [
    octave.height,
    octave.width,
    iterationsAt(settings, octave.index),
  ]);
  const weights = [Object.values(layers), Object.values(classes)];
  // What is off adds nothing, so that frames of versions without it are taken.
  const { scaleJitter, rotateJitter } = settings;
  const turned = scaleJitter > 0 || rotateJitter > 0 ? [{ scaleJitter, rotateJitter }] : [];
  const regions = settings.regions?.map((region) => [
    [Object.values(region.layers), Object.values(region.classes)],
    [region.stepSize ?? stepSize, region.iterations ?? settings.iterations, region.strength],
  ]);
  const own = [
    ...turned,
    ...(settings.space === "fourier" ? [settings.space] : []),
    // Of all numbers of steps, only the largest is in `octaves`.
    ...(regions ? [{ regions, iterations: settings.iterations }] : []),
  ];
  return [weights, whole, octaves, stepSize, smoothing, totalVariation, l2, rule, ...own];
}

/** 16 hexadecimal digits of the SHA-256 of a value that JSON can hold. */
export function digest(value: unknown): string {
  return createHash("sha256").update(JSON.stringify(value)).digest("hex").slice(0, 16);
}
