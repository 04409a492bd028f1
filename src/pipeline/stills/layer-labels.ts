import type { Layer } from "../../network.ts";

/**
 * Short labels for layers: the model card's name, else the published alias, else the network's own without exporter
 * prefixes. `/model/layer1/layer1.0/relu/Relu_output_0` becomes `layer1.0/relu/Relu`.
 */
export function layerLabels(layers: readonly Layer[]): string[] {
  const paths = layers.map(({ name }) => pathOf(name));
  // Drop the prefix that all names share.
  while (paths.every((path) => path.length > 1 && path[0] === paths[0]![0]))
    for (const path of paths) path.shift();
  const brief = paths.map((path) => path.join("/"));
  const labels = new Set(brief).size === brief.length ? brief : layers.map(({ name }) => name);
  return layers.map(({ name, about, aliases }, i) =>
    about === undefined ? (aliases?.[0] ?? labels[i]!) : name,
  );
}

/** Parts of a name; PyTorch repeats a parent's name in each of its children. */
function pathOf(name: string): string[] {
  const parts = name.replace(/_output_\d+$/, "").split("/");
  return parts.filter((part, i) => part !== "" && !parts[i + 1]?.startsWith(`${part}.`));
}
