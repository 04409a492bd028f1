/**
 * How fast dreams are: `npm run bench [-- --json]`. Gradients of three networks at three sizes, with PyTorch eager's of the same
 * networks beside them where it is installed (Debian: python3-torch); what a frame of a clip takes, part by part; memory and
 * start-up. Medians; only ratios of the same run mean anything on a noisy machine. DREAMREEL_PYTHON names another Python.
 */
import { spawnSync } from "node:child_process";
import { availableParallelism, cpus } from "node:os";
import { fileURLToPath } from "node:url";
import { Dreamer } from "../src/dream/dreamer.ts";
import { gradientGraph } from "../src/dream/gradient-graph.ts";
import { objectiveFeeds } from "../src/dream/objective.ts";
import { findTargets } from "../src/dream/targets.ts";
import { Grader } from "../src/flow/color.ts";
import { Feedback } from "../src/flow/feedback.ts";
import { motionAffine } from "../src/flow/motion.ts";
import { FlowEstimator } from "../src/flow/optical-flow.ts";
import { floatTensor } from "../src/graph/graph.ts";
import { openNetwork } from "../src/models/open.ts";
import type { Network } from "../src/network.ts";
import { createOrtEngine } from "../src/runtime/ort.ts";
import { onDevice } from "../src/runtime/pictures.ts";
import { toBytes } from "../src/video/image.ts";
import { openSource } from "../src/video/source.ts";
import { carryFrames } from "../test/helpers/carry.ts";
import { googlenet, vgg16 } from "./networks.ts";
import { tfjsRows } from "./tfjs.ts";

const runs = 7;
const json = process.argv.includes("--json");
const sizes = ["224x224", "512x512", "960x540"] as const;
const engine = createOrtEngine("cpu");
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
    // The first two warm up.
    if (i >= 2) times.push(performance.now() - started);
  }
  return median(times);
}

async function gradientTime(network: Network, layer: string, size: string): Promise<number> {
  const [width, height] = size.split("x").map(Number) as [number, number];
  const targets = findTargets(network, { layers: [layer], classes: [] });
  const { graph, selections } = gradientGraph(network, targets, height, width);
  const session = await engine.load(graph);
  const picture = new Float32Array(3 * width * height).fill(0.4);
  const feeds = {
    [network.input]: floatTensor([1, 3, height, width], picture),
    ...objectiveFeeds(targets, [1], selections),
  };
  const time = await timed(() => session.run(feeds));
  await session.dispose();
  return time;
}

interface TorchTimes {
  readonly version: string;
  readonly threads: number;
  readonly ms: Readonly<Record<string, number>>;
}

function torchTimes(keys: readonly string[]): TorchTimes | undefined {
  const script = fileURLToPath(new URL("peers/torch_gradient.py", import.meta.url));
  const python = process.env.DREAMREEL_PYTHON ?? "/usr/bin/python3";
  const { status, stdout } = spawnSync(python, [script, String(runs), ...keys], {
    encoding: "utf8",
  });
  return status === 0 ? (JSON.parse(stdout) as TorchTimes) : undefined;
}

/** Milliseconds of each part of one frame of a 640×360 clip, `pocket` with its defaults. */
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
  const still = { zoom: 1, rotate: 0, pan: [0, 0], center: [0.5, 0.5] } as const;
  const affine = motionAffine(still, 24, now.height, now.width);
  const feedback = { amount: 0.8, mode: "residual", occlusion: true } as const;
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

/** Seconds from the command to its first dreamed frame of the demo, and the most memory it took. */
function startUp(): { seconds: number; megabytes: number } {
  const code = `
    import { renderScene } from ${JSON.stringify(new URL("../src/pipeline/render.ts", import.meta.url).href)};
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

const rows: { key: string; ms: number }[] = [];
for (const [name, layer, network] of networks)
  for (const size of sizes)
    rows.push({ key: `${name}:${layer}:${size}`, ms: await gradientTime(network, layer, size) });
const torch = torchTimes(rows.map(({ key }) => key));
const parts = await frameParts(networks[0]![2]);
const start = startUp();
const tfjs = await tfjsRows(networks.slice(0, 2), (work) => timed(work, 3));
await engine.dispose();

const machine = `${cpus()[0]?.model.trim()}, ${availableParallelism()} cores, Node ${process.version}`;
if (json)
  console.log(JSON.stringify({ machine, gradients: rows, torch, parts, start, tfjs }, null, 2));
else {
  const peer = torch
    ? `PyTorch ${torch.version} eager, ${torch.threads} threads`
    : "PyTorch is not installed";
  console.log(`${machine}; ${peer}\n`);
  console.log("| gradient | dreamreel ms | PyTorch ms | ratio |\n|---|---|---|---|");
  for (const { key, ms } of rows) {
    const theirs = torch?.ms[key];
    const ratio = theirs === undefined ? "" : `${(theirs / ms).toFixed(2)} ×`;
    console.log(
      `| ${key.replaceAll(":", ", ")} | ${ms.toFixed(0)} | ${theirs?.toFixed(0) ?? ""} | ${ratio} |`,
    );
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
