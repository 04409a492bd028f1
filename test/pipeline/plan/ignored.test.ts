import { expect, test } from "vitest";
import { completeSettings } from "../../../src/dream/settings.ts";
import { ignoredIn } from "../../../src/pipeline/plan/ignored.ts";
import { planRender } from "../../../src/pipeline/plan/plan.ts";
import { prepareRender } from "../../../src/pipeline/plan/prepare.ts";
import { parseScene } from "../../../src/scene/parse.ts";

/** The notes on a scene with a clip of `frameCount` frames at 10 per second, or with noise. */
function notes(text: string, frameCount?: number, preview = false): string[] {
  const shot = parseScene(text, { path: "x.yaml" });
  const fps = { num: preview ? 5 : 10, den: 1 };
  const source = {
    size: { width: 8, height: 8 },
    fps,
    frameCount,
    still: frameCount === undefined,
  };
  const settings = completeSettings({}, undefined, "a");
  const plan = planRender([{ shot, source, settings }], { preview });
  return ignoredIn(plan.shots[0]!, source, { preview });
}

const noise = "source: { noise: {} }\nduration: 1s\n";
const clip = (video: string): string => `source: { video: ${video} }\n`;

test.each([
  [
    "a clip's end beyond the clip",
    clip("{ file: a.mp4, start: 1s, end: 9s }"),
    30,
    "x.yaml:1:49: source.video.end is 9s, but the clip ends at 4.00 s",
  ],
  [
    "an end in frames",
    clip("{ file: a.mp4, end: 90f }"),
    30,
    "source.video.end is 90f, but the clip ends at 3.00 s",
  ],
  [
    "a duration beyond the clip's end",
    `${clip("a.mp4")}duration: 5s`,
    30,
    "x.yaml:2:11: duration is 5s, but the source has 3.00 s: it ends there",
  ],
  [
    "a key beyond the end",
    `${noise}timeline: [{ at: 0s, mix: 0 }, { at: 4s, mix: 1 }]`,
    undefined,
    "timeline.1 has a key at 4s, but the last frame is at 0.90 s: it is not reached",
  ],
  [
    "a schedule beyond the end",
    `${noise}mix: "0:(0), 40:(1)"`,
    undefined,
    "x.yaml:3:6: mix has a key at 40f",
  ],
  [
    "weights that are all zero",
    `${noise}dream: { layers: { a: 0, b: 0 } }`,
    undefined,
    "all weights are 0: there is nothing to dream",
  ],
  [
    "half an octave",
    `${noise}dream: { octaves: 2.5 }`,
    undefined,
    "x.yaml:3:19: dream.octaves: 2.5 is rounded to 3",
  ],
  [
    "half a step",
    `${noise}dream: { octaves: 2, iterations: [1, 1.2] }`,
    undefined,
    "dream.iterations.1: 1.2 is rounded to 1",
  ],
  [
    "more steps than octaves",
    `${noise}dream: { octaves: 2, iterations: [3, 2, 1] }`,
    undefined,
    "dream.iterations has 3 values for 2 octaves",
  ],
  [
    "motion of nothing",
    `${noise}motion: { zoom: 2 }\nfeedback: { amount: 0 }`,
    undefined,
    "motion has no effect",
  ],
  [
    "flow over a picture",
    `${noise}feedback: { warp: flow }`,
    undefined,
    "feedback.warp: flow has no effect on a single picture",
  ],
])("%s gives a note at its place", (_, text, frameCount, note) => {
  const found = notes(text, frameCount);
  expect(found).toEqual([expect.stringContaining(note)]);
  expect(found[0]).toMatch(/^x\.yaml:\d+:\d+: /);
});

test.each([
  [
    "times within the clip",
    `${clip("{ file: a.mp4, start: 1s, end: 4s }")}duration: 3s`,
    30,
    false,
  ],
  ["a clip one frame shorter than its header states", `${clip("a.mp4")}duration: 31f`, 30, false],
  ["times in frames, in a preview", `${clip("{ file: a.mp4, end: 60f }")}duration: 60f`, 30, true],
  [
    "keys up to the last frame",
    `${noise}timeline: [{ at: 0s, mix: 0 }, { at: 100%, mix: 1 }]`,
    undefined,
    true,
  ],
  [
    "a weight that grows",
    `${noise}dream: { layers: { a: 0 } }\ntimeline: [{ at: 50%, dream: { layers: { a: 1 } } }]`,
    undefined,
    false,
  ],
  ["counts that change smoothly", `${noise}dream: { octaves: "2 + t" }`, undefined, false],
])("%s gives no note", (_, text, frameCount, preview) => {
  expect(notes(text, frameCount, preview)).toEqual([]);
});

test("every function that opens a scene reports the notes", async () => {
  const scene = parseScene(`${noise}output: { size: 24x24 }\ndream: { layers: { edges: 0 } }`);
  const heard: string[] = [];
  const prepared = await prepareRender(scene, { onNotice: (note) => heard.push(note) });
  await prepared.dispose();
  expect(heard).toEqual([expect.stringContaining("all weights are 0")]);
});

test("tiles smaller than a layer's receptive field give a note, and larger ones do not", async () => {
  const told = async (tile: string): Promise<string[]> => {
    const text = `${noise}output: { size: 960x540 }\ndream: { layers: { creatures2: 1 }, tile: ${tile} }`;
    const heard: string[] = [];
    const scene = parseScene(text, { path: "x.yaml" });
    const prepared = await prepareRender(scene, { onNotice: (note) => heard.push(note) });
    await prepared.dispose();
    return heard;
  };
  expect(await told("256")).toEqual([
    "x.yaml:4:43: dream.tile is 256, smaller than the 426 px receptive field of creatures2: tile borders may be visible. Set 448 or more, or auto",
  ]);
  for (const tile of ["448", "auto", "off"]) expect(await told(tile)).toEqual([]);
});
