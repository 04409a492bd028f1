/**
 * Frames a minute of a zoom and a clip of 640×360 with `feedback.every` 1, 2 and 4, as processes from start to end, beside
 * `peers/torch_dream.py`, which dreams every frame with the same steps as pytorch-deepdream does in a zoom and DeepDreamAnim over
 * a clip. `npm run build && npx tsx bench/films.ts FILE LAYER [FRAMES]`. Without PyTorch its columns are empty.
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { stringify } from "yaml";
import { messageOf } from "../src/errors.ts";
import type { Frame } from "../src/frame.ts";
import { writeImage } from "../src/image/image.ts";
import { fractalNoise } from "../src/image/noise.ts";
import { openNetwork } from "../src/models/open.ts";
import { openSource } from "../src/video/source.ts";
import { ffmpeg } from "../test/helpers/media.ts";
import { exportForTorch } from "./exported.ts";
import { program, run, torchDream } from "./whole.ts";

const [width, height, octaves, iterations] = [640, 360, 3, [2, 2, 1]];

const [, , named, layer, count = "24"] = process.argv;
if (named === undefined || layer === undefined)
  throw new Error("usage: npx tsx bench/films.ts FILE LAYER [FRAMES]");
const file = resolve(named);
const frames = Number(count);
const folder = await mkdtemp(join(tmpdir(), "dreamreel-bench-"));

/** What both programs make a film of: as the scene's source, and the pictures for PyTorch. */
interface Film {
  readonly kind: "zoom" | "clip";
  readonly scene: object;
  readonly pictures: readonly Frame[];
}

async function zoom(): Promise<Film> {
  const picture = fractalNoise({ seed: 1, scale: 4, width, height });
  const image = join(folder, "picture.png");
  await writeImage(picture, image);
  const scene = { source: { image }, motion: { zoom: 1.5 }, feedback: { amount: 1 } };
  return { kind: "zoom", scene, pictures: [picture] };
}

async function clip(): Promise<Film> {
  const video = join(folder, "clip.mp4");
  const sec = String(frames / 24 + 1);
  await ffmpeg("-f", "lavfi", "-i", "mandelbrot=size=640x360:rate=24", "-t", sec, video);
  const source = await openSource({ type: "video", file: video, audio: "drop" });
  const pictures: Frame[] = [];
  while (pictures.length < frames) pictures.push((await source.next())!);
  await source.close();
  return { kind: "clip", scene: { source: { video } }, pictures };
}

/** Frames a minute. */
async function ours({ kind, scene }: Film, every: number): Promise<number> {
  const yaml = join(folder, `${kind}-${every}.yaml`);
  const dream = { preset: "google", layers: { [layer!]: 1 }, octaves, iterations };
  const common = { output: { fps: 24 }, duration: `${frames}f`, model: file, dream };
  await writeFile(yaml, stringify({ ...common, ...scene }));
  const output = join(folder, `${kind}-${every}`, "frames/");
  const set = ["--set", `feedback.every=${every}`];
  const started = performance.now();
  await run(process.execPath, [program, "render", yaml, "--quiet", "-o", output, ...set]);
  return (60_000 * frames) / (performance.now() - started);
}

/** Frames a minute of PyTorch. */
async function torch({ kind, pictures }: Film): Promise<number | undefined> {
  const data = join(folder, "pictures.bin");
  await writeFile(data, Buffer.concat(pictures.map((frame) => new Uint8Array(frame.data.buffer))));
  const work = { size: [width, height], octaves, iterations, frames } as const;
  try {
    const { seconds } = await torchDream(folder, data, work, kind === "clip" ? kind : undefined);
    return (60 * frames) / seconds;
  } catch (error) {
    console.error(`PyTorch takes no part: ${messageOf(error)}`);
    return undefined;
  }
}

try {
  await exportForTorch(await openNetwork({ file }, { onNotice: console.error }), layer, folder);
  console.log("| film | `every` | frames a minute | PyTorch | ratio |\n|---|---|---|---|---|");
  for (const film of [await zoom(), await clip()]) {
    const theirs = await torch(film);
    for (const every of [1, 2, 4]) {
      const found = await ours(film, every);
      const beside = theirs && `${theirs.toFixed(0)} | ${(found / theirs).toFixed(2)} ×`;
      console.log(`| ${film.kind} | ${every} | ${found.toFixed(0)} | ${beside ?? " | "} |`);
    }
  }
} finally {
  await rm(folder, { recursive: true });
}
