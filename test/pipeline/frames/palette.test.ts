/** Colours matched to a picture, and the source's chroma. */
import { mkdir, rename } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ColorStatistics, Grader } from "../../../src/flow/color.ts";
import { createFrame, type Frame } from "../../../src/frame.ts";
import { readImage, writeImage } from "../../../src/image/image.ts";
import { findRecipe } from "../../../src/pipeline/recipe/stored-recipe.ts";
import { reproduce } from "../../../src/pipeline/render/reproduce.ts";
import { renderStill } from "../../../src/pipeline/stills/still.ts";
import { createOrtEngine } from "../../../src/runtime/ort/engine.ts";
import { parseScene } from "../../../src/scene/parse.ts";
import { temporaryFolder } from "../../helpers/media.ts";
import { randomFrame } from "../../helpers/network.ts";

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
const at = (name: string): string => join(folder.path, name);
const engine = createOrtEngine("cpu");
const grader = new Grader(engine);

/** A picture with warm, muted colours and another size than the photo. */
function warm(): Frame {
  const frame = createFrame(20, 30);
  const { data } = randomFrame(4, 20, 30);
  for (let i = 0; i < data.length; i++)
    frame.data[i] = [0.6, 0.45, 0.35][Math.floor(i / 600)]! + 0.2 * (data[i]! - 0.5);
  return frame;
}

beforeAll(async () => {
  folder = await temporaryFolder();
  await writeImage(randomFrame(1, 24, 32), at("photo.png"));
  await writeImage(warm(), at("warm.png"));
});
afterAll(async () => {
  await engine.dispose();
  await folder.remove();
});

const scene = (color: string, more = ""): string =>
  `source: { image: photo.png }\nduration: 2f\ndream: { layers: edges, octaves: 1, iterations: 1 }\ncolor: ${color}\n${more}`;

async function still(color: string, name: string): Promise<Frame> {
  const parsed = parseScene(scene(color), { path: at("scene.yaml") });
  await renderStill(parsed, at(name), () => 1, { maxBefore: 1, engine: "cpu", threads: 1 });
  return readImage(at(name));
}

/** Compare mean and standard deviation in OKLab, within the rounding of 8 bits. */
function expectSame(colors: ColorStatistics, wanted: ColorStatistics): void {
  for (const key of ["mean", "spread"] as const)
    expect(colors[key]).toEqual(wanted[key].map((value) => expect.closeTo(value, 2)));
}

describe("color.match with a picture", () => {
  test.each(["{ match: warm.png }", "{ match: { image: warm.png } }"])(
    "matches frames to its colours: %s",
    async (color) => {
      const wanted = await grader.measureFrame(await readImage(at("warm.png")));
      const first = await grader.measureFrame(await still("{ match: first }", "first.png"));
      expect(Math.abs(first.mean[2]! - wanted.mean[2]!)).toBeGreaterThan(0.02);
      expectSame(await grader.measureFrame(await still(color, "held.png")), wanted);
    },
  );

  test("is stored in the recipe by name and content, and found under another name", async () => {
    await mkdir(at("moved"), { recursive: true });
    await writeImage(warm(), at("colours.png"));
    const before = await still("{ match: colours.png, keep: 0.25 }", "made.png");
    const recipe = (await findRecipe(at("made.png")))!;
    expect(recipe.files.map(({ name }) => name)).toEqual(["photo.png", "colours.png"]);
    expect(recipe.scene).toContain("image: colours.png");
    await rename(at("colours.png"), at("moved/other.png"));
    await rename(at("warm.png"), at("away"));
    try {
      await reproduce(at("made.png"), { threads: 1 });
      expect((await readImage(at("made-again.png"))).data).toEqual(before.data);
    } finally {
      await rename(at("away"), at("warm.png"));
    }
  });

  test("is not replaced by an output, and is an error if missing", async () => {
    const held = "{ match: { image: warm.png } }";
    await expect(still(held, "warm.png")).rejects.toMatchObject({ code: "OUTPUT_EXISTS" });
    await expect(still("{ match: none.png }", "x.png")).rejects.toMatchObject({
      code: "FILE_NOT_FOUND",
    });
  });

  test.each([
    [
      "{ match: sorce }",
      /^color\.match: must be one of off, first, source, or a picture.*"source"/,
    ],
    ["{ match: clip.mp4 }", /must be one of off, first, source, or a picture/],
    ["{ match: { video: clip.mp4 } }", /unknown key "video"/],
    ["{ keep: 1.5 }", /color\.keep: .*1/],
  ])("refuses %s", (color, message) => {
    expect(() => parseScene(scene(color))).toThrow(
      expect.objectContaining({ code: "SCENE_INVALID", message: expect.stringMatching(message) }),
    );
  });
});

test("recipes without color.keep have not changed", async () => {
  await still("{ keep: 0 }", "plain.png");
  expect((await findRecipe(at("plain.png")))!.scene).not.toContain("keep:");
});
