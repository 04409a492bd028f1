/**
 * A film on 1, 2 and 4 workers of this machine, with one thread each: `npx tsx bench/farm-film.ts [turns] [workers…]`. Its
 * shots do not depend on each other. Prints the time until it is finished, beside a render without the farm in one process of
 * one thread; medians of the turns.
 */
import { rm, writeFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { renderScene } from "../src/pipeline/render/render.ts";
import { parseScene } from "../src/scene/parse.ts";
import { startFarm, type TestFarm } from "../test/helpers/live-farm.ts";

const [turns = 3, ...given] = process.argv.slice(2).map(Number);
const counts = given.length > 0 ? given : [1, 2, 4];
const [shots, frames] = [12, 12];

/** A film of independent shots of noise. */
function film(seed: number): string {
  const shot = (i: number): string =>
    `  - { source: { noise: { seed: ${100 * seed + i} } }, duration: ${frames}f }`;
  const all = Array.from({ length: shots }, (_, i) => shot(i));
  return `output: { file: film.mp4, size: 320x180, fps: 12 }\nmotion: { zoom: 1.5 }\nshots:\n${all.join("\n")}\n`;
}

async function aloneSec(farm: TestFarm, seed: number): Promise<number> {
  const path = join(farm.folder, "alone.yaml");
  await writeFile(path, film(seed));
  const started = performance.now();
  const output = join(farm.folder, `alone-${seed}.mp4`);
  await renderScene(parseScene(film(seed), { path }), {
    ...{ output, engine: "cpu", threads: 1, worker: true },
  });
  await rm(output);
  return (performance.now() - started) / 1000;
}

async function farmSec(farm: TestFarm, seed: number): Promise<{ seconds: number; pieces: number }> {
  const started = performance.now();
  // What a thread of this machine takes for a megapixel: pieces are whole shots.
  const options = { secondsPerMegapixel: 4 };
  const { film: own, pieces } = await farm.submit(film(seed), `film-${seed}`, options);
  while ((await farm.status(own)).state !== "finished") await sleep(200);
  return { seconds: (performance.now() - started) / 1000, pieces };
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1]!;
}

await using farm = await startFarm();
const times = new Map<number, number[]>(counts.map((count) => [count, []]));
const alone: number[] = [];
let pieces = 0;
for (let turn = 0, seed = 1; turn < turns; turn++) {
  alone.push(await aloneSec(farm, seed++));
  for (const count of counts) {
    const start = Array.from({ length: count }, (_, i) => farm.workerProcess(`machine-${i}`));
    const workers = await Promise.all(start);
    const made = await farmSec(farm, seed++);
    pieces = made.pieces;
    times.get(count)!.push(made.seconds);
    await Promise.all(workers.map((worker) => worker.end("SIGTERM")));
  }
}
console.log(
  `${availableParallelism()} cores, Node ${process.version}; ${shots} shots of ${frames} frames at 320x180, ${pieces} pieces\n`,
);
console.log(`Without the farm, one process of one thread: ${median(alone).toFixed(1)} s\n`);
console.log("| workers | s | speed-up over one worker | over no farm |\n|---|---|---|---|");
const one = median(times.get(counts[0]!)!);
for (const [count, own] of times) {
  const seconds = median(own);
  console.log(
    `| ${count} | ${seconds.toFixed(1)} | ${(one / seconds).toFixed(2)} | ${(median(alone) / seconds).toFixed(2)} |`,
  );
}
