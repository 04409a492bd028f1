/**
 * Endpoint error and time of dreamreel's flow, OpenCV's Farneback and OpenCV's DIS medium on pairs with known flow:
 * npx tsx bench/flow/compare.ts [FOLDER OF PHOTOS]
 * Needs Debian's python3-opencv; DREAMREEL_PYTHON names another Python. Prints a table in Markdown: the mean over all textures of each motion.
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { encodeFlo } from "../../src/flow/flo-file.ts";
import { endpointError, type FlowField } from "../../src/flow/flow-field.ts";
import { FlowEstimator } from "../../src/flow/optical-flow.ts";
import { createOrtEngine } from "../../src/runtime/ort.ts";
import { readImage, writeImage } from "../../src/video/image.ts";
import { pairs, textures } from "./cases.ts";

type Row = Record<"dreamreel" | "dis" | "farneback", [number, number]>;

const folder = await mkdtemp(join(tmpdir(), "dreamreel-flow-"));
const engine = createOrtEngine("cpu");
try {
  const truths = new Map<string, FlowField>();
  const all = [...(await textures(process.argv[2] ?? "../shared/media"))];
  for (const [i, [name, texture]] of all.entries()) {
    for (const [motion, pair] of pairs(texture, all[(i + 1) % all.length]![1])) {
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
  const rows = JSON.parse(stdout) as Record<string, Row>;
  const estimator = new FlowEstimator(engine);
  for (const [base, truth] of truths) {
    const first = await readImage(join(folder, `${base}_a.png`));
    const second = await readImage(join(folder, `${base}_b.png`));
    const started = performance.now();
    const { forward } = await estimator.estimate(first, second);
    rows[base]!.dreamreel = [endpointError(forward, truth), (performance.now() - started) / 1000];
  }
  print(rows);
} finally {
  await engine.dispose();
  await rm(folder, { recursive: true });
}

function print(rows: Record<string, Row>): void {
  const methods = ["dreamreel", "dis", "farneback"] as const;
  const mean = (list: readonly Row[], method: keyof Row): string =>
    (list.reduce((sum, row) => sum + row[method][0], 0) / list.length).toFixed(3);
  const line = (name: string, list: readonly Row[]): string =>
    `| ${name} | ${methods.map((method) => mean(list, method)).join(" | ")} |`;
  console.log("| motion | dreamreel | DIS medium | Farneback |\n|---|---|---|---|");
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
  const median = (method: keyof Row): number =>
    Object.values(rows)
      .map((row) => row[method][1] * 1000)
      .sort((a, b) => a - b)[Object.keys(rows).length >> 1]!;
  console.log(
    `\nMedian ms: ${methods.map((method) => `${method} ${median(method).toFixed(0)}`).join(", ")}`,
  );
  for (const [base, row] of Object.entries(rows)) {
    if (row.dreamreel[0] >= row.farneback[0]) {
      console.log(
        `Farneback is better on ${base}: ${row.farneback[0].toFixed(3)} px against ${row.dreamreel[0].toFixed(3)}`,
      );
    }
  }
}
