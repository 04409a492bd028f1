/**
 * How fast dreams are: `npm run bench [-- --json]`. Gradients of three networks at three sizes and whole frames as
 * pytorch-deepdream dreams them, in turns with PyTorch eager on networks of the same shapes where it is installed (Debian:
 * python3-torch); what a frame of a clip takes, part by part; memory and start-up. Medians; only ratios mean anything on
 * another machine. DREAMREEL_PYTHON names another Python.
 *
 * `npm run build && npm run bench -- --model FILE [--layer NAME]` measures one network instead: gradients, and whole pictures and
 * a zoom as processes beside PyTorch's, with the most memory of each, the parts of a frame, and the first frame of the demo.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { availableParallelism, cpus, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { openNetwork } from "../src/models/open.ts";
import type { Network } from "../src/network.ts";
import { createOrtEngine } from "../src/runtime/ort/engine.ts";
import { exportForTorch } from "./exported.ts";
import { frameParts, printParts } from "./frame-parts.ts";
import { googlenet, vgg16 } from "./networks.ts";
import { flowRoofline, productSpeed, rooflineOf } from "./roofline.ts";
import { type Bench, frameRow, gradientRow, type Row, timed } from "./rows.ts";
import { tfjsRows } from "./tfjs.ts";
import { startTorch } from "./torch-peer.ts";
import { firstFrame, type WholeRow, wholeRows } from "./whole.ts";

const { values } = parseArgs({
  options: { json: { type: "boolean" }, model: { type: "string" }, layer: { type: "string" } },
});
const sizes = ["224x224", "512x512", "960x540"] as const;

/** Everything about the networks of published shapes, and the parts of a frame. */
async function published(): Promise<object> {
  const bench: Bench = { engine: createOrtEngine("cpu"), torch: await startTorch() };
  const networks: readonly (readonly [string, string, Network])[] = [
    ["pocket", "creatures1", await openNetwork({ name: "pocket" })],
    ["googlenet", "inception_4c", googlenet()],
    ["vgg16", "relu4_2", vgg16()],
  ];
  const rows: Row[] = [];
  for (const [name, layer, network] of networks)
    for (const size of sizes) rows.push(await gradientRow(bench, name, layer, network, size));
  rows.push(await frameRow(bench, "pocket", "creatures1", networks[0]![2]));
  rows.push(await frameRow(bench, "googlenet", "inception_4c", networks[1]![2]));
  rows.push(await frameRow(bench, "vgg16", "relu4_3", networks[2]![2]));
  bench.torch?.close();
  const parts = await frameParts(bench.engine, networks[0]![2]);
  const tfjs = await tfjsRows(networks.slice(0, 2), (work) => timed(work, 3));
  await bench.engine.dispose();
  if (values.json) return { torch: versionOf(bench), rows, parts, tfjs };
  printRows(bench, rows);
  printParts(parts);
  if (tfjs.length > 0)
    console.log(
      `\n| gradient on TensorFlow.js | engine tfjs ms | its autograd ms | ratio |\n|---|---|---|---|`,
    );
  for (const { key, backend, ours, autograd } of tfjs)
    console.log(
      `| ${key.replaceAll(":", ", ")}, ${backend} | ${ours.toFixed(0)} | ${autograd.toFixed(0)} | ${(autograd / ours).toFixed(2)} × |`,
    );
  return {};
}

/** One network from a file: gradients, whole programs, the first frame. */
async function ofFile(file: string): Promise<object> {
  const network = await openNetwork({ file }, { onNotice: console.error });
  const layer = values.layer ?? Object.keys(network.defaults?.layers ?? {})[0] ?? "";
  const folder = await mkdtemp(join(tmpdir(), "dreamreel-bench-"));
  await exportForTorch(network, layer, folder);
  const bench: Bench = { engine: createOrtEngine("cpu"), torch: await startTorch(folder) };
  const rows: Row[] = [];
  for (const size of sizes.slice(1))
    rows.push(await gradientRow(bench, "exported", layer, network, size));
  const speed = await productSpeed(bench.engine);
  const rooflines = sizes.slice(1).map((size) => rooflineOf(network, layer, size, speed));
  bench.torch?.close();
  const parts = await frameParts(bench.engine, network, layer);
  const flow = await flowRoofline(bench.engine);
  await bench.engine.dispose();
  await rm(folder, { recursive: true });
  const whole = await wholeRows(file, network, layer, bench.torch !== undefined);
  const first = await firstFrame();
  if (values.json)
    return { torch: versionOf(bench), rows, speed, rooflines, parts, flow, whole, first };
  printRows(bench, rows);
  console.log(
    `\nA large matrix product runs at ${speed.toFixed(0)}·10⁹ operations a second. The least time of a gradient's products:`,
  );
  for (const { size, direct, used, ms } of rooflines)
    console.log(
      `${size}: ${direct.toFixed(1)}·10⁹ operations directly, ${used.toFixed(1)}·10⁹ as computed, ${ms.toFixed(0)} ms`,
    );
  printParts(parts);
  console.log(
    `\nThe flow moves ${flow.moved.toFixed(1)}·10⁹ bytes in ${flow.operations} operations, which takes at least ${flow.ms.toFixed(0)} ms at the ${flow.speed.toFixed(0)}·10⁹ bytes a second of an addition.`,
  );
  printWhole(whole);
  console.log(`\nFirst dreamed frame of the demo after ${first.toFixed(2)} s.`);
  return {};
}

function versionOf({ torch }: Bench): object | undefined {
  return torch && { version: torch.version, threads: torch.threads };
}

function printRows({ torch }: Bench, rows: readonly Row[]): void {
  const peer = torch
    ? `PyTorch ${torch.version} eager, ${torch.threads} threads`
    : "PyTorch is not installed";
  console.log(`${machine}; ${peer}\n`);
  console.log("| work | dreamreel ms | PyTorch ms | ratio |\n|---|---|---|---|");
  for (const { task, key, ms, torchMs, ratio } of rows) {
    const beside = ratio === undefined ? " | " : `${torchMs?.toFixed(0)} | ${ratio.toFixed(2)} ×`;
    console.log(`| ${task}: ${key.replaceAll(":", ", ")} | ${ms.toFixed(0)} | ${beside} |`);
  }
}

function printWhole(rows: readonly WholeRow[]): void {
  console.log(
    "\n| whole program | dreamreel s | PyTorch s | dreaming alone | ratio | dreamreel MB | PyTorch MB |\n|---|---|---|---|---|---|---|",
  );
  const number = (value: number | undefined, digits: number): string =>
    value === undefined ? "" : value.toFixed(digits);
  for (const { key, seconds, bytes, torchSeconds, torchDreaming, torchBytes } of rows) {
    const ratio = torchSeconds === undefined ? "" : `${(torchSeconds / seconds).toFixed(2)} ×`;
    const theirs = `${number(torchSeconds, 1)} | ${number(torchDreaming, 1)} | ${ratio}`;
    const memory = `${number(bytes / 1e6, 0)} | ${number(torchBytes && torchBytes / 1e6, 0)}`;
    console.log(`| ${key} | ${seconds.toFixed(1)} | ${theirs} | ${memory} |`);
  }
}

const machine = `${cpus()[0]?.model.trim()}, ${availableParallelism()} cores, Node ${process.version}`;
const found = values.model === undefined ? await published() : await ofFile(resolve(values.model));
if (values.json) console.log(JSON.stringify({ machine, ...found }, null, 2));
