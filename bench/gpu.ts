/**
 * Measures gradients on a GPU and compares them with PyTorch CUDA's on the same card:
 *
 *   npx tsx bench/gpu.ts [--engine webgpu] [--torch cuda] [--networks pocket,googlenet,vgg16] [--sizes 512x512,960x540] [--rounds 5]
 *
 * The picture stays on the device, and both sides queue ten gradients before they wait. Needs a GPU with a Vulkan, Metal
 * or Direct3D 12 driver, and PyTorch with CUDA (DREAMREEL_PYTHON names another Python); without PyTorch its column stays
 * empty. Only ratios within one run are comparable.
 */

import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import type { EngineName } from "../src/choices.ts";
import { gradientGraph } from "../src/dream/gradient-graph.ts";
import { objectiveFeeds } from "../src/dream/objective.ts";
import { TargetFinder } from "../src/dream/targets.ts";
import { openNetwork } from "../src/models/open.ts";
import type { Network } from "../src/network.ts";
import type { Engine } from "../src/runtime/engine.ts";
import { scoped } from "../src/runtime/scope.ts";
import { selectEngine } from "../src/runtime/select/select-engine.ts";
import { googlenet, vgg16 } from "./networks.ts";

const { values } = parseArgs({
  options: {
    engine: { type: "string", default: "webgpu" },
    torch: { type: "string", default: "cuda" },
    networks: { type: "string", default: "pocket,googlenet,vgg16" },
    sizes: { type: "string", default: "512x512,960x540" },
    rounds: { type: "string", default: "5" },
  },
});
const [rounds, inRow] = [Number(values.rounds), 10];
const layers: Readonly<Record<string, string>> = {
  pocket: "creatures1",
  googlenet: "inception_4c",
  vgg16: "relu4_2",
};

async function open(name: string): Promise<Network> {
  if (name === "googlenet") return googlenet();
  return name === "vgg16" ? vgg16() : openNetwork({ name });
}

/** Time of one gradient, ms: the median over rounds of several gradients. */
async function gradientTime(
  engine: Engine,
  network: Network,
  layer: string,
  size: string,
): Promise<number> {
  const [width, height] = size.split("x").map(Number) as [number, number];
  const targets = new TargetFinder(network).find({ layers: [layer], classes: [] });
  const { graph, shapes } = gradientGraph(network, targets, height, width);
  const session = await engine.loadOnDevice(graph);
  const times: number[] = [];
  const data = new Float32Array(3 * width * height).fill(0.4);
  for (let round = 0; round <= rounds; round++) {
    await scoped(async (scope) => {
      const picture = await engine.upload(scope, [1, 3, height, width], data);
      const feeds = {
        [network.input]: picture,
        ...objectiveFeeds(targets, [1], shapes),
      };
      const started = performance.now();
      for (let i = 0; i < inRow; i++) {
        const { gradient, loss } = await session.run(scope, feeds);
        scope.drop(gradient!);
        // Reading waits for all queued work.
        if (i === inRow - 1) await loss!.read();
      }
      // The first round includes compilation.
      if (round > 0) times.push((performance.now() - started) / inRow);
    });
  }
  await session.dispose();
  return times.sort((a, b) => a - b)[times.length >> 1]!;
}

interface TorchTimes {
  readonly version: string;
  readonly device: string;
  readonly ms: Readonly<Record<string, number>>;
}

/** PyTorch's times, or the reason why there are none. */
function torchTimes(keys: readonly string[]): TorchTimes | string {
  const script = fileURLToPath(new URL("peers/torch_gradient.py", import.meta.url));
  const python = process.env.DREAMREEL_PYTHON ?? "/usr/bin/python3";
  const env = { ...process.env, TORCH_DEVICE: values.torch, TORCH_IN_ROW: `${inRow}` };
  const { status, stdout, stderr, error } = spawnSync(python, [script, String(rounds), ...keys], {
    encoding: "utf8",
    env,
  });
  if (status === 0) return JSON.parse(stdout) as TorchTimes;
  return error?.message ?? stderr.trim().split("\n").at(-1) ?? "";
}

const engine = await selectEngine(values.engine as EngineName);
const ours: [string, number][] = [];
for (const name of values.networks.split(",")) {
  const network = await open(name);
  for (const size of values.sizes.split(",")) {
    const key = `${name}:${layers[name]}:${size}`;
    ours.push([key, await gradientTime(engine, network, layers[name]!, size)]);
  }
}
await engine.dispose();
const answer = torchTimes(ours.map(([key]) => key));
const torch = typeof answer === "string" ? undefined : answer;
console.log(
  torch
    ? `PyTorch ${torch.version} on ${torch.device}`
    : `no PyTorch with ${values.torch}: ${answer}`,
);
console.log(`\n| gradient | ${values.engine} ms | PyTorch ms | ratio |\n|---|---|---|---|`);
for (const [key, ms] of ours) {
  const theirs = torch?.ms[key];
  const ratio = theirs === undefined ? "" : `${(theirs / ms).toFixed(2)} ×`;
  console.log(
    `| ${key.replaceAll(":", ", ")} | ${ms.toFixed(2)} | ${theirs?.toFixed(2) ?? ""} | ${ratio} |`,
  );
}
