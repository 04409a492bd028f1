import { distance } from "fastest-levenshtein";
import { DreamError } from "../errors.ts";
import type { Graph, Node } from "./graph.ts";

/**
 * The part of `graph` that computes the values `names`, which become its outputs. Throws `MODEL_INVALID` for a name
 * that no node produces.
 */
export function cutAt(graph: Graph, names: readonly string[]): Graph {
  const makers = new Map(
    graph.nodes.flatMap((node) => node.outputs.map((name): [string, Node] => [name, node])),
  );
  for (const name of names) {
    if (makers.has(name)) continue;
    const nearest = [...makers.keys()]
      .sort((a, b) => distance(name, a) - distance(name, b))
      .slice(0, 5);
    throw new DreamError("MODEL_INVALID", `the network has no value "${name}"`, {
      hint: `Nearest: ${nearest.join(", ")}.`,
    });
  }
  const needed = new Set<Node>();
  const used = new Set<string>();
  const open = [...names];
  while (open.length > 0) {
    const name = open.pop()!;
    used.add(name);
    const node = makers.get(name);
    if (!node || needed.has(node)) continue;
    needed.add(node);
    open.push(...node.inputs);
  }
  return {
    ...graph,
    nodes: graph.nodes.filter((node) => needed.has(node)),
    initializers: new Map([...graph.initializers].filter(([name]) => used.has(name))),
    outputs: names.map(
      (name) =>
        graph.outputs.find((value) => value.name === name) ?? { name, type: "float32", dims: [] },
    ),
  };
}
