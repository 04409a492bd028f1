import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Frame } from "../../../src/frame.ts";
import { readImage, writeImage } from "../../../src/image/image.ts";
import { fractalNoise } from "../../../src/image/noise.ts";
import type { RenderOptions } from "../../../src/pipeline/render/render-options.ts";
import { parseScene } from "../../../src/scene/parse.ts";
import { ffmpeg, temporaryFolder } from "../../helpers/media.ts";
import { renderKept } from "../../helpers/render.ts";

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
const at = (name: string): string => join(folder.path, name);
const [width, height] = [96, 64];

beforeAll(async () => {
  folder = await temporaryFolder();
  await writeImage(fractalNoise({ seed: 5, scale: 5, width: 200, height }), at("wide.png"));
  await writeImage(fractalNoise({ seed: 8, scale: 7, width: 200, height }), at("other.png"));
  // Six frames that pan by 3 px per frame, a cut, and four frames of another picture.
  const pan = (file: string, frames: number): string =>
    `movie=${at(file)}:loop=0,setpts=N/8/TB,fps=8,trim=end_frame=${frames},crop=${width}:${height}:x=n*3:y=0,setsar=1,format=gbrp`;
  await ffmpeg(
    ...["-filter_complex", `${pan("wide.png", 6)}[a];${pan("other.png", 4)}[b];[a][b]concat[v]`],
    ...["-map", "[v]", "-c:v", "ffv1", at("clip.mkv")],
  );
});
afterAll(() => folder.remove());

const clip = "source: { video: clip.mkv }\n";
const quick =
  "dream: { layers: { edges: 1 }, octaves: 1, iterations: 2, laplacian: 0, jitter: 4, stepSize: 3 }\n";

async function render(name: string, yaml: string, options?: RenderOptions): Promise<Frame[]> {
  const text = `${clip}${yaml}\noutput: { file: ${name}/ }`;
  await renderKept(parseScene(text, { path: at("scene.yaml") }), options);
  const names = (await readdir(at(name))).sort();
  return Promise.all(names.map((file) => readImage(at(`${name}/${file}`))));
}

/** Mean difference of two frames over columns `from` to `to`. */
function difference(a: Frame, b: Frame, from = 0, to = width): number {
  let [sum, count] = [0, 0];
  for (let i = 0; i < a.data.length; i++) {
    if (i % width < from || i % width >= to) continue;
    sum += Math.abs(a.data[i]! - b.data[i]!);
    count++;
  }
  return sum / count;
}

describe("a clip with flow feedback", () => {
  test("carries the last output along the flow", async () => {
    const plain = "dream: { iterations: 0 }\ncolor: { match: off }\n";
    const source = await render("source", `${plain}feedback: { amount: 0 }`);
    const flow = await render("flow", `${plain}feedback: { amount: 1, mode: replace, warp: flow }`);
    const motion = await render(
      "motion",
      `${plain}feedback: { amount: 1, mode: replace, warp: motion, sceneCut: keep }`,
    );
    // Nothing is dreamed, so pixels that are carried correctly equal the source; other pixels lag behind.
    expect(difference(flow[5]!, source[5]!, 0, 70)).toBeLessThan(0.012);
    expect(difference(motion[5]!, source[5]!, 0, 70)).toBeGreaterThan(0.05);
    expect(difference(motion[5]!, source[0]!)).toBeLessThan(0.002);
  });

  test("restarts at a cut, unless the scene keeps the feedback", async () => {
    const residual = `${quick}feedback: { amount: 1, warp: flow, mode: residual, occlusion: false`;
    const reset = await render("reset", `${residual} }`);
    const keep = await render("keep", `${residual}, sceneCut: keep }`);
    expect(difference(reset[5]!, keep[5]!)).toBe(0);
    expect(difference(reset[6]!, keep[6]!)).toBeGreaterThan(0.01);
    // The first frame of a shot is dreamed like the first frame of a scene.
    const alone = await render(
      "alone",
      `${quick}feedback: { amount: 0 }\ncolor: { match: source }`,
    );
    expect(difference(reset[6]!, alone[6]!)).toBeLessThan(0.002);
  });

  test("gives the same frames in a partial render, including cuts and matched colours", async () => {
    const scene = `${quick}feedback: { amount: "f < 8 ? 0 : 0.7", warp: flow }`;
    const whole = await render("whole", scene);
    const some = await render("some", scene, { frames: [8, 9] });
    expect(difference(whole[8]!, some[0]!)).toBe(0);
    expect(difference(whole[9]!, some[1]!)).toBe(0);
  });

  test("without a duration reports the number of frames from the first frame on", async () => {
    const totals: [number, number][] = [];
    await render("progress", `${quick}feedback: { amount: 0 }`, {
      onProgress: ({ done, total }) => totals.push([done, total]),
    });
    expect(totals).toEqual(Array.from({ length: 10 }, (_, i) => [i + 1, 10]));
  });

  test("dreams less per frame the more is carried, unless the scene sets the step", async () => {
    const base = quick.replace(", stepSize: 3", "");
    const source = await render("source", "feedback: { amount: 0 }\nmix: 0");
    const first = async (name: string, text: string): Promise<number> =>
      difference((await render(`first-${name}`, text, { frames: [0, 0] }))[0]!, source[0]!);
    const alone = await first("alone", `${base}feedback: { amount: 0 }`);
    const some = await first("some", `${base}feedback: { amount: 0.7 }`);
    const most = await first("most", `${base}feedback: { amount: 0.8 }`);
    const said = await first("said", `${quick.replace("3 }", "1.5 }")}feedback: { amount: 0.75 }`);
    expect(most / some).toBeCloseTo((0.2 / 0.3) ** 1.5, 1);
    expect(said).toBeCloseTo(alone, 2);
  });

  test.each(["mode: residual", "occlusion: false", "warp: motion"])(
    "%s changes the output",
    async (option) => {
      const key = option.split(":")[0]!;
      const base = ["amount: 0.8", "warp: flow", "mode: replace"].filter((o) => !o.startsWith(key));
      const without = await render(
        "base",
        `${quick}feedback: { amount: 0.8, mode: replace, warp: flow }`,
      );
      const changed = await render(
        `with-${key}`,
        `${quick}feedback: { ${[...base, option].join(", ")} }`,
      );
      // With exact flow, both modes carry nearly the same picture.
      expect(difference(without[5]!, changed[5]!)).toBeGreaterThan(0.00005);
    },
  );
});
