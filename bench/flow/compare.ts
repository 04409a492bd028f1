/**
 * Endpoint error and time of dreamreel's flow, OpenCV's Farneback and OpenCV's DIS medium on pairs with known flow:
 * npx tsx bench/flow/compare.ts [tuning | judging] [FOLDER OF PHOTOS]
 * Needs Debian's python3-opencv; DREAMREEL_PYTHON names another Python. Prints tables in Markdown: the mean over all textures
 * of each motion, over all pixels and within 8 px of motion boundaries, and the pairs on which another method is better.
 */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { decodeFlo, encodeFlo } from "../../src/flow/flo-file.ts";
import { endpointError, type FlowField } from "../../src/flow/flow-field.ts";
import { FlowEstimator } from "../../src/flow/optical-flow.ts";
import { readImage, writeImage } from "../../src/image/image.ts";
import { createOrtEngine } from "../../src/runtime/ort/engine.ts";
import { errorAt, nearBoundaries } from "./boundaries.ts";
import { type CaseSet, pairs, textures } from "./cases.ts";

const methods = ["dreamreel", "dis", "farneback"] as const;
type Method = (typeof methods)[number];
interface Score {
  readonly all: number;
  /** Near motion boundaries; NaN if there are none. */
  readonly boundary: number;
  readonly seconds: number;
}
type Row = Record<Method, Score>;

const set: CaseSet = process.argv[2] === "tuning" ? "tuning" : "judging";
const folder = await mkdtemp(join(tmpdir(), "dreamreel-flow-"));
const engine = createOrtEngine("cpu");
try {
  const truths = new Map<string, FlowField>();
  const all = [...(await textures(set, process.argv[3] ?? "../shared/media"))];
  for (const [i, [name, texture]] of all.entries()) {
    for (const [motion, pair] of pairs(set, texture, all[(i + 1) % all.length]![1])) {
      const base = `${name}: ${motion}`;
      truths.set(base, pair.truth);
      await writeImage(pair.first, join(folder, `${base}_a.png`));
      await writeImage(pair.second, join(folder, `${base}_b.png`));
      await writeFile(join(folder, `${base}.flo`), encodeFlo(pair.truth));
    }
  }
  const script = new URL("../peers/opencv_flow.py", import.meta.url).pathname;
  const { stdout } = await execa(process.env.DREAMREEL_PYTHON ?? "/usr/bin/python3", [
    script,
    folder,
  ]);
  const seconds = JSON.parse(stdout) as Record<
    string,
    Record<Exclude<Method, "dreamreel">, number>
  >;
  const estimator = new FlowEstimator(engine);
  const rows: Record<string, Row> = {};
  for (const [base, truth] of truths) {
    const first = await readImage(join(folder, `${base}_a.png`));
    const second = await readImage(join(folder, `${base}_b.png`));
    const started = performance.now();
    const { forward } = await estimator.estimate(first, second);
    const ours = (performance.now() - started) / 1000;
    const boundaries = nearBoundaries(truth);
    const score = (flow: FlowField, time: number): Score => ({
      all: endpointError(flow, truth),
      boundary: errorAt(boundaries, flow, truth),
      seconds: time,
    });
    const peer = async (name: "dis" | "farneback"): Promise<Score> => {
      const file = join(folder, `${base}.${name}.flo`);
      return score(decodeFlo(await readFile(file), file), seconds[base]![name]);
    };
    rows[base] = {
      dreamreel: score(forward, ours),
      dis: await peer("dis"),
      farneback: await peer("farneback"),
    };
  }
  print(rows);
} finally {
  await engine.dispose();
  await rm(folder, { recursive: true });
}

function print(rows: Record<string, Row>): void {
  table("motion, all pixels", rows, "all");
  const bounded = Object.entries(rows).filter(([, row]) => Number.isFinite(row.dis.boundary));
  table("motion, near boundaries", Object.fromEntries(bounded), "boundary");
  const median = (method: Method): string =>
    Object.values(rows)
      .map((row) => row[method].seconds * 1000)
      .sort((a, b) => a - b)
      [Object.keys(rows).length >> 1]!.toFixed(0);
  console.log(`\nMedian ms: ${methods.map((method) => `${method} ${median(method)}`).join(", ")}`);
  for (const key of ["all", "boundary"] as const) {
    for (const other of ["dis", "farneback"] as const) {
      const lost = Object.entries(rows).filter(([, row]) => row.dreamreel[key] >= row[other][key]);
      const list = lost.map(
        ([base, row]) =>
          `${base} (${row[other][key].toFixed(3)}, ${row.dreamreel[key].toFixed(3)})`,
      );
      console.log(`${key}: ${other} is better on ${lost.length}: ${list.join("; ")}`);
    }
  }
}

function table(title: string, rows: Record<string, Row>, key: "all" | "boundary"): void {
  const line = (name: string, list: readonly Row[]): string => {
    const mean = (method: Method): string =>
      (list.reduce((sum, row) => sum + row[method][key], 0) / list.length).toFixed(3);
    return `| ${name} | ${methods.map(mean).join(" | ")} |`;
  };
  console.log(`\n| ${title} | dreamreel | DIS medium | Farneback |\n|---|---|---|---|`);
  for (const motion of new Set(Object.keys(rows).map((base) => base.split(": ")[1]!))) {
    const list = Object.entries(rows).filter(([base]) => base.endsWith(`: ${motion}`));
    console.log(
      line(
        motion,
        list.map(([, row]) => row),
      ),
    );
  }
  console.log(line("**all**", Object.values(rows)));
}
