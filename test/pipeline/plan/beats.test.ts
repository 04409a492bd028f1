import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sampleRate } from "../../../src/audio/sound.ts";
import { writeOnnx } from "../../../src/graph/onnx/file.ts";
import type { RenderPlan } from "../../../src/pipeline/plan/plan.ts";
import { type PrepareOptions, prepareRender } from "../../../src/pipeline/plan/prepare.ts";
import { SceneFiles } from "../../../src/pipeline/plan/scene-files.ts";
import { parametersAt } from "../../../src/pipeline/plan/shot-plan.ts";
import { recipeOf } from "../../../src/pipeline/recipe/recipe.ts";
import { parseScene } from "../../../src/scene/parse.ts";
import { ffmpeg, temporaryFolder } from "../../helpers/media.ts";
import { tinyNetwork } from "../../helpers/network.ts";

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
const at = (name: string): string => join(folder.path, name);
beforeAll(async () => {
  folder = await temporaryFolder();
  const { graph } = tinyNetwork(1);
  await writeFile(at("own.onnx"), writeOnnx(graph));
  // 150 beats per minute from 0.3 s on.
  const age = "mod(t-0.3+0.4,0.4)";
  const click = `0.8*sin(2*PI*1000*${age})*exp(-200*${age})*gte(t,0.299)`;
  await ffmpeg("-f", "lavfi", "-i", `aevalsrc='${click}':s=${sampleRate}:d=10`, at("clicks.wav"));
  await ffmpeg("-f", "lavfi", "-i", `anullsrc=r=${sampleRate}`, "-t", "3", at("silence.wav"));
});
afterAll(() => folder.remove());

interface Planned {
  readonly plan: RenderPlan;
  readonly notices: readonly string[];
  readonly recipe: string;
}

async function planOf(text: string, options: PrepareOptions = {}): Promise<Planned> {
  const scene = parseScene(
    `output: { size: 24x18, fps: 24 }\nmodel: { file: own.onnx, preprocess: { channels: RGB, scale: 0..1 } }\nsource: noise\n${text}`,
    { path: at("scene.yaml") },
  );
  const notices: string[] = [];
  const prepared = await prepareRender(scene, {
    engine: "cpu",
    threads: 1,
    onNotice: (notice) => notices.push(notice),
    ...options,
  });
  try {
    const recipe = recipeOf(prepared, await SceneFiles.read(scene), options).scene;
    return { plan: prepared.plan, notices, recipe };
  } finally {
    await prepared.dispose();
  }
}

const lengths = ({ shots }: RenderPlan): number[] => shots.map(({ frames }) => frames);

describe("a scene in beats", () => {
  test("has its length and keys at beats, and at the same ones in a preview", async () => {
    const scene =
      "duration: 2bar\naudio: { file: clicks.wav, bpm: 120, offset: 0.25s, beatsPerBar: 3 }\ntimeline: [{ at: 2b, ease: hold, mix: 0 }]";
    const { plan } = await planOf(scene);
    expect(lengths(plan)).toEqual([72]);
    // 0.25 s and two beats.
    expect([29, 30].map((frame) => parametersAt(plan.shots[0]!, frame).mix)).toEqual([1, 0]);
    const { plan: preview } = await planOf(scene, { preview: true });
    expect(lengths(preview)).toEqual([36]);
    expect([14, 15].map((frame) => parametersAt(preview.shots[0]!, frame).mix)).toEqual([1, 0]);
  });

  test("cuts on beats without accumulating errors; the first shot includes the time before the first beat", async () => {
    const shots = Array.from({ length: 40 }, () => "{ duration: 1b }").join(", ");
    const { plan } = await planOf(
      `audio: { file: clicks.wav, bpm: 130, offset: 0.3s }\nshots: [${shots}]`,
    );
    for (const [i, { offset, beats }] of plan.shots.entries()) {
      const cutSec = i === 0 ? 0 : 0.3 + (i * 60) / 130;
      expect(offset).toBe(Math.round(24 * cutSec));
      expect(beats!.firstSec + offset / 24).toBeCloseTo(0.3 + (i * 60) / 130, 8);
    }
  });

  test("cross-fades for whole beats and continues at the next beat", async () => {
    const { plan } = await planOf(
      "audio: { file: clicks.wav, bpm: 130 }\nmotion: { rotate: b }\nshots: [{ duration: 4b }, { duration: 4b, transition: { crossfade: 2b } }, { duration: 1s }]",
    );
    const [, second, third] = plan.shots;
    expect(second!.offset).toBe(Math.round((24 * 2 * 60) / 130));
    expect(third!.offset).toBe(Math.round((24 * 6 * 60) / 130));
    expect(second!.fade).toBe(plan.shots[0]!.frames - second!.offset);
    expect(parametersAt(third!, 0).motion.rotate).toBeCloseTo((third!.offset / 24) * (130 / 60), 8);
  });

  test("finds tempo and first beat, reports them, and keeps them in the recipe", async () => {
    const { plan, notices, recipe } = await planOf(
      "duration: 4b\naudio: { file: clicks.wav, bpm: auto }\nmotion: { rotate: b }",
    );
    const { bpm, firstSec } = plan.beats!;
    expect(Math.abs(bpm / 150 - 1)).toBeLessThan(0.01);
    expect(Math.abs(firstSec - 0.3)).toBeLessThan(0.02);
    expect(notices).toContainEqual(
      expect.stringMatching(
        /^audio\.bpm: auto found 1(49\.9|50)\S*, first beat at 0\.(29|30|31) s$/,
      ),
    );
    expect(recipe).toContain(`bpm: ${bpm}\n`);
    expect(recipe).toContain(`offset: ${firstSec}s\n`);
    const scene = parseScene(recipe, { path: at("again.yaml") });
    const again = await prepareRender(scene, { engine: "cpu", threads: 1 });
    await again.dispose();
    expect(again.plan.beats).toEqual(plan.beats);
    for (let frame = 0; frame < plan.frames; frame++)
      expect(parametersAt(again.plan.shots[0]!, frame)).toEqual(
        parametersAt(plan.shots[0]!, frame),
      );
  });

  test("is refused if the sound has no beat", async () => {
    await expect(planOf("audio: { file: silence.wav, bpm: auto }")).rejects.toMatchObject({
      code: "SCENE_INVALID",
      message: expect.stringMatching(/finds no steady beat/),
    });
  });

  test("has levels that decay within a beat", async () => {
    const beatAfter = async (release: string): Promise<number> => {
      const { plan } = await planOf(
        `duration: 1s\naudio: { file: clicks.wav, bpm: 60, release: ${release} }\nmix: beat`,
      );
      return parametersAt(plan.shots[0]!, 14).mix;
    };
    expect(await beatAfter("0.5b")).toBe(await beatAfter("0.5s"));
  });
});
