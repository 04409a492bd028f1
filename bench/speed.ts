/**
 * Measures the speed of dreams: `npm run bench [-- --json]`. Gradients of three networks at three sizes, and whole frames
 * with the settings of pytorch-deepdream, alternate with PyTorch eager on networks of the same architecture if it is
 * installed (Debian: python3-torch). Also measures the parts of a clip's frame, memory and start-up. All times are medians;
 * on another machine only ratios are comparable. DREAMREEL_PYTHON names another Python.
 */
import { spawnSync } from "node:child_process";
import { availableParallelism, cpus } from "node:os";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Dreamer } from "../src/dream/dreamer.ts";
import { gradientGraph } from "../src/dream/gradient-graph.ts";
import { objectiveFeeds } from "../src/dream/objective.ts";
import { TargetFinder } from "../src/dream/targets.ts";
import { Grader } from "../src/flow/color.ts";
import { Feedback } from "../src/flow/feedback.ts";
import { motionHomography } from "../src/flow/motion.ts";
import { FlowEstimator } from "../src/flow/optical-flow.ts";
import { floatTensor } from "../src/graph/graph.ts";
import { toBytes } from "../src/image/image.ts";
import { fractalNoise } from "../src/image/noise.ts";
import { openNetwork } from "../src/models/open.ts";
import type { Network } from "../src/network.ts";
import { createOrtEngine } from "../src/runtime/ort/engine.ts";
import { onDevice } from "../src/runtime/pictures.ts";
import { openSource } from "../src/video/source.ts";
import { carryFrames, noMotion } from "../test/helpers/carry.ts";
import { googlenet, vgg16 } from "./networks.ts";
import { tfjsRows } from "./tfjs.ts";
import { startTorch } from "./torch-peer.ts";

const runs = 7;
/** Pause between turns, ms. */
const rest = 300;
const json = process.argv.includes("--json");
const sizes = ["224x224", "512x512", "960x540"] as const;
const engine = createOrtEngine("cpu");
const torch = await startTorch();
const networks: readonly (readonly [string, string, Network])[] = [
  ["pocket", "creatures1", await openNetwork({ name: "pocket" })],
  ["googlenet", "inception_4c", googlenet()],
  ["vgg16", "relu4_2", vgg16()],
];

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1]!;
}

async function timed(work: () => Promise<unknown> | unknown, count = runs): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < count + 2; i++) {
    const started = performance.now();
    await work();
    // The first two runs are warm-up.
    if (i >= 2) times.push(performance.now() - started);
  }
  return median(times);
}

interface Row {
  readonly task: "gradient" | "frame";
  readonly key: string;
  readonly ms: number;
  readonly torchMs?: number;
  /** Median over turns of PyTorch's time divided by ours. */
  readonly ratio?: number;
}

/** Alternate our work and PyTorch's, so that other load on the machine slows down both. */
async function inTurns(
  task: Row["task"],
  key: string,
  work: () => Promise<unknown>,
  count: number,
): Promise<Row> {
  const pairs: { ours: number; theirs: number }[] = [];
  for (let i = 0; i <= count; i++) {
    // PyTorch's threads spin for a while after their work.
    await setTimeout(rest);
    const started = performance.now();
    await work();
    const ours = performance.now() - started;
    await setTimeout(rest);
    // The first turn is warm-up.
    const theirs = (await torch?.run(task, key)) ?? Number.NaN;
    if (i > 0) pairs.push({ ours, theirs });
  }
  const ms = median(pairs.map(({ ours }) => ours));
  if (!torch) return { task, key, ms };
  const torchMs = median(pairs.map(({ theirs }) => theirs));
  return { task, key, ms, torchMs, ratio: median(pairs.map((pair) => pair.theirs / pair.ours)) };
}

async function gradientRow(
  name: string,
  layer: string,
  network: Network,
  size: string,
): Promise<Row> {
  const [width, height] = size.split("x").map(Number) as [number, number];
  const targets = new TargetFinder(network).find({ layers: [layer], classes: [] });
  const { graph, shapes } = gradientGraph(network, targets, height, width);
  const session = await engine.load(graph);
  const picture = new Float32Array(3 * width * height).fill(0.4);
  const feeds = {
    [network.input]: floatTensor([1, 3, height, width], picture),
    ...objectiveFeeds(targets, [1], shapes),
  };
  const key = `${name}:${layer}:${size}`;
  const row = await inTurns("gradient", key, () => session.run(feeds), runs);
  await session.dispose();
  return row;
}

/** A dream of a 640×360 px frame with the settings of pytorch-deepdream. */
async function frameRow(name: string, layer: string, network: Network): Promise<Row> {
  const dreamer = new Dreamer(network, engine);
  const settings = dreamer.settings({ preset: "pytorch-deepdream", layers: { [layer]: 1 } });
  const frame = fractalNoise({ seed: 1, scale: 4, width: 640, height: 360 });
  const work = () => dreamer.dream(frame, settings, 1);
  const row = await inTurns("frame", `${name}:${layer}:640x360`, work, 3);
  await dreamer.dispose();
  return row;
}

