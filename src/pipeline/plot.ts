import { extname } from "node:path";
import { animatedIn, isTrack } from "../scene/animated.ts";
import { soundNames } from "../scene/clock.ts";
import type { FrameParameters } from "../scene/resolve.ts";
import type { Scene } from "../scene/scene.ts";
import { momentOf } from "../scene/time.ts";
import { type Chart, drawChart, type Lane } from "../video/chart.ts";
import { saveImage, svgPicture } from "../video/image.ts";
import { toNumber } from "../video/rational.ts";
import { writeWhole } from "../video/whole-file.ts";
import { parametersAt, type RenderPlan, type ShotPlan } from "./plan.ts";
import { type PrepareOptions, prepareRender } from "./prepare.ts";

/** Parameters that are read better in one lane. */
const together = [
  "dream.layers.",
  "dream.classes.",
  "dream.iterations.",
  "motion.pan.",
  "motion.center.",
];

/** Draw every value of a scene that changes, with its shots, keys and sound, into a picture or .svg. */
export async function plotScene(
  scene: Scene,
  file: string,
  options: PrepareOptions = {},
): Promise<{ readonly lanes: readonly string[] }> {
  const prepared = await prepareRender(scene, { ...options, listen: true });
  try {
    const chart = chartOf(scene, prepared.plan);
    const svg = drawChart(chart);
    if (extname(file).toLowerCase() === ".svg") await writeWhole(svg, file);
    else await saveImage(svgPicture(svg), file);
    return { lanes: chart.lanes.map(({ name }) => name) };
  } finally {
    await prepared.dispose();
  }
}

function chartOf(scene: Scene, plan: RenderPlan): Chart {
  const fps = toNumber(plan.fps);
  const index = Array.from({ length: plan.frames }, (_, frame) => frame);
  const frames = index.map((frame) => flatten(parametersAt(plan, frame)));
  const marks = keyFrames(plan);
  const names = [...new Set(frames.flatMap((values) => [...values.keys()]))];
  const curves = names
    .map((name) => ({ name, values: frames.map((values) => values.get(name) ?? 0) }))
    .filter(({ values }) => values.some((value) => value !== values[0]));
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
  const sounds = index.map((frame) => soundAt(plan, frame));
  if (sounds.some(Boolean)) {
    const heard = soundNames.map((name) => ({ name, values: sounds.map((s) => s?.[name] ?? 0) }));
    lanes.set("sound", { name: "sound", curves: heard, marks: [] });
  }
  return {
    title: scene.title ?? "",
    frames: plan.frames,
    fps,
    lanes: [...lanes.values()],
    sections: plan.shots.map(({ shot, offset, fade }, i) => ({
      name: plan.shots.length > 1 ? (shot.title ?? `shot ${i + 1}`) : "",
      frame: offset,
      fade,
    })),
  };
}

function soundAt({ shots }: RenderPlan, frame: number): ReturnType<ShotPlan["soundAt"]> {
  const plan = shots.findLast(({ offset }) => offset <= frame)!;
  return plan.soundAt(frame - plan.offset);
}

/** Frames of the keys of each parameter. */
function keyFrames({ shots, fps }: RenderPlan): Map<string, number[]> {
  const marks = new Map<string, number[]>();
  const rate = toNumber(fps);
  for (const { shot, offset, frames, lead } of shots) {
    const { dream, motion, feedback, color, matte, mix } = shot;
    for (const { path, value } of animatedIn({ dream, motion, feedback, color, matte, mix })) {
      if (!isTrack(value)) continue;
      const end = (lead > 0 ? frames : frames - 1) / rate;
      const at = value.keys
        .map((key) => offset + Math.round(momentOf(key.at, { fps: rate, end }) * rate))
        .filter((frame) => frame < offset + frames);
      const name = path.join(".");
      marks.set(name, [...(marks.get(name) ?? []), ...at]);
    }
  }
  return marks;
}

/** Every number by its place in the scene. */
function flatten(value: object, path: readonly (string | number)[] = []): Map<string, number> {
  const found = new Map<string, number>();
  for (const [key, inner] of Object.entries(value as FrameParameters)) {
    const here = [...path, key];
    if (typeof inner === "number") found.set(here.join("."), inner);
    else if (typeof inner === "object" && inner !== null)
      for (const [name, number] of flatten(inner, here)) found.set(name, number);
  }
  return found;
}
