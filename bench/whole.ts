/** Whole programs beside PyTorch: pictures and a zoom of one network, each as a process of its own, in turns; the first frame. */
import { execFile, spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { stringify } from "yaml";
import { writeImage } from "../src/image/image.ts";
import { fractalNoise } from "../src/image/noise.ts";
import type { Network } from "../src/network.ts";
import { exportForTorch } from "./exported.ts";
import { python } from "./torch-peer.ts";

export const run = promisify(execFile);
export const program = fileURLToPath(new URL("../dist/cli/main.js", import.meta.url));
const reportPeak = new URL("report-peak.js", import.meta.url).href;
const peer = fileURLToPath(new URL("peers/torch_dream.py", import.meta.url));

/** A picture or a zoom by both programs. */
interface Work {
  readonly name: string;
  readonly size: readonly [number, number];
  readonly octaves: number;
  readonly iterations: readonly number[];
  readonly frames: number;
  readonly turns: number;
}

const works: readonly Work[] = [
  { name: "picture", size: [512, 288], octaves: 4, iterations: [10], frames: 1, turns: 3 },
  { name: "picture", size: [1024, 575], octaves: 4, iterations: [10], frames: 1, turns: 2 },
  {
    name: "zoom of 12 frames",
    size: [480, 270],
    octaves: 3,
    iterations: [2, 2, 1],
    frames: 12,
    turns: 2,
  },
];

export interface WholeRow {
  readonly key: string;
  /** Of the process, from its start to its end. */
  readonly seconds: number;
  readonly bytes: number;
  readonly torchSeconds?: number;
  /** Without PyTorch's start. */
  readonly torchDreaming?: number;
  readonly torchBytes?: number;
}

/** Times `works` on `layer` of the network in `file`. PyTorch takes part where `hasTorch`. */
export async function wholeRows(
  file: string,
  network: Network,
  layer: string,
  hasTorch: boolean,
): Promise<WholeRow[]> {
  const folder = await mkdtemp(join(tmpdir(), "dreamreel-bench-"));
  try {
    if (hasTorch) await exportForTorch(network, layer, folder);
    const rows: WholeRow[] = [];
    for (const work of works) rows.push(await row(work, file, layer, folder, hasTorch));
    return rows;
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function row(
  work: Work,
  file: string,
  layer: string,
  folder: string,
  hasTorch: boolean,
): Promise<WholeRow> {
  const { name, size, turns } = work;
  const [width, height] = size;
  const picture = fractalNoise({ seed: 1, scale: 4, width, height });
  const png = join(folder, "picture.png");
  await writeImage(picture, png);
  await writeFile(join(folder, "picture.bin"), new Uint8Array(picture.data.buffer));
  const scene = join(folder, "scene.yaml");
  await writeFile(scene, stringify(sceneOf(work, file, layer, png)));
  const own: { seconds: number; bytes: number }[] = [];
  const theirs: TorchDream[] = [];
  for (let turn = 0; turn < turns; turn++) {
    // Frames that were rendered before would be taken from the cache beside them.
    const output = join(folder, `${name}-${width}-${turn}`, "frames/");
    const node = ["--import", reportPeak, program, "render", scene, "--engine", "cpu", "--quiet"];
    const started = performance.now();
    const { stderr } = await run(process.execPath, [...node, "--output", output, "--force"]);
    const seconds = (performance.now() - started) / 1000;
    own.push({ seconds, bytes: Number(stderr.match(/peak (\d+)/)?.[1]) });
    if (!hasTorch) continue;
    theirs.push(await torchDream(folder, join(folder, "picture.bin"), work));
  }
  const key = `${name}, ${width}x${height}`;
  const ours = { key, seconds: middle(own, "seconds"), bytes: middle(own, "bytes") };
  if (!hasTorch) return ours;
  return {
    ...ours,
    torchSeconds: middle(theirs, "seconds"),
    torchDreaming: middle(theirs, "dreaming"),
    torchBytes: middle(theirs, "bytes"),
  };
}

export interface TorchDream {
  /** Of the process, from its start to its end. */
  readonly seconds: number;
  /** Without PyTorch's start. */
  readonly dreaming: number;
  readonly bytes: number;
}

/** What `peers/torch_dream.py` makes of the pictures in `data`, as a process; `kind` is a clip, else a picture or a zoom. */
export async function torchDream(
  folder: string,
  data: string,
  { size, octaves, iterations, frames }: Pick<Work, "size" | "octaves" | "iterations" | "frames">,
  kind?: "clip",
): Promise<TorchDream> {
  const args = [
    peer,
    folder,
    data,
    size.join("x"),
    `${octaves}`,
    iterations.join(","),
    `${frames}`,
  ];
  const started = performance.now();
  const { stdout } = await run(python, kind ? [...args, kind] : args);
  const seconds = (performance.now() - started) / 1000;
  const told = JSON.parse(stdout) as { seconds: number; bytes: number };
  return { seconds, dreaming: told.seconds, bytes: told.bytes };
}

/** What both programs do, as a scene. */
function sceneOf(
  { octaves, iterations, frames }: Work,
  file: string,
  layer: string,
  image: string,
): object {
  const steps = iterations.length === 1 ? iterations[0] : iterations;
  return {
    output: { fps: 24 },
    source: { image },
    duration: `${frames}f`,
    model: file,
    dream: { preset: "google", layers: { [layer]: 1 }, octaves, iterations: steps },
    motion: { zoom: 1.5 },
    feedback: { amount: 1 },
  };
}

/** Seconds from the start of the program to the first dreamed frame of `scenes/infinite-zoom.yaml`: the median of three. */
export async function firstFrame(): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), "dreamreel-bench-"));
  const demo = fileURLToPath(new URL("../scenes/infinite-zoom.yaml", import.meta.url));
  const args = [program, "render", demo, "--frames", "0..3", "--json"];
  const times: { seconds: number }[] = [];
  for (let i = 0; i < 3; i++) {
    const started = performance.now();
    const child = spawn(process.execPath, [...args, "-o", join(folder, `${i}/`)], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    let seconds: number | undefined;
    for await (const text of child.stderr)
      if (`${text}`.includes('"progress"')) seconds ??= (performance.now() - started) / 1000;
    times.push({ seconds: seconds ?? Number.NaN });
  }
  await rm(folder, { recursive: true });
  return middle(times, "seconds");
}

function middle<K extends string>(rows: readonly Readonly<Record<K, number>>[], key: K): number {
  return rows.map((row) => row[key]).sort((a, b) => a - b)[rows.length >> 1]!;
}
