import { extname } from "node:path";
import { writeAtomically } from "../../disk/write-atomically.ts";
import { DreamError } from "../../errors.ts";
import { type Chart, drawChart, type Lane } from "../../image/chart.ts";
import { saveImage, svgPicture } from "../../image/image.ts";
import { animatedIn, isTrack } from "../../scene/animated.ts";
import { clockAt, soundNames } from "../../scene/clock.ts";
import { type FrameParameters, listParameters } from "../../scene/resolve.ts";
import type { Scene } from "../../scene/scene.ts";
import { momentOf } from "../../scene/time.ts";
import { toNumber } from "../../video/rational.ts";
import { filmParametersAt, type RenderPlan, shotAt } from "../plan/plan.ts";
import { type PrepareOptions, prepareRender } from "../plan/prepare.ts";
import { refuseInputs } from "../plan/refuse-inputs.ts";
import { soundAt } from "../plan/shot-plan.ts";
import { asWhole } from "../plan/stretches.ts";

/** Parameters that share a lane. */
const together = [
  "dream.layers.",
  "dream.classes.",
  "dream.iterations.",
  "motion.pan.",
  "motion.center.",
];

/** Most lines of beats. */
const maxLines = 160;

/** Half a day at 24 frames/s; each value takes eight bytes. */
const maxFrames = 1_036_800;

/**
 * Draw every changing value of a scene, with its shots, keys and sound, as a picture or .svg. Throws `OUTPUT_EXISTS`
 * if that would replace an input of the scene.
 */
export async function plotScene(
  scene: Scene,
  file: string,
  options: PrepareOptions = {},
): Promise<{ readonly lanes: readonly string[] }> {
  await refuseInputs(scene, file);
  const prepared = await prepareRender(scene, { ...options, listen: true });
  try {
    const { frames } = prepared.plan;
    if (frames > maxFrames)
      throw new DreamError("TOO_LARGE", `${frames} frames are too many to draw`, {
        hint: `At most ${maxFrames} can be drawn: --set duration=60min shows the first hour.`,
      });
    const chart = chartOf(scene, asWhole(prepared).plan);
    const svg = drawChart(chart);
    if (extname(file).toLowerCase() === ".svg") await writeAtomically(svg, file);
    else await saveImage(svgPicture(svg), file);
    return { lanes: chart.lanes.map(({ name }) => name) };
  } finally {
    await prepared.dispose();
  }
}

function chartOf(scene: Scene, plan: RenderPlan): Chart {
  const fps = toNumber(plan.fps);
  const marks = keyFrames(plan);
  const parameters = columnsOf(plan.frames, (frame) => numbersOf(filmParametersAt(plan, frame)));
  const curves = parameters.filter(({ values }) => values.some((value) => value !== values[0]));
  const lanes = new Map<string, Lane>();
  for (const { name, values } of curves) {
    const group = together.find((start) => name.startsWith(start));
    const lane = group ? group.slice(0, -1) : name;
    const known = lanes.get(lane) ?? { name: lane, curves: [], marks: [] };
    lanes.set(lane, {
      name: lane,
      curves: [...known.curves, { name: group ? name.slice(group.length) : name, values }],
      marks: [...known.marks, ...(marks.get(name) ?? [])],
    });
  }
  const heard = columnsOf(plan.frames, (frame) => {
    const { shot, local } = shotAt(plan, frame);
    const levels = soundAt(shot, local);
    return levels ? soundNames.map((name) => [name, levels[name]] as const) : [];
  });
  if (heard.length > 0) lanes.set("sound", { name: "sound", curves: heard, marks: [] });
  return {
    title: scene.title ?? "",
    frames: plan.frames,
    fps,
    lanes: [...lanes.values()],
    beats: beatFrames(plan),
    sections: plan.shots.map(({ shot, offset, fade }, i) => ({
      name: plan.shots.length > 1 ? (shot.title ?? `shot ${i + 1}`) : "",
      frame: offset,
      fade,
    })),
  };
}

/** Frames of the beats, of bars only where there are many beats, and none where there are many bars. */
function beatFrames({ beats, frames, fps }: RenderPlan): number[] {
  if (!beats) return [];
  const { bpm, beatsPerBar, firstSec } = beats;
  const rate = toNumber(fps);
  const beat = (60 / bpm) * rate;
  const room = (frames - firstSec * rate) / maxLines;
  const step = [beat, beat * beatsPerBar].find((length) => length >= room);
  if (step === undefined) return [];
  const count = Math.max(0, Math.ceil((frames - firstSec * rate) / step));
  return Array.from({ length: count }, (_, i) => firstSec * rate + i * step);
}

/** Frames of the keys of each parameter. */
function keyFrames({ shots, fps }: RenderPlan): Map<string, number[]> {
  const marks = new Map<string, number[]>();
  const rate = toNumber(fps);
  for (const { shot, offset, frames, preRoll, beats } of shots) {
    const clock = clockAt(0, frames, rate, { loop: preRoll > 0, beats });
    for (const { path, value } of animatedIn(shot)) {
      if (!isTrack(value)) continue;
      const at = value.keys
        .map((key) => offset + Math.round(momentOf(key.at, clock) * rate))
        .filter((frame) => frame < offset + frames);
      const name = path.join(".");
      marks.set(name, [...(marks.get(name) ?? []), ...at]);
    }
  }
  return marks;
}

/** One curve for each name that occurs in any frame, 0 in frames without it. */
function columnsOf(
  frames: number,
  numbersAt: (frame: number) => Iterable<readonly [string, number]>,
): { readonly name: string; readonly values: Float64Array }[] {
  const columns = new Map<string, Float64Array>();
  for (let frame = 0; frame < frames; frame++) {
    for (const [name, value] of numbersAt(frame)) {
      const values = columns.get(name) ?? new Float64Array(frames);
      columns.set(name, values);
      values[frame] = value;
    }
  }
  return [...columns].map(([name, values]) => ({ name, values }));
}

/** Every number with its path in the scene, lists element by element. */
function numbersOf(parameters: FrameParameters): [string, number][] {
  return listParameters(parameters).flatMap(([name, value]): [string, number][] => {
    if (Array.isArray(value)) return value.map((element, i) => [`${name}.${i}`, element]);
    return typeof value === "number" ? [[name, value]] : [];
  });
}
