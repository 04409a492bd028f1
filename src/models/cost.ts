import type { Graph, Node } from "../graph/graph.ts";

type Shapes = ReadonlyMap<string, readonly number[]>;

/** For each layer of `names`, the multiply-adds up to and including it, as a share of the whole network's. */
export function costShares(
  graph: Graph,
  names: readonly string[],
  shapes: Shapes,
): ReadonlyMap<string, number> {
  const makers = new Map(graph.nodes.flatMap((node) => node.outputs.map((name) => [name, node])));
  const whole = graph.nodes.reduce((sum, node) => sum + multiplyAdds(node, shapes), 0);
  // Layers are in order, so later layers mostly extend what earlier ones need.
  const needed = new Set<Node>();
  let cost = 0;
  const shares = new Map<string, number>();
  for (const name of names) {
    const own = new Set<Node>();
    const open = [name];
    while (open.length > 0) {
      const node = makers.get(open.pop()!);
      if (!node || own.has(node)) continue;
      own.add(node);
      open.push(...node.inputs);
    }
    const grows = [...needed].every((node) => own.has(node));
    const fresh = grows ? [...own].filter((node) => !needed.has(node)) : [...own];
    const added = fresh.reduce((sum, node) => sum + multiplyAdds(node, shapes), 0);
    shares.set(name, ((grows ? cost : 0) + added) / Math.max(1, whole));
    if (!grows) continue;
    cost += added;
    for (const node of fresh) needed.add(node);
  }
  return shares;
}

function multiplyAdds({ op, inputs, outputs, attributes }: Node, shapes: Shapes): number {
  const out = count(shapes.get(outputs[0]!));
  const weights = shapes.get(inputs[1] ?? "");
  switch (op) {
    case "Conv":
      return out * count(weights?.slice(1));
    case "ConvTranspose":
      return count(shapes.get(inputs[0]!)) * count(weights?.slice(1));
    case "Gemm":
      return out * (shapes.get(inputs[0]!)?.at(attributes.transA === 1 ? 0 : 1) ?? 0);
    case "MatMul":
      return out * (shapes.get(inputs[0]!)?.at(-1) ?? 0);
    default:
      return 0;
  }
}

function count(dims: readonly number[] | undefined): number {
  return dims?.reduce((a, b) => a * b, 1) ?? 0;
}
