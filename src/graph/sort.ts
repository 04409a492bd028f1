import { DreamError } from "../errors.ts";
import type { Node } from "./graph.ts";

/**
 * Nodes in execution order: every value is produced before it is used; otherwise the given order stays. Throws
 * `MODEL_INVALID` if a value depends on itself.
 */
export function sortNodes(nodes: readonly Node[]): Node[] {
  const makers = new Map(
    nodes.flatMap((node) => node.outputs.map((name): [string, Node] => [name, node])),
  );
  const done = new Set<Node>();
  const begun = new Set<Node>();
  const sorted: Node[] = [];
  for (const root of nodes) {
    // Depth first with an explicit stack: networks can be deeper than the call stack.
    const stack: { node: Node; next: number }[] = [{ node: root, next: 0 }];
    while (stack.length > 0) {
      const top = stack.at(-1)!;
      const name = done.has(top.node) ? undefined : top.node.inputs[top.next++];
      if (name !== undefined) {
        const maker = makers.get(name);
        if (!maker || done.has(maker)) continue;
        if (begun.has(maker) || maker === root) {
          throw new DreamError("MODEL_INVALID", `the value "${name}" depends on itself`);
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
