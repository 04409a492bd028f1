import type { Node } from "./graph.ts";

/** Nodes in an order in which every value is made before it is used; otherwise as given. */
export function sortNodes(nodes: readonly Node[]): Node[] {
  const makers = new Map(
    nodes.flatMap((node) => node.outputs.map((name): [string, Node] => [name, node])),
  );
  const done = new Set<Node>();
  const sorted: Node[] = [];
  for (const root of nodes) {
    // Depth first with a stack of our own: networks are deeper than the call stack may be.
    const stack: { node: Node; next: number }[] = [{ node: root, next: 0 }];
    while (stack.length > 0) {
      const top = stack.at(-1)!;
      const name = done.has(top.node) ? undefined : top.node.inputs[top.next++];
      if (name !== undefined) {
        const maker = makers.get(name);
        if (maker && !done.has(maker)) stack.push({ node: maker, next: 0 });
        continue;
      }
      stack.pop();
      if (!done.has(top.node)) sorted.push(top.node);
      done.add(top.node);
    }
  }
  return sorted;
}
