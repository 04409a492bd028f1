import { DreamError } from "../errors.ts";
import type { Node } from "./graph.ts";

/**
 * Nodes in an order in which every value is made before it is used; otherwise as given.
 * Throws `MODEL_INVALID` where a value is made from itself.
 */
export function sortNodes(nodes: readonly Node[]): Node[] {
  const makers = new Map(
    nodes.flatMap((node) => node.outputs.map((name): [string, Node] => [name, node])),
  );
  const done = new Set<Node>();
  const begun = new Set<Node>();
  const sorted: Node[] = [];
  for (const root of nodes) {
    // Depth first with a stack of our own: networks are deeper than the call stack may be.
    const stack: { node: Node; next: number }[] = [{ node: root, next: 0 }];
    while (stack.length > 0) {
      const top = stack.at(-1)!;
      const name = done.has(top.node) ? undefined : top.node.inputs[top.next++];
      if (name !== undefined) {
        const maker = makers.get(name);
        if (!maker || done.has(maker)) continue;
        if (begun.has(maker) || maker === root) {
          throw new DreamError("MODEL_INVALID", `the value "${name}" is made from itself`);
        }
        begun.add(maker);
        stack.push({ node: maker, next: 0 });
        continue;
      }
      stack.pop();
      if (!done.has(top.node)) sorted.push(top.node);
      done.add(top.node);
    }
  }
  return sorted;
}