/** Time of each part of one frame of a 640×360 px clip, ms, with `pocket` and its defaults. */
async function frameParts(network: Network): Promise<Record<string, number>> {
  const source = await openSource({ type: "lavfi", graph: "mandelbrot=size=640x360:rate=24" });
  const started = performance.now();
  const frames = [];
  for (let i = 0; i < 24; i++) frames.push((await source.next())!);
  const decode = (performance.now() - started) / 24;
  await source.close();
  const [before, now] = [frames[10]!, frames[11]!];
  const flow = new FlowEstimator(engine);
  const [carrier, grader] = [new Feedback(engine), new Grader(engine)];
  const dreamer = new Dreamer(network, engine);
  const affine = motionHomography(noMotion, 24, now.height, now.width);
  const feedback = {
    amount: 0.8,
    mode: "residual",
    occlusion: true,
    border: "mirror",
    sharpen: 0,
  } as const;
  const moved = await flow.estimate(before, now);
  const last = { output: before, source: before };
  const settings = dreamer.settings({});
  return {
    decode,
    flow: await timed(() => flow.estimate(before, now)),
    warp: await timed(() => carryFrames(engine, carrier, last, now, affine, feedback, moved)),
    dream: await timed(() => dreamer.dream(now, settings, 1), 3),
    colour: await timed(() =>
      onDevice(engine, [now, before], async (scope, picture, other) =>
        grader.grade(scope, picture!, await grader.measure(scope, other!), 1),
      ),
    ),
    "to bytes": await timed(() => toBytes(now)),
  };
}

/** Time from the start of the command to the first dreamed frame of the demo, s, and the maximum memory. */
function startUp(): { seconds: number; megabytes: number } {
  const code = `
    import { renderScene } from ${JSON.stringify(new URL("../src/pipeline/render/render.ts", import.meta.url).href)};
    import { parseScene } from ${JSON.stringify(new URL("../src/scene/parse.ts", import.meta.url).href)};
    import { readFileSync, rmSync } from "node:fs";
    const path = ${JSON.stringify(fileURLToPath(new URL("../scenes/infinite-zoom.yaml", import.meta.url)))};
    let first;
    await renderScene(parseScene(readFileSync(path, "utf8"), { path }), {
      output: "/tmp/dreamreel-bench.mp4", force: true, frames: [0, 3],
      onProgress: () => { first ??= performance.now() / 1000; },
    });
    rmSync("/tmp/dreamreel-bench.mp4");
    console.log(JSON.stringify({ seconds: first, megabytes: process.resourceUsage().maxRSS / 1000 }));`;
  const args = ["--import", "tsx", "--input-type=module", "-e", code];
  return JSON.parse(spawnSync(process.execPath, args, { encoding: "utf8" }).stdout);
}

const rows: Row[] = [];
for (const [name, layer, network] of networks)
  for (const size of sizes) rows.push(await gradientRow(name, layer, network, size));
rows.push(await frameRow("pocket", "creatures1", networks[0]![2]));
rows.push(await frameRow("vgg16", "relu4_3", networks[2]![2]));
torch?.close();
const parts = await frameParts(networks[0]![2]);
const start = startUp();
const tfjs = await tfjsRows(networks.slice(0, 2), (work) => timed(work, 3));
await engine.dispose();

const machine = `${cpus()[0]?.model.trim()}, ${availableParallelism()} cores, Node ${process.version}`;
if (json) {
  const peer = torch && { version: torch.version, threads: torch.threads };
  console.log(JSON.stringify({ machine, torch: peer, rows, parts, start, tfjs }, null, 2));
} else {
  const peer = torch
    ? `PyTorch ${torch.version} eager, ${torch.threads} threads`
    : "PyTorch is not installed";
  console.log(`${machine}; ${peer}\n`);
  console.log("| work | dreamreel ms | PyTorch ms | ratio |\n|---|---|---|---|");
  for (const { task, key, ms, torchMs, ratio } of rows) {
    const beside = ratio === undefined ? " | " : `${torchMs?.toFixed(0)} | ${ratio.toFixed(2)} ×`;
    console.log(`| ${task}: ${key.replaceAll(":", ", ")} | ${ms.toFixed(0)} | ${beside} |`);
  }
  const whole = Object.values(parts).reduce((a, b) => a + b);
  console.log("\n| part of a 640×360 frame | ms | share |\n|---|---|---|");
  for (const [name, ms] of Object.entries(parts))
    console.log(`| ${name} | ${ms.toFixed(1)} | ${((100 * ms) / whole).toFixed(1)} % |`);
  console.log(
    `\nFirst dreamed frame after ${start.seconds.toFixed(2)} s; at most ${start.megabytes.toFixed(0)} MB.`,
  );
  if (tfjs.length > 0)
    console.log(
      `\n| gradient on TensorFlow.js | engine tfjs ms | its autograd ms | ratio |\n|---|---|---|---|`,
    );
  for (const { key, backend, ours, autograd } of tfjs)
    console.log(
      `| ${key.replaceAll(":", ", ")}, ${backend} | ${ours.toFixed(0)} | ${autograd.toFixed(0)} | ${(autograd / ours).toFixed(2)} × |`,
    );
}
