import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { FlowEstimator } from "../../src/flow/optical-flow.ts";
import { SceneCutDetector } from "../../src/flow/scene-cut.ts";
import { writeImage } from "../../src/image/image.ts";
import { fractalNoise } from "../../src/image/noise.ts";
import { createOrtEngine } from "../../src/runtime/ort/engine.ts";
import { openSource } from "../../src/video/source.ts";
import { ffmpeg, temporaryFolder } from "../helpers/media.ts";

const engine = createOrtEngine("cpu");
const estimator = new FlowEstimator(engine);
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(async () => {
  await engine.dispose();
  await folder.remove();
});

/** Two different shots of 30 frames. */
const shots = [
  "mandelbrot=size=320x180:rate=24:start_scale=0.6:end_scale=0.3:end_pts=60",
  "testsrc2=size=320x180:rate=24",
];

async function cutsOf(graph: string): Promise<number[]> {
  const file = `${folder.path}/clip.mkv`;
  await ffmpeg("-filter_complex", graph, "-map", "[v]", "-c:v", "ffv1", file);
  const source = await openSource({ type: "video", file, audio: "drop" });
  const detector = new SceneCutDetector(estimator);
  const cuts: number[] = [];
  for (let index = 0; ; index++) {
    const frame = await source.next();
    if (!frame) break;
    if (await detector.next(frame)) cuts.push(index);
  }
  await source.close();
  return cuts;
}

const trim = "trim=end_frame=30,setpts=PTS-STARTPTS,setsar=1,format=rgb24";
const shot = (i: number, name: string, more = ""): string => `${shots[i]},${trim}${more}[${name}];`;

describe("scene cuts", () => {
  test("are found at the exact frame of every hard cut", async () => {
    const graph = `${shot(0, "a")}${shot(1, "b")}${shot(0, "c", ",hflip,negate")}[a][b][c]concat=n=3[v]`;
    expect(await cutsOf(graph)).toEqual([30, 60]);
  });

  test("are found once for a fade through black, where the new shot appears", async () => {
    const graph = `${shot(0, "a", ",fade=out:18:12")}${shot(1, "b", ",fade=in:0:12")}[a][b]concat=n=2[v]`;
    const cuts = await cutsOf(graph);
    expect(cuts).toHaveLength(1);
    expect(cuts[0]).toBeGreaterThanOrEqual(30);
    expect(cuts[0]).toBeLessThanOrEqual(36);
  });

  test("are found once for a cross-fade, before its end", async () => {
    const part = (from: string, name: string, range: string): string =>
      `[${from}]trim=${range},setpts=PTS-STARTPTS[${name}];`;
    const graph = [
      ...[shot(0, "a"), shot(1, "b"), "[a]split[a0][a1];[b]split[b0][b1];"],
      ...[part("a0", "only-a", "end_frame=18"), part("a1", "end-a", "start_frame=18")],
      ...[part("b0", "start-b", "end_frame=12"), part("b1", "only-b", "start_frame=12")],
      "[end-a][start-b]blend=all_expr='A+(B-A)*(N+1)/13'[mixed];",
      "[only-a][mixed][only-b]concat=n=3[v]",
    ].join("");
    const cuts = await cutsOf(graph);
    expect(cuts).toHaveLength(1);
    expect(cuts[0]).toBeGreaterThanOrEqual(20);
    expect(cuts[0]).toBeLessThanOrEqual(31);
  });

  test.each([
    ["a fast pan", "crop=320:180:x=n*25:y=90"],
    ["a whip pan of a tenth of the width per frame", "crop=320:180:x=n*32:y=100"],
    ["a flash of white", "crop=320:180:100:90,lutyuv=y=255:u=128:v=128:enable='between(n,12,13)'"],
    [
      "a flash that overexposes most of the picture",
      "crop=320:180:100:90,lutyuv=y='val*3':enable='between(n,12,13)'",
    ],
    [
      "a change of light",
      "crop=320:180:100:90,eq=brightness='0.25*sin(n/5)':contrast=0.8:eval=frame",
    ],
  ])("are not found in %s", async (_, moved) => {
    await writeImage(
      fractalNoise({ seed: 5, scale: 5, width: 2000, height: 360 }),
      `${folder.path}/wide.png`,
    );
    const still = `movie=${folder.path}/wide.png:loop=0,setpts=N/24/TB,fps=24`;
    const graph = `${still},trim=end_frame=28,format=yuv444p,${moved},setsar=1,format=rgb24[v]`;
    expect(await cutsOf(graph)).toEqual([]);
  });

  test("are not found in a zooming shot with changing content", async () => {
    expect(await cutsOf(shot(0, "v").replace(";", ""))).toEqual([]);
  });
});
