/**
 * Cadence: speed, and whether frames between dreamed ones look like them. Renders a zoom and a clip with `feedback.every`
 * 1, 2 and 4 and prints, for each: frames a minute after the first frames, mean sharpness against `every: 1`, how much
 * sharpness and warping error jump from frame to frame, and both by place between dreamed frames.
 * `npx tsx bench/temporal/cadence.ts CLIP [model.onnx] [frames] [size] [zoom|clip]`
 */
import type { FlowField } from "../../src/flow/flow-field.ts";
import { makeFlow } from "../../src/flow/flow-field.ts";
import { inverseOf, motionHomography } from "../../src/flow/motion.ts";
import { FlowEstimator } from "../../src/flow/optical-flow.ts";
import type { Frame } from "../../src/frame.ts";
import { dreamFilm } from "../../src/pipeline/frames/film.ts";
import { stepTools } from "../../src/pipeline/frames/step-tools.ts";
import { prepareRender } from "../../src/pipeline/plan/prepare.ts";
import { parametersAt } from "../../src/pipeline/plan/shot-plan.ts";
import { parseScene } from "../../src/scene/parse.ts";
import { highFrequencyEnergy, warpingError } from "./measures.ts";

const [, , clip, model = "pocket", count = "25", size = "640x360", only] = process.argv;
const frames = Number(count);
const preprocess =
  "preprocess: { channels: BGR, scale: 0..255, mean: [104, 117, 123], std: [1, 1, 1] }";
const common = `output: { size: ${size}, fps: 24 }
duration: ${frames}f
model: ${model === "pocket" ? "pocket" : `{ file: ${model}, ${preprocess} }`}
${model === "pocket" ? "" : "dream: { layers: inception_4c/output }"}
`;
const scenes: Readonly<Record<string, string>> = {
  zoom: `${common}source: { noise: { seed: 7 } }\nmotion: { zoom: 1.5, rotate: 4deg }\n`,
  clip: `${common}source: { video: { file: ${clip} } }\n`,
};

interface Film {
  readonly pictures: readonly Frame[];
  readonly perMinute: number;
}

async function render(text: string, every: number): Promise<Film> {
  const scene = parseScene(text, { path: "bench.yaml", set: [`feedback.every=${every}`] });
  const prepared = await prepareRender(scene, { engine: "cpu" });
  try {
    const pictures: Frame[] = [];
    const tools = stepTools(prepared.engine, prepared.plan, {});
    let started = 0;
    for await (const picture of dreamFilm(prepared, tools, {})) {
      pictures.push(picture!);
      // The first frames include compilation.
      if (pictures.length === 5) started = performance.now();
    }
    const minutes = (performance.now() - started) / 60_000;
    return { pictures, perMinute: (pictures.length - 5) / minutes };
  } finally {
    await prepared.dispose();
  }
}

interface Flow {
  readonly forward: FlowField;
  readonly backward: FlowField;
}

/** The flow that the dream should follow, from each frame to the next. */
async function flowsOf(
  name: string,
  text: string,
): Promise<{ readonly flows: readonly Flow[]; readonly sources: readonly Frame[] }> {
  const scene = parseScene(text, {
    path: "bench.yaml",
    set: ["dream.iterations=0", "feedback.amount=0"],
  });
  const prepared = await prepareRender(scene, { engine: "cpu" });
  try {
    const { width, height } = prepared.plan.size;
    const sources: Frame[] = [];
    for await (const picture of dreamFilm(
      prepared,
      stepTools(prepared.engine, prepared.plan, {}),
      {},
    ))
      sources.push(picture!);
    if (name === "clip") {
      const estimator = new FlowEstimator(prepared.engine);
      const flows: Flow[] = [];
      for (let i = 1; i < sources.length; i++)
        flows.push(await estimator.estimate(sources[i - 1]!, sources[i]!));
      return { flows, sources };
    }
    const map = motionHomography(
      parametersAt(prepared.shots[0]!.plan, 0).motion,
      24,
      height,
      width,
    );
    const along = ([a, b, c, d, e, f]: typeof map): FlowField =>
      makeFlow(height, width, (x, y) => [a * x + b * y + c - x, d * x + e * y + f - y]);
    const flow = { backward: along(map), forward: along(inverseOf(map)) };
    return { flows: sources.slice(1).map(() => flow), sources };
  } finally {
    await prepared.dispose();
  }
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);

/** Root of the mean squared difference. */
function distance(a: Frame, b: Frame): number {
  let sum = 0;
  for (let i = 0; i < a.data.length; i++) sum += (a.data[i]! - b.data[i]!) ** 2;
  return Math.sqrt(sum / a.data.length);
}

/** Mean distance of a value from the middle of its neighbours, % of the mean. */
function jumps(values: readonly number[]): number {
  const inner = values.slice(1, -1);
  const off = inner.map((value, i) => Math.abs(value - (values[i]! + values[i + 2]!) / 2));
  return (100 * mean(off)) / mean(values);
}

/** Means by place between dreamed frames, the dreamed one first, in shares of the mean of all. */
function byPlace(values: readonly number[], first: number, every: number): string {
  const all = mean(values);
  return Array.from({ length: every }, (_, place) =>
    (mean(values.filter((_, i) => (i + first) % every === place)) / all).toFixed(3),
  ).join(" ");
}

for (const [name, text] of Object.entries(scenes)) {
  if (only && only !== name) continue;
  const { flows, sources } = await flowsOf(name, text);
  let base: { perMinute: number; sharp: number; error: number; strength: number } | undefined;
  for (const every of [1, 2, 4]) {
    const { pictures, perMinute } = await render(text, every);
    const sharp = pictures.map((picture) => Math.sqrt(highFrequencyEnergy(picture)));
    const errors = flows.map((flow, i) =>
      Math.sqrt(warpingError(pictures[i]!, pictures[i + 1]!, flow)),
    );
    // The first second's dream is still growing.
    const later = Math.min(9, pictures.length - 5);
    const [settled, steady] = [sharp.slice(later), errors.slice(later)];
    const strengths = pictures
      .slice(later)
      .map((picture, i) => distance(picture, sources[later + i]!));
    const now = {
      perMinute,
      sharp: mean(settled),
      error: mean(steady),
      strength: mean(strengths),
    };
    base ??= now;
    console.log(
      `${name} every ${every}: ${perMinute.toFixed(1)} frames/min (${(perMinute / base.perMinute).toFixed(2)} x), ` +
        `sharpness ${(now.sharp / base.sharp).toFixed(3)} jumps ${jumps(settled).toFixed(2)} % by place ${byPlace(settled, later, every)}, ` +
        `distance from the source ${(now.strength / base.strength).toFixed(3)}, ` +
        `warping error ${(now.error * 255).toFixed(2)}/255 jumps ${jumps(steady).toFixed(1)} % by place ${byPlace(steady, later + 1, every)}`,
    );
    if (process.env.CAD_SERIES)
      console.log(
        sharp.map((v) => (v * 1000).toFixed(1)).join(" "),
        "|",
        errors.map((v) => (v * 255).toFixed(1)).join(" "),
      );
  }
}
