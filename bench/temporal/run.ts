/**
 * Measures the temporal stability of feedback methods at equal strength of the dream:
 * npx tsx bench/temporal/run.ts [CLIP | lavfi:GRAPH] [FRAMES] [STRIP.png]
 * Each method's step size is searched over the first 36 frames until its dream is as strong as `no feedback` with step 3.
 * All frames are measured. Flow and occlusion for the measurement are OpenCV's DIS, not ours.
 * Needs Debian's python3-opencv; DREAMREEL_PYTHON names another Python.
 */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { Dreamer } from "../../src/dream/dreamer.ts";
import { Grader } from "../../src/flow/color.ts";
import { Feedback } from "../../src/flow/feedback.ts";
import { decodeFlo } from "../../src/flow/flo-file.ts";
import type { FlowField } from "../../src/flow/flow-field.ts";
import { FlowEstimator } from "../../src/flow/optical-flow.ts";
import type { Frame } from "../../src/frame.ts";
import { writeImage } from "../../src/image/image.ts";
import { openNetwork } from "../../src/models/open.ts";
import { createOrtEngine } from "../../src/runtime/ort/engine.ts";
import { openSource } from "../../src/video/source.ts";
import { highFrequencyEnergy, lightStatistics, warpingError } from "./measures.ts";
import { type Method, methods } from "./methods.ts";

const [clip = "../shared/media/clip.mp4", count = "300", strip] = process.argv.slice(2);
const plainStep = 3;
/** Number of frames until feedback converges. */
const settling = 12;
/** Number of frames for the search of the step size. */
const searched = 36;
/** Tolerance of the strength, which is the logarithm of the objective. */
const equal = 0.04;
const layers = { motifs3: 1, creatures1: 1 };
const size = { width: 320, height: 180 };

interface Outcome {
  readonly step: number;
  readonly error: number;
  readonly strength: number;
  /** High-frequency energy as a multiple of the source's. */
  readonly detail: number;
  readonly drift: string;
  readonly last: Frame;
}

const source = await openSource(
  clip.startsWith("lavfi:")
    ? { type: "lavfi", graph: clip.slice(6) }
    : { type: "video", file: clip, audio: "drop" },
  { size },
);
const frames: Frame[] = [];
while (frames.length < Number(count)) {
  const frame = await source.next();
  if (!frame) break;
  frames.push(frame);
}
await source.close();
const flows = await peerFlows(frames);
const engine = createOrtEngine("cpu");
const dreamer = new Dreamer(await openNetwork({ name: "pocket" }), engine);
const tools = {
  engine,
  grader: new Grader(engine),
  feedback: new Feedback(engine),
  flow: new FlowEstimator(engine),
};
try {
  const pictures: Frame[] = [];
  console.log(
    "| method | step | strength | fine detail | warping error ×10⁻³ | mean, spread, sharpness |",
  );
  console.log("|---|---|---|---|---|---|");
  const wanted = (await run(methods["no feedback"]!, plainStep, searched)).strength;
  for (const [name, method] of Object.entries(methods)) {
    const outcome = await runAt(method, wanted);
    pictures.push(outcome.last);
    console.log(
      `| ${name} | ${outcome.step.toFixed(2)} | ${outcome.strength.toFixed(2)} | × ${outcome.detail.toFixed(2)} | ${(1000 * outcome.error).toFixed(3)} | ${outcome.drift} |`,
    );
  }
  if (strip) await writeImage(stack(pictures), strip);
} finally {
  await engine.dispose();
}

/** Search the step size for the strength `wanted` by the secant method on the logarithm of the step. */
async function runAt(method: Method, wanted: number): Promise<Outcome> {
  let now = await run(method, plainStep, searched);
  let before: Outcome | undefined;
  for (let i = 0; i < 7 && Math.abs(now.strength - wanted) > equal; i++) {
    const slope: number = before
      ? Math.max(0.2, (now.strength - before.strength) / Math.log(now.step / before.step))
      : 0.9;
    const turn = Math.max(-2, Math.min(1, (wanted - now.strength) / slope));
    before = now;
    now = await run(method, now.step * Math.exp(turn), searched);
  }
  return run(method, now.step, frames.length);
}

async function run(method: Method, stepSize: number, length: number): Promise<Outcome> {
  const settings = dreamer.settings({ layers, octaves: 3, iterations: 4, stepSize });
  const dream = async (start: Frame, index: number): Promise<Frame> =>
    (await dreamer.dream(start, settings, 1, index)).frame;
  let last: { output: Frame; source: Frame } | undefined;
  let [error, strength, detail, seen] = [0, 0, 0, 0];
  const stats: ReturnType<typeof lightStatistics>[] = [];
  for (const [index, frame] of frames.slice(0, length).entries()) {
    const output = await method(last, frame, index, { ...tools, dream });
    stats.push(lightStatistics(output));
    // Feedback takes some frames to converge.
    if (index >= settling) {
      error += warpingError(last!.output, output, flows[index - 1]!);
      const { loss } = await dreamer.gradient(output, { layers });
      strength += loss;
      detail += highFrequencyEnergy(output) / highFrequencyEnergy(frame);
      seen++;
    }
    last = { output, source: frame };
  }
  // One second of each, so that changes in the clip itself count little.
  const [early, late] = [meanOf(stats.slice(settling, settling + 24)), meanOf(stats.slice(-24))];
  const drift = late.map((v, i) => `${Math.round(100 * (v / early[i]! - 1))} %`).join(", ");
  return {
    step: stepSize,
    error: error / seen,
    strength: strength / seen,
    detail: detail / seen,
    drift,
    last: last!.output,
  };
}

function meanOf(list: readonly (readonly number[])[]): number[] {
  return list[0]!.map((_, i) => list.reduce((sum, values) => sum + values[i]! / list.length, 0));
}

async function peerFlows(
  list: readonly Frame[],
): Promise<{ forward: FlowField; backward: FlowField }[]> {
  const folder = await mkdtemp(join(tmpdir(), "dreamreel-temporal-"));
  try {
    const name = (i: number, end: string): string =>
      join(folder, `${String(i).padStart(5, "0")}${end}`);
    for (const [i, frame] of list.entries()) await writeImage(frame, name(i, ".png"));
    const script = new URL("../peers/opencv_dis_pairs.py", import.meta.url).pathname;
    await execa(process.env.DREAMREEL_PYTHON ?? "/usr/bin/python3", [script, folder]);
    const read = async (i: number, end: string): Promise<FlowField> =>
      decodeFlo(await readFile(name(i, end)), name(i, end));
    return await Promise.all(
      list.slice(1).map(async (_, i) => ({
        forward: await read(i, ".forward.flo"),
        backward: await read(i, ".backward.flo"),
      })),
    );
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Stack pictures vertically. */
function stack(list: readonly Frame[]): Frame {
  const { width, height } = list[0]!;
  const data = new Float32Array(3 * width * height * list.length);
  for (let c = 0; c < 3; c++)
    for (const [i, frame] of list.entries())
      data.set(
        frame.data.subarray(c * width * height, (c + 1) * width * height),
        (c * list.length + i) * width * height,
      );
  return { data, width, height: height * list.length };
}
