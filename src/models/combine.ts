import { GraphBuilder } from "../graph/builder.ts";
import type { Graph, Node, Tensor } from "../graph/graph.ts";
import { memberName, type Network } from "../network.ts";

/**
 * One network out of several, which all see the same picture. The names of values, layers and aliases begin with those of
 * their networks in the scene, such as `a/motifs3`. Defaults are those of the first; the default layers are those of all.
 * It has no class scores of its own: `parts` have.
 */
export function combineNetworks(parts: ReadonlyMap<string, Network>): Network {
  const all = [...parts];
  const first = all[0]![1];
  // With a space, which no name of a network has.
  const input = "shared picture";
  const layers = Object.fromEntries(
    all.flatMap(([name, { defaults }]) =>
      Object.entries(defaults?.layers ?? {}).map(([layer, weight]) => [
        memberName(name, layer),
        weight,
      ]),
    ),
  );
  return {
    name: all.map(([name, network]) => `${name}: ${network.name}`).join(", "),
    sha256: all.map(([name, { sha256 }]) => `${name} ${sha256}`).join(", "),
    preprocess: all.map(([name, { preprocess }]) => `${name} ${preprocess}`).join(", "),
    graph: combineGraphs(all, input),
    input,
    layers: all.flatMap(([name, network]) =>
      network.layers.map(({ aliases, ...layer }) => ({
        ...layer,
        name: memberName(name, layer.name),
        ...(aliases ? { aliases: aliases.map((alias) => memberName(name, alias)) } : {}),
      })),
    ),
    aliases: new Map(
      all.flatMap(([name, { aliases }]) =>
        [...aliases].map(([alias, value]): [string, string] => [
          memberName(name, alias),
          memberName(name, value),
        ]),
      ),
    ),
    nativeSize: Math.max(...all.map(([, { nativeSize }]) => nativeSize)),
    labels: [],
    parts,
    defaults: { ...first.defaults, layers },
  };
}

function combineGraphs(parts: readonly (readonly [string, Network])[], input: string): Graph {
  const b = new GraphBuilder(undefined, Math.max(...parts.map(([, { graph }]) => graph.opset)));
  const initializers = new Map<string, Tensor>();
  b.input(input, [1, 3, "height", "width"]);
  for (const [name, network] of parts) {
    const own = (value: string): string => (value === "" ? "" : memberName(name, value));
    b.opNamed("Identity", [input], {}, own(network.input));
    for (const [value, tensor] of network.graph.initializers) initializers.set(own(value), tensor);
    for (const node of network.graph.nodes) b.node(renamed(node, own));
  }
  return { ...b.build(), initializers };
}

function renamed(node: Node, own: (value: string) => string): Node {
  return {
    ...node,
    name: own(node.name),
    inputs: node.inputs.map(own),
    outputs: node.outputs.map(own),
  };
}
