/**
 * Layer names that published tools and recipes use for well-known networks, found by structure: names are assigned
 * only if the whole network matches.
 */
import type { Graph, Node } from "../graph/graph.ts";

type Shapes = ReadonlyMap<string, readonly number[]>;

/** Published name → value of the graph. */
export function peerNames(graph: Graph, shapes: Shapes): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  const add = (name: string, value: string): void => {
    if (!shapes.has(name) && !names.has(name)) names.set(name, value);
  };
  // Only feature maps, from the first convolution that is not preprocessing.
  const start = graph.nodes.findIndex(
    ({ op, inputs }) => op === "Conv" && (shapes.get(inputs[1]!)?.at(-1) ?? 1) > 1,
  );
  const body = graph.nodes
    .slice(start)
    .filter(({ outputs }) => shapes.get(outputs[0]!)?.length === 4);
  for (const find of [googlenet, inceptionV3, vgg, resnet])
    for (const [name, value] of find(body, shapes)) add(name, value);
  // Caffe2's exporter numbers Caffe's values: inception_4c/output_1 is Caffe's inception_4c/output.
  for (const { outputs } of body) {
    const caffe = /^(\w+\/\w+)_1$/.exec(outputs[0]!)?.[1];
    if (caffe) add(caffe, outputs[0]!);
  }
  return names;
}

type Found = readonly (readonly [string, string])[];
type Finder = (nodes: readonly Node[], shapes: Shapes) => Found;

function joins(nodes: readonly Node[], atLeast: number): Node[] {
  return nodes.filter(({ op, inputs }) => op === "Concat" && inputs.length >= atLeast);
}

/** Nine modules with four branches each; google/deepdream, lucid and torchvision use different names. */
const googlenet: Finder = (nodes) => {
  const modules = joins(nodes, 4);
  const blocks = ["3a", "3b", "4a", "4b", "4c", "4d", "4e", "5a", "5b"];
  if (modules.length !== blocks.length || joins(nodes, 2).length !== blocks.length) return [];
  return blocks.flatMap((block, i) =>
    [`inception_${block}/output`, `mixed${block}`, `inception${block}`].map(
      (name) => [name, modules[i]!.outputs[0]!] as const,
    ),
  );
};

/** Eleven modules, two of them with three branches; Keras numbers them, torchvision letters them. */
const inceptionV3: Finder = (nodes) => {
  const modules = joins(nodes, 3);
  const branches = modules.map(({ inputs }) => inputs.length).join("");
  if (!/^444344443(44|66)$/.test(branches) || modules.length !== 11) return [];
  const letters = ["5b", "5c", "5d", "6a", "6b", "6c", "6d", "6e", "7a", "7b", "7c"];
  return letters.flatMap((letter, i) => {
    const value = modules[i]!.outputs[0]!;
    return [
      [`mixed${i}`, value],
      [`Mixed_${letter}`, value],
    ] as const;
  });
};

/** Relus of every block per VGG network. */
const vggBlocks = new Set(["1 1 2 2 2", "2 2 2 2 2", "2 2 3 3 3", "2 2 4 4 4"]);

/** Five blocks in sequence, each followed by a pool: relu4_3 is the third Relu of the fourth block. */
const vgg: Finder = (nodes) => {
  if (nodes.some(({ op }) => op === "Concat" || op === "Add" || op === "Sum")) return [];
  const blocks: (readonly [string, string])[][] = [[]];
  for (const { op, outputs } of nodes) {
    if (blocks.length > 5) break;
    if (op === "Relu") {
      const block = blocks.at(-1)!;
      block.push([`relu${blocks.length}_${block.length + 1}`, outputs[0]!]);
    } else if (op === "MaxPool") blocks.push([]);
  }
  const five = blocks.slice(0, 5);
  return vggBlocks.has(five.map((block) => block.length).join(" ")) ? five.flat() : [];
};

/** Residual blocks per stage of ResNet-18 and 34, 50, 101, 152. */
const resnetStages = new Set(["2 2 2 2", "3 4 6 3", "3 4 23 3", "3 8 36 3"]);

/** The four stages of a ResNet, each at the Relu after its last addition. */
const resnet: Finder = (nodes, shapes) => {
  const sums = nodes.filter(({ op }) => op === "Add" || op === "Sum");
  const widths = sums.map(({ outputs }) => shapes.get(outputs[0]!)!.at(-1)!);
  const stages = [...new Set(widths)].map((width) => sums.filter((_, i) => widths[i] === width));
  if (!resnetStages.has(stages.map((stage) => stage.length).join(" "))) return [];
  const ends = stages.map((stage) => {
    const value = stage.at(-1)!.outputs[0]!;
    return nodes.find(({ op, inputs }) => op === "Relu" && inputs[0] === value)?.outputs[0];
  });
  return ends.flatMap((value, i) =>
    value === undefined ? [] : [[`layer${i + 1}`, value] as const],
  );
};
