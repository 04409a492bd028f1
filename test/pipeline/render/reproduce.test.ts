/** An output contains all that is needed to reproduce it, and nothing about the machine that made it. */
import { copyFile, mkdir, readdir, readFile, rename, writeFile } from "node:fs/promises";
import { hostname, userInfo } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readImage, writeImage } from "../../../src/image/image.ts";
import { readRecipe } from "../../../src/pipeline/recipe/recipe.ts";
import { findRecipe } from "../../../src/pipeline/recipe/stored-recipe.ts";
import type { RenderOptions } from "../../../src/pipeline/render/render-options.ts";
import { renderStill } from "../../../src/pipeline/stills/still.ts";
import { parseScene } from "../../../src/scene/parse.ts";
import { decodeAll, ffmpeg, temporaryFolder } from "../../helpers/media.ts";
import { randomFrame } from "../../helpers/network.ts";
import { renderKept, reproduceKept } from "../../helpers/render.ts";

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
const at = (name: string): string => join(folder.path, name);

beforeAll(async () => {
  folder = await temporaryFolder();
  await mkdir(at("media"));
  await writeImage(randomFrame(5, 32, 48), at("media/guide ä.png"));
  await ffmpeg(
    ...["-f", "lavfi", "-i", "testsrc2=size=48x32:rate=8:duration=0.5"],
    ...["-c:v", "ffv1", at("media/clip.mkv")],
  );
});
afterAll(() => folder.remove());

/** A scene with one of everything; its title contains characters that are special in metadata. */
const scene = `title: "a = b; #1 \\\\ ü\\nand more"
source: { video: media/clip.mkv }
dream: { layers: { edges: 1 }, octaves: 1, iterations: 1, guide: media/guide ä.png }
timeline: [{ at: 2f, mix: 0.5 }]
seed: 4`;

async function render(output: string, options?: RenderOptions): Promise<void> {
  const text = `${scene}\noutput: { file: ${output}, size: 48x32, fps: 8 }`;
  await renderKept(parseScene(text, { path: at("ocean.yaml") }), options);
}

async function pngs(name: string): Promise<Buffer[]> {
  const names = (await readdir(at(name))).filter((file) => file.endsWith(".png")).sort();
  return Promise.all(
    names.map(async (file) => Buffer.from((await readImage(at(join(name, file)))).data.buffer)),
  );
}

