/**
 * Are our gradients PyTorch's? Exports torchvision's architectures with seeded random weights and compares
 * loss and image gradient at an early, a middle and a late layer and at the class scores.
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

/** Architecture, operator set, native size. */
const zoo: readonly (readonly [string, number, number])[] = [
  ["alexnet", 9, 224],
  ["squeezenet1_1", 9, 224],
  ["vgg16", 9, 224],
  ["vgg19_bn", 13, 224],
  ["googlenet", 11, 224],
  ["inception_v3", 13, 299],
  ["resnet18", 9, 224],
  ["resnet50", 13, 224],
  ["resnext50_32x4d", 13, 224],
  ["wide_resnet50_2", 13, 224],
  ["densenet121", 11, 224],
  ["mobilenet_v2", 10, 224],
  ["mobilenet_v3_small", 13, 224],
  ["mobilenet_v3_large", 16, 224],
  ["shufflenet_v2_x1_0", 11, 224],
  ["mnasnet1_0", 13, 224],
  ["efficientnet_b0", 13, 224],
  ["efficientnet_v2_s", 15, 224],
  ["regnet_x_400mf", 13, 224],
  ["regnet_y_400mf", 13, 224],
  ["convnext_tiny", 14, 224],
  ["convnext_tiny", 16, 224],
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

async function compare(
  net: LoadedNetwork,
  folder: string,
  size: number,
  losses: Readonly<Record<string, number>>,
): Promise<{ loss: number; gradient: number }[]> {
  const frame = { data: await readFloats(join(folder, "frame.bin")), height: size, width: size };
  const errors: { loss: number; gradient: number }[] = [];
  for (const target of targets) {
    const objective = target === "scores" ? { classes: { 0: 1 } } : { layers: { [target]: 1 } };
    const ours = await net.gradient(objective, frame);
    const theirs = await readFloats(join(folder, `${target}.bin`));
    errors.push({
      loss: Math.abs(ours.loss / losses[target]! - 1),
      gradient: relativeError(ours.gradient, theirs),
    });
  }
  return errors;
}

const wanted = process.argv.slice(2);
const rows = wanted.length > 0 ? zoo.filter(([name]) => wanted.includes(name)) : zoo;
const folder = await mkdtemp(join(tmpdir(), "dreamreel-zoo-"));
let worst = 0;
console.log(`# Networks tested

Relative error of dreamreel's image gradient against PyTorch's autograd in double precision (L2 norm of the difference
over the norm), for torchvision's architectures with seeded random weights, exported at the operator set named; in
brackets the error of PyTorch's own single precision. Both are in single precision, and both miss where a unit lies a
rounding error away from the kink of a ReLU or a tie of a pool: an error of 1e-3 means that one unit in a million
fell on the other side. Made by \`npx tsx bench/torch-zoo.ts\`.

| architecture | opset | early | middle | late | class score | largest error of a loss |
|---|---|---|---|---|---|---|`);
for (const [name, opset, size] of rows) {
  try {
    const { stdout } = await execa(python, [
      ...[script, name, folder, "--opset", `${opset}`, "--size", `${size}`],
    ]);
    const { losses, own } = JSON.parse(stdout.trim().split("\n").at(-1)!);
    const net = await loadNetwork(join(folder, "net.onnx"), { engine: "cpu", preprocess });
    const errors = await compare(net, folder, size, losses);
    await net.dispose();
    const cells = errors.map(({ gradient }, i) => {
      const theirs: number = own[targets[i]!];
      worst = Math.max(worst, gradient / Math.max(1e-4, theirs));
      return `${gradient.toExponential(1)} (${theirs.toExponential(1)})`;
    });
    const loss = Math.max(...errors.map((error) => error.loss)).toExponential(1);
    console.log(`| ${name} | ${opset} | ${cells.join(" | ")} | ${loss} |`);
  } catch (error) {
    worst = Number.POSITIVE_INFINITY;
    const text = error instanceof Error ? error.message.split("\n").slice(-3).join(" ") : error;
    console.log(`| ${name} | ${opset} | failed: ${text} |`);
  }
}
await rm(folder, { recursive: true });
console.log(
  `\nThe largest error is ${worst.toFixed(2)} times what is allowed: 1e-4, or PyTorch's own where that is larger.`,
);
process.exitCode = worst < 2 ? 0 : 1;
