import type { Graph } from "../graph/graph.ts";
import type { Layer } from "../network.ts";

/**
 * A middle layer to dream on if the scene names none: among the layers that everything after them depends on, the
 * last whose receptive field is at most half the largest. Undefined if no layer is a feature map.
 */
export function middleLayer(graph: Graph, layers: readonly Layer[]): string | undefined {
  const maps = layers.filter(({ stride, op }) => stride > 0 && !op.endsWith("Pool"));
  const joints = jointsOf(graph);
  const seeing = maps.filter(
    ({ name, receptiveField: field }) => joints.has(name) && Number.isFinite(field),
  );
  const field = (layer: Layer): number => layer.receptiveField ?? 0;
  const half = Math.max(0, ...seeing.map(field)) / 2;
  const near = seeing.filter((layer) => field(layer) <= half);
  const widest = Math.max(0, ...near.map(field));
  const found = near.findLast((layer) => field(layer) === widest);
  return (found ?? maps[Math.floor(maps.length / 2)] ?? layers[0])?.name;
}

/** Values through which all later nodes depend on the picture. */
function jointsOf(graph: Graph): ReadonlySet<string> {
  const fromPicture = new Set(graph.inputs.map(({ name }) => name));
  const lastUse = new Map<string, number>();
  graph.nodes.forEach(({ inputs, outputs }, i) => {
    if (!inputs.some((name) => fromPicture.has(name))) return;
    for (const name of outputs) fromPicture.add(name);
    for (const name of inputs) lastUse.set(name, i);
  });
  const live = new Set(graph.inputs.map(({ name }) => name));
  const joints = new Set<string>();
  graph.nodes.forEach(({ inputs, outputs }, i) => {
    for (const name of inputs) if (lastUse.get(name) === i) live.delete(name);
    for (const name of outputs) if (fromPicture.has(name) && lastUse.has(name)) live.add(name);
    if (live.size === 1 && live.has(outputs[0]!)) joints.add(outputs[0]!);
  });
  return joints;
}