describe("reproduce", () => {
  test.each(["mp4", "mov", "mkv", "webm", "gif", "apng"])(
    "reproduces an .%s frame by frame",
    async (ending) => {
      await render(`film.${ending}`);
      const { file } = await reproduceKept(at(`film.${ending}`));
      expect(file).toBe(at(`film-again.${ending}`));
      const [first, again] = await Promise.all(
        [at(`film.${ending}`), file].map((video) => decodeAll(video, 48, 32)),
      );
      expect(first).toHaveLength(4);
      expect(again).toEqual(first);
    },
  );

  test.each(["mp4", "mov", "mkv", "webm"])("needs no other file beside an .%s", async (ending) => {
    await render(`alone.${ending}`);
    await mkdir(at(`away-${ending}`));
    await rename(at(`alone.${ending}`), at(`away-${ending}/x.${ending}`));
    expect((await findRecipe(at(`away-${ending}/x.${ending}`)))?.scene).toContain("and more");
  });

  test("reproduces every frame of an animated .webp", async () => {
    const pages = async (file: string): Promise<Buffer> =>
      sharp(file, { animated: true }).raw().toBuffer();
    await render("film.webp");
    const { file, frames } = await reproduceKept(at("film.webp"));
    expect(file).toBe(at("film-again.webp"));
    expect(frames).toBe(4);
    expect((await sharp(file).metadata()).pages).toBe(4);
    expect((await pages(file)).equals(await pages(at("film.webp")))).toBe(true);
  });

  test("reproduces a still, also of a scene whose output is a folder", async () => {
    const text = `${scene}\noutput: { file: many/, size: 48x32 }`;
    await renderStill(parseScene(text, { path: at("ocean.yaml") }), at("one.png"), () => 2, {
      maxBefore: 0,
    });
    const { file, frames } = await reproduceKept(at("one.png"));
    expect([file, frames]).toEqual([at("one-again.png"), 1]);
    expect((await readImage(file)).data).toEqual((await readImage(at("one.png"))).data);
  });

  test("reproduces PNG frames from any one of them", async () => {
    await render("frames/");
    await reproduceKept(at("frames/00002.png"), { folders: [at("media")] });
    expect(await pngs("frames-again")).toEqual(await pngs("frames"));
    expect(await pngs("frames")).toHaveLength(4);
  });

  test("reproduces a partial render or a preview", async () => {
    await render("part.mkv", { frames: [1, 2] });
    await render("half.mkv", { preview: true });
    await reproduceKept(at("part.mkv"));
    await reproduceKept(at("half.preview.mkv"));
    expect(await decodeAll(at("part-again.mkv"), 48, 32)).toEqual(
      await decodeAll(at("part.mkv"), 48, 32),
    );
    expect(await decodeAll(at("half.preview-again.mkv"), 24, 16)).toEqual(
      await decodeAll(at("half.preview.mkv"), 24, 16),
    );
  });

  test.each(["png", "jpg", "webp"])("reproduces a still in .%s", async (ending) => {
    const text = `${scene}\noutput: { size: 48x32 }`;
    const file = at(`still.${ending}`);
    await renderStill(parseScene(text, { path: at("ocean.yaml") }), file, () => 3, {
      maxBefore: 1,
    });
    await reproduceKept(file);
    expect((await readImage(at(`still-again.${ending}`))).data).toEqual(
      (await readImage(file)).data,
    );
  });

  test("finds files that were moved and renamed by their content", async () => {
    await render("moved.mkv");
    await mkdir(at("elsewhere/deep"), { recursive: true });
    await rename(at("media/clip.mkv"), at("elsewhere/deep/other.mkv"));
    try {
      await reproduceKept(at("moved.mkv"), { folders: [at("elsewhere")] });
    } finally {
      await rename(at("elsewhere/deep/other.mkv"), at("media/clip.mkv"));
    }
    expect(await decodeAll(at("moved-again.mkv"), 48, 32)).toEqual(
      await decodeAll(at("moved.mkv"), 48, 32),
    );
  });

  test("refuses a different file under the same name", async () => {
    await render("other.mkv");
    await copyFile(at("media/clip.mkv"), at("kept.mkv.bak"));
    await rename(at("media"), at("media-away"));
    try {
      await mkdir(at("empty"));
      await copyFile(at("other.mkv"), at("empty/other.mkv"));
      await expect(
        reproduceKept(at("empty/other.mkv"), { output: at("x.mkv") }),
      ).rejects.toMatchObject({
        code: "FILE_NOT_FOUND",
        message: expect.stringMatching(/"clip\.mkv" \(\d.*sha256 [0-9a-f]{12}/),
      });
    } finally {
      await rename(at("media-away"), at("media"));
    }
  });

  test("reports stripped metadata, and reads the recipe beside the file instead", async () => {
    await render("whole.mp4");
    await mkdir(at("stripped"));
    await ffmpeg(
      "-i",
      at("whole.mp4"),
      "-map_metadata",
      "-1",
      "-c",
      "copy",
      at("stripped/whole.mp4"),
    );
    await expect(reproduceKept(at("stripped/whole.mp4"))).rejects.toMatchObject({
      code: "NO_RECIPE",
      hint: expect.stringMatching(/remove metadata/),
    });
    await copyFile(at("whole.mp4.json"), at("stripped/whole.mp4.json"));
    await expect(
      reproduceKept(at("stripped/whole.mp4"), {
        folders: [at("media")],
        output: at("by-sidecar.mp4"),
      }),
    ).resolves.toMatchObject({ frames: 4 });
    await expect(
      reproduceKept(at("whole.mp4.json"), { output: at("from-json.mp4") }),
    ).resolves.toMatchObject({ frames: 4 });
  });

  test("refuses another network, and reports another version", async () => {
    await render("network.gif");
    const recipe = JSON.parse(await readFile(at("network.gif.json"), "utf8"));
    const edit = (changes: object): Promise<void> =>
      writeFile(at("edited.json"), JSON.stringify({ ...recipe, ...changes }));
    await edit({ networks: [{ name: "pocket", sha256: "0".repeat(64) }] });
    await expect(reproduceKept(at("edited.json"), { output: at("x.gif") })).rejects.toMatchObject({
      code: "MODEL_INVALID",
    });
    await edit({ dreamreel: "0.0.1" });
    const notes: string[] = [];
    await reproduceKept(at("edited.json"), {
      output: at("x.gif"),
      onNotice: (note) => notes.push(note),
    });
    expect(notes).toContainEqual(
      expect.stringMatching(/^made by dreamreel 0\.0\.1, .*this is dreamreel/),
    );
  });
});

test("a recipe contains no folder, no user and no machine", async () => {
  await render("private.mp4");
  const recipe = await findRecipe(at("private.mp4"));
  const text = JSON.stringify(recipe);
  expect(readRecipe(await readFile(at("private.mp4.json"), "utf8"))).toEqual(recipe);
  expect(recipe!.files.map(({ name }) => name)).toEqual(["clip.mkv", "guide ä.png"]);
  expect(text).not.toContain(folder.path);
  expect(text).not.toContain("media/");
  expect(text).not.toMatch(/\/tmp|\/home|\/root|\/Users/);
  expect(text).not.toContain(`"${userInfo().username}"`);
  expect(text).not.toContain(hostname());
});
