/**
 * Time of one gradient of `pocket`, with PyTorch's beside it where it is installed: `npm run bench`.
 * Medians of several runs; only ratios of the same run mean anything on a noisy machine.
 */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { gradientGraph } from "../src/dream/gradient-graph.ts";
import { objectiveFeeds } from "../src/dream/objective.ts";
import { findTargets } from "../src/dream/targets.ts";
import { floatTensor } from "../src/graph/graph.ts";
import { openNetwork } from "../src/models/open.ts";
import { createOrtEngine } from "../src/runtime/ort.ts";

const sizes = [224, 512] as const;
const layer = "creatures1";
const runs = 9;

const network = await openNetwork({ name: "pocket" });
const engine = createOrtEngine("cpu");
const targets = findTargets(network, { layers: [layer], classes: [] });

async function measure(size: number): Promise<number> {
  const { graph, selections } = gradientGraph(network, targets, size, size);
  const session = await engine.load(graph);
  const feeds = {
    [network.input]: floatTensor([1, 3, size, size], new Float32Array(3 * size * size).fill(0.4)),
    ...objectiveFeeds(targets, [1], selections),
  };
  const times: number[] = [];
  for (let i = 0; i < runs + 2; i++) {
    const started = performance.now();
    await session.run(feeds);
    if (i >= 2) times.push(performance.now() - started);
  }
  await session.dispose();
  return times.sort((a, b) => a - b)[Math.floor(runs / 2)]!;
}

/** Milliseconds per size, or undefined without PyTorch. */
function torch(): Record<string, number> | undefined {
  const script = fileURLToPath(new URL("peers/torch_gradient.py", import.meta.url));
  const { status, stdout } = spawnSync(
    "/usr/bin/python3",
    [script, layer, String(runs), ...sizes.map(String)],
    { encoding: "utf8" },
  );
  return status === 0 ? (JSON.parse(stdout) as Record<string, number>) : undefined;
}

const peer = torch();
for (const size of sizes) {
  const own = await measure(size);
  const theirs = peer?.[String(size)];
  const ratio =
    theirs === undefined
      ? "PyTorch is not installed"
      : `PyTorch eager ${theirs.toFixed(0)} ms, ${(theirs / own).toFixed(2)} x`;
  process.stdout.write(`${layer} ${size}x${size}: one gradient ${own.toFixed(0)} ms; ${ratio}\n`);
}
await engine.dispose();
