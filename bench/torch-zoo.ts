/**
 * Compares our gradients with PyTorch's: exports torchvision's architectures with seeded random weights, and compares loss
 * and image gradient at an early, a middle and a late layer and at the class scores.
 *
 *   npx tsx bench/torch-zoo.ts [ARCHITECTURE …] > docs/networks-tested.md
 *
 * Needs Debian's python3-torch and python3-torchvision; DREAMREEL_PYTHON names another Python.
 */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { type LoadedNetwork, loadNetwork } from "../src/index.ts";

/** Architecture, operator set, and size in px, which is small if the architecture allows it, to reduce kinks. */
const zoo: readonly (readonly [string, number, number])[] = [
  ["alexnet", 9, 224],
  ["squeezenet1_0", 7, 96],
  ["squeezenet1_1", 9, 96],
  ["vgg16", 9, 224],
  ["googlenet", 11, 96],
  ["inception_v3", 13, 107],
  ["resnet18", 7, 96],
  ["resnet50", 13, 64],
  ["resnext50_32x4d", 13, 64],
  ["wide_resnet50_2", 13, 64],
  ["densenet121", 11, 64],
  ["mobilenet_v2", 10, 96],
  ["mobilenet_v3_small", 13, 96],
  ["mobilenet_v3_large", 16, 96],
  ["shufflenet_v2_x1_0", 11, 96],
  ["mnasnet1_0", 13, 96],
  ["efficientnet_b0", 13, 96],
  ["efficientnet_v2_s", 15, 96],
  ["regnet_x_400mf", 13, 96],
  ["regnet_y_400mf", 13, 96],
  ["convnext_tiny", 14, 96],
  ["convnext_tiny", 16, 96],
];
const targets = ["early", "middle", "late", "scores"] as const;
const preprocess = {
  channels: "RGB",
  scale: "0..1",
  mean: [0.485, 0.456, 0.406],
  std: [0.229, 0.224, 0.225],
} as const;
const script = join(import.meta.dirname, "peers/torch_zoo.py");
const python = process.env.DREAMREEL_PYTHON ?? "/usr/bin/python3";

async function readFloats(file: string): Promise<Float32Array> {
  const bytes = await readFile(file);
  return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
}

/** ‖a − b‖ / ‖b‖. */
function relativeError(a: Float32Array, b: Float32Array): number {
  let [difference, size] = [0, 0];
  for (let i = 0; i < b.length; i++) {
    difference += (a[i]! - b[i]!) ** 2;
    size += b[i]! ** 2;
  }
  return Math.sqrt(difference / size);
}

interface Answers {
  readonly losses: Readonly<Record<string, readonly number[]>>;
  /** Errors of PyTorch's single precision. */
  readonly own: Readonly<Record<string, readonly number[]>>;
}

interface Comparison {
  readonly loss: number;
  readonly gradient: number;
  readonly theirs: number;
}

/** Error at one target: the minimum over all pictures, because kinks differ between pictures and a wrong rule does not. */
async function compare(
  net: LoadedNetwork,
  folder: string,
  size: number,
  target: string,
  { losses, own }: Answers,
): Promise<Comparison> {
  const objective = target === "scores" ? { classes: { 0: 1 } } : { layers: { [target]: 1 } };
  const errors: Comparison[] = [];
  for (const [n, loss] of losses[target]!.entries()) {
    const data = await readFloats(join(folder, `frame${n}.bin`));
    const ours = await net.gradient({ data, height: size, width: size }, objective);
    const exact = await readFloats(join(folder, `${target}${n}.bin`));
    errors.push({
      loss: Math.abs(ours.loss / loss - 1),
      gradient: relativeError(ours.gradient, exact),
      theirs: own[target]![n]!,
    });
  }
  const min = (key: keyof Comparison): number => Math.min(...errors.map((error) => error[key]));
  return { loss: min("loss"), gradient: min("gradient"), theirs: min("theirs") };
}

const wanted = process.argv.slice(2);
const rows = wanted.length > 0 ? zoo.filter(([name]) => wanted.includes(name)) : zoo;
const folder = await mkdtemp(join(tmpdir(), "dreamreel-zoo-"));
let worst = 0;
console.log(`# Networks tested

The table shows the relative error of dreamreel's image gradient against PyTorch's autograd in double precision (L2 norm of the
difference over the norm), and in brackets that of PyTorch in single precision. The networks are torchvision's architectures with seeded
random weights, exported at the operator set named. Single precision is wrong where a unit is a rounding error away from
the kink of a ReLU or a tie of a pool: one such unit in a million causes an error of 1e-3, in both programs. Each
figure is therefore the smallest of up to 16 pictures; a wrong rule would be wrong in all of them. Made by
\`npx tsx bench/torch-zoo.ts\`.

| architecture | opset | early | middle | late | class score | largest error of a loss |
|---|---|---|---|---|---|---|`);
for (const [name, opset, size] of rows) {
  try {
    const { stdout } = await execa(python, [
      ...[script, name, folder, "--opset", `${opset}`, "--size", `${size}`],
      ...["--frames", size > 200 ? "4" : "16"],
    ]);
    const answers: Answers = JSON.parse(stdout.trim().split("\n").at(-1)!);
    const net = await loadNetwork(join(folder, "net.onnx"), { engine: "cpu", preprocess });
    const cells: string[] = [];
    let loss = 0;
    for (const target of targets) {
      const error = await compare(net, folder, size, target, answers);
      worst = Math.max(worst, error.gradient);
      loss = Math.max(loss, error.loss);
      cells.push(`${error.gradient.toExponential(1)} (${error.theirs.toExponential(1)})`);
    }
    await net.dispose();
    console.log(`| ${name} | ${opset} | ${cells.join(" | ")} | ${loss.toExponential(1)} |`);
  } catch (error) {
    worst = Number.POSITIVE_INFINITY;
    const text = error instanceof Error ? error.message.split("\n").slice(-3).join(" ") : error;
    console.log(`| ${name} | ${opset} | failed: ${text} |`);
  }
}
await rm(folder, { recursive: true });
console.log(`\nLargest error of a gradient: ${worst.toExponential(1)}.`);
process.exitCode = worst < 1e-4 ? 0 : 1;
