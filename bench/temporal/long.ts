/**
 * Measures whether long feedback loops stay stable: npx tsx bench/temporal/long.ts [SECONDS] [SHEET_FOLDER/]
 * Renders the scene infinite-zoom for 42 s (1,008 frames) with each motion, and compares its last second with its third.
 */
import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Frame } from "../../src/frame.ts";
import { writeImage } from "../../src/image/image.ts";
import { renderScene } from "../../src/pipeline/render/render.ts";
import { parseScene } from "../../src/scene/parse.ts";
import { openSource } from "../../src/video/source.ts";
import { borderSharpness, gridStrength, lightStatistics } from "./measures.ts";

const [seconds = "42", sheets] = process.argv.slice(2);
const motions: Readonly<Record<string, readonly string[]>> = {
  "zoom in, rotate (the scene)": [],
  "zoom out": ["motion.zoom=0.75", "motion.rotate=0"],
  rotate: ["motion.zoom=1", "motion.rotate=20"],
  pan: ["motion.zoom=1", "motion.rotate=0", "motion.pan=[0.1, 0.03]"],
};

const path = new URL("../../scenes/infinite-zoom.yaml", import.meta.url).pathname;
const text = await readFile(path, "utf8");
const folder = await mkdtemp(join(tmpdir(), "dreamreel-long-"));
console.log(
  "| motion | mean | spread | sharpness | border / inside, then and now | grid, then and now |",
);
console.log("|---|---|---|---|---|---|");
try {
  for (const [name, set] of Object.entries(motions)) {
    const file = join(folder, `${name.replaceAll(/\W+/g, "-")}.mp4`);
    const scene = parseScene(text, {
      path,
      set: [`duration=${seconds}s`, "output.size=320x180", "output.quality=8", ...set],
    });
    await renderScene(scene, { output: file });
    const measured = await measure(file);
    const [then, now] = [measured[2]!, measured.at(-1)!];
    const change = [0, 1, 2].map((i) => `${(100 * (now[i]! / then[i]! - 1)).toFixed(1)} %`);
    const pair = (i: number): string => `${then[i]!.toFixed(3)}, ${now[i]!.toFixed(3)}`;
    console.log(`| ${name} | ${change.join(" | ")} | ${pair(3)} | ${pair(4)} |`);
  }
} finally {
  await rm(folder, { recursive: true });
}

/** Averages over each second of mean, standard deviation, sharpness, border and grid. */
async function measure(file: string): Promise<number[][]> {
  const source = await openSource({ type: "video", file, audio: "drop" });
  const perSecond: number[][] = [];
  for (let index = 0; ; index++) {
    const frame: Frame | undefined = await source.next();
    if (!frame) break;
    const values = [...lightStatistics(frame), borderSharpness(frame, 8), gridStrength(frame)];
    const second = Math.floor(index / 24);
    perSecond[second] = values.map((v, i) => (perSecond[second]?.[i] ?? 0) + v / 24);
    if (sheets && index % (24 * 6) === 71) {
      await mkdir(sheets, { recursive: true });
      const name = file.split("/").at(-1)!.replace(".mp4", "");
      await writeImage(frame, join(sheets, `${name}-${String(index).padStart(4, "0")}.png`));
    }
  }
  await source.close();
  return perSecond;
}
