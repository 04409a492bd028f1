/** The plan is plain data: a copy of it, or what JSON keeps of it, gives the same values. */
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { writeOnnx } from "../../../src/graph/onnx/file.ts";
import { filmParametersAt, type RenderPlan } from "../../../src/pipeline/plan/plan.ts";
import { prepareRender } from "../../../src/pipeline/plan/prepare.ts";
import { parametersAt } from "../../../src/pipeline/plan/shot-plan.ts";
import { parseScene } from "../../../src/scene/parse.ts";
import { locate } from "../../../src/scene/places.ts";
import { ffmpeg, temporaryFolder } from "../../helpers/media.ts";
import { tinyNetwork } from "../../helpers/network.ts";

const examples = join(import.meta.dirname, "../../../scenes");
const names = (await readdir(examples)).filter((name) => name.endsWith(".yaml"));

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
const at = (name: string): string => join(folder.path, name);
beforeAll(async () => {
  folder = await temporaryFolder();
  await writeFile(at("own.onnx"), writeOnnx(tinyNetwork(1).graph));
  // A beep twice a second.
  const beeps = "0.5*sin(2*PI*200*t)*lt(mod(t,0.5),0.05)";
  await ffmpeg("-f", "lavfi", "-i", `aevalsrc='${beeps}':s=44100:d=5`, at("beeps.wav"));
});
afterAll(() => folder.remove());

async function planOf(text: string, path: string, preview = false): Promise<RenderPlan> {
  const set = ["output.size=64x36"];
  const prepared = await prepareRender(parseScene(text, { path, set }), {
    engine: "cpu",
    threads: 1,
    preview,
  });
  await prepared.dispose();
  return prepared.plan;
}

/** Values of every frame of the film, and of those before the first one of each shot. */
function valuesOf(plan: RenderPlan): unknown {
  const film = Array.from({ length: plan.frames }, (_, frame) => filmParametersAt(plan, frame));
  const before = plan.shots.flatMap((shot) =>
    Array.from({ length: shot.preRoll + shot.warmUp }, (_, i) => parametersAt(shot, -1 - i)),
  );
  return { film, before };
}

const shots = (sound: string): string => `
audio: { file: beeps.wav${sound} }
model: { file: own.onnx }
source: { noise: {} }
dream: { layers: { low: { weight: "0.5 + bass", objective: mean } }, jitter: "f % 2 == 0 ? 3 : 1" }
feedback: { amount: "clamp(level + 0.5*beat, 0, 1)" }
shots:
  - duration: 2s
    motion: { zoom: "0:(1), 12:(1.2 + 0.1*sin(t)), 30:(1)", rotate: "-(noise(3*t) + rand(f))" }
    timeline:
      - { at: 50%, dream: { stepSize: 3 }, ease: "cubic-bezier(0.2, 0, 0, 1.4)" }
      - { at: 1.5s, mix: 0.5, ease: ease-in }
      - { at: 46f, mix: 0.25, dream: { octaves: 5, iterations: [4, 2] }, ease: steps(4) }
      - { at: 20f, dream: { iterations: 6 }, ease: hold }
      - { at: 0s, dream: { iterations: 3 }, ease: step-start }
  - { duration: 1.5s, transition: { crossfade: 0.5s }, mix: "p ^ 2" }
`;
const beats = `${shots(", bpm: 120, offset: 0.2s")}  - { duration: 2b, motion: { rotate: 10 * b }, timeline: [{ at: 1b, mix: 0 }] }\n`;

function positionOf(text: string, part: string): [line: number, column: number] {
  const before = text.slice(0, text.indexOf(part)).split("\n");
  return [before.length, before.at(-1)!.length + 1];
}

describe("a copy of a plan", () => {
  test.each(names)("of scenes/%s gives the same values at every frame", async (name) => {
    const path = join(examples, name);
    const plan = await planOf(await readFile(path, "utf8"), path);
    const copy = structuredClone(plan);
    expect(valuesOf(copy)).toEqual(valuesOf(plan));
    expect(copy).toEqual(plan);
  });

  test.each([
    ["with expressions, easings and sound", shots(""), false],
    ["with beats", beats, false],
    ["of a preview", beats, true],
    [
      "of a loop",
      "source: { noise: {} }\nduration: 3s\nloop: true\nmodel: { file: own.onnx }\nmotion: { zoom: 1 + 0.1*sin(2*pi*p) }",
      false,
    ],
  ])("%s gives the same values at every frame", async (_, text, preview) => {
    const plan = await planOf(text, at("scene.yaml"), preview);
    const values = valuesOf(plan);
    expect(new Set((values as { film: unknown[] }).film.map((one) => JSON.stringify(one))).size)
      // Something changes.
      .toBeGreaterThan(10);
    expect(valuesOf(structuredClone(plan))).toEqual(values);
  });

  test("knows where its values are written", async () => {
    const plan = await planOf(beats, at("scene.yaml"));
    const [, second] = structuredClone(plan).shots;
    const { places } = second!.shot;
    const [line, column] = positionOf(beats, '"p ^ 2"');
    expect(locate(places, ["mix"])).toEqual({
      path: ["shots", 1, "mix"],
      line,
      column,
      where: `${at("scene.yaml")}:${line}:${column}`,
    });
    const [keyLine, keyColumn] = positionOf(beats, "amount");
    expect(locate(places, ["feedback", "amount"], "key")).toMatchObject({
      path: ["feedback", "amount"],
      line: keyLine,
      column: keyColumn,
    });
    expect(locate(places, ["output", "size"])).toMatchObject({
      where: "--set output.size=64x36",
    });
    // What the shot does not say is placed at the shot.
    const [shotLine, shotColumn] = positionOf(beats, "{ duration: 1.5s");
    expect(locate(places, ["seed"])).toMatchObject({ line: shotLine, column: shotColumn });
    expect(locate(parseScene("source: noise").places, ["seed"])).toBeUndefined();
  });

  test("through JSON gives the same values, where no sound is measured", async () => {
    const text = beats.replaceAll(/level|bass|beat\b/g, "p");
    const plan = await planOf(text, at("scene.yaml"));
    expect(valuesOf(JSON.parse(JSON.stringify(plan)) as RenderPlan)).toEqual(valuesOf(plan));
  });
});
