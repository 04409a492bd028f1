/**
 * Measures gradients at 224×224 px on TensorFlow.js: our backward graph, which consists of forward convolutions, and
 * TensorFlow.js's own autograd over the forward graph.
 */
import { gradientGraph } from "../src/dream/gradient-graph.ts";
import { objectiveFeeds } from "../src/dream/objective.ts";
import { TargetFinder } from "../src/dream/targets.ts";
import { GraphBuilder } from "../src/graph/builder.ts";
import { cutAt } from "../src/graph/cut.ts";
import { floatTensor, type Graph } from "../src/graph/graph.ts";
import { specialise } from "../src/graph/passes/specialise.ts";
import type { Network } from "../src/network.ts";
import { createTfjsEngine } from "../src/runtime/tfjs/engine.ts";
import { disposeResident, makeResident } from "../src/runtime/tfjs/interpret.ts";
import { loadTfjs } from "../src/runtime/tfjs/load.ts";
import { differentiate, registerGradients } from "../test/helpers/tfjs-gradient.ts";

export interface TfjsRow {
  readonly key: string;
  readonly backend: string;
  readonly ours: number;
  readonly autograd: number;
}

const side = 224;

/** One row per network and layer; none if TensorFlow.js is not installed. */
export async function tfjsRows(
  networks: readonly (readonly [string, string, Network])[],
  timed: (work: () => Promise<unknown>) => Promise<number>,
): Promise<TfjsRow[]> {
  const loaded = await loadTfjs().catch(() => undefined);
  if (!loaded) return [];
  registerGradients();
  const { tf, backend } = loaded;
  const engine = await createTfjsEngine();
  const rows: TfjsRow[] = [];
  for (const [name, layer, network] of networks) {
    const targets = new TargetFinder(network).find({ layers: [layer], classes: [] });
    const { graph, shapes } = gradientGraph(network, targets, side, side);
    const picture = floatTensor([1, 3, side, side], new Float32Array(3 * side * side).fill(0.4));
    const feeds = { [network.input]: picture };
    const session = await engine.load(graph);
    const all = { ...feeds, ...objectiveFeeds(targets, [1], shapes) };
    const ours = await timed(() => session.run(all));
    await session.dispose();
    const forward = withLoss(network, targets[0]!.value);
    const resident = makeResident(tf, forward);
    const seed = new Map([["loss", floatTensor([], [1])]]);
    const autograd = await timed(async () => {
      const gradient = differentiate(forward, resident, feeds, network.input, seed);
      await gradient.data();
      gradient.dispose();
    });
    disposeResident(resident);
    rows.push({ key: `${name}:${layer}:${side}x${side}`, backend, ours, autograd });
  }
  await engine.dispose();
  return rows;
}

/** The forward graph with ½·mean(a²) of `value` as its output. */
function withLoss(network: Network, value: string): Graph {
  const dims = { [network.input]: [1, 3, side, side] };
  const { graph } = specialise(cutAt(network.graph, [value]), dims);
  const b = new GraphBuilder({ ...graph, outputs: [] });
  const mean = b.op("ReduceMean", [b.op("Mul", [value, value])], { keepdims: 0 });
  b.output(b.op("Mul", [mean, b.scalar(0.5)], {}, "loss"), []);
  return b.build();
}
