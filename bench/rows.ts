/** Gradients and frames in turns with PyTorch: the rows of bench/speed.ts. */
import { setTimeout } from "node:timers/promises";
import { Dreamer } from "../src/dream/dreamer.ts";
import { gradientGraph } from "../src/dream/gradient-graph.ts";
import { objectiveFeeds } from "../src/dream/objective.ts";
import { TargetFinder } from "../src/dream/targets.ts";
import { floatTensor } from "../src/graph/graph.ts";
import { fractalNoise } from "../src/image/noise.ts";
import type { Network } from "../src/network.ts";
import type { Engine } from "../src/runtime/engine.ts";
import type { TorchPeer } from "./torch-peer.ts";

const runs = 7;
/** Between turns, ms. */
const rest = 300;

/** What measures: our engine, and PyTorch where it is installed. */
export interface Bench {
  readonly engine: Engine;
  readonly torch: TorchPeer | undefined;
}

export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1]!;
}

/** The median of `count` runs, ms. */
export async function timed(work: () => Promise<unknown> | unknown, count = runs): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < count + 2; i++) {
    const started = performance.now();
    await work();
    // The first two warm up.
    if (i >= 2) times.push(performance.now() - started);
  }
  return median(times);
}

export interface Row {
  readonly task: "gradient" | "frame";
  readonly key: string;
  readonly ms: number;
  readonly torchMs?: number;
  /** Median over turns of theirs over ours. */
  readonly ratio?: number;
}

/** Our work and PyTorch's in turns, so that what else the machine does slows both. */
async function inTurns(
  { torch }: Bench,
  task: Row["task"],
  key: string,
  work: () => Promise<unknown>,
  count: number,
): Promise<Row> {
  const pairs: { ours: number; theirs: number }[] = [];
  for (let i = 0; i <= count; i++) {
    // PyTorch's threads wait busily for a while when their work is done.
    await setTimeout(rest);
    const started = performance.now();
    await work();
    const ours = performance.now() - started;
    await setTimeout(rest);
    // The first turn warms up.
    const theirs = (await torch?.run(task, key)) ?? Number.NaN;
    if (i > 0) pairs.push({ ours, theirs });
  }
  const ms = median(pairs.map(({ ours }) => ours));
  if (!torch) return { task, key, ms };
  const torchMs = median(pairs.map(({ theirs }) => theirs));
  return { task, key, ms, torchMs, ratio: median(pairs.map((pair) => pair.theirs / pair.ours)) };
}

/** The gradient of one layer at WIDTHxHEIGHT. */
export async function gradientRow(
  bench: Bench,
  name: string,
  layer: string,
  network: Network,
  size: string,
): Promise<Row> {
  const [width, height] = size.split("x").map(Number) as [number, number];
  const targets = new TargetFinder(network).find({ layers: [layer], classes: [] });
  const { graph, shapes } = gradientGraph(network, targets, height, width);
  const session = await bench.engine.load(graph);
  const picture = new Float32Array(3 * width * height).fill(0.4);
  const feeds = {
    [network.input]: floatTensor([1, 3, height, width], picture),
    ...objectiveFeeds(targets, [1], shapes),
  };
  const key = `${name}:${layer}:${size}`;
  const row = await inTurns(bench, "gradient", key, () => session.run(feeds), runs);
  await session.dispose();
  return row;
}

/** A 640×360 frame as pytorch-deepdream dreams it. */
export async function frameRow(
  bench: Bench,
  name: string,
  layer: string,
  network: Network,
): Promise<Row> {
  const dreamer = new Dreamer(network, bench.engine);
  const settings = dreamer.settings({ preset: "pytorch-deepdream", layers: { [layer]: 1 } });
  const frame = fractalNoise({ seed: 1, scale: 4, width: 640, height: 360 });
  const work = () => dreamer.dream(frame, settings, 1);
  const row = await inTurns(bench, "frame", `${name}:${layer}:640x360`, work, 3);
  await dreamer.dispose();
  return row;
}
