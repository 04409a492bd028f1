/** What a film needs is copied into the share by content, and the film is made there as at home. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  appendFile,
  mkdir,
  open,
  readdir,
  rename,
  rm,
  symlink,
  truncate,
  writeFile,
} from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { hashFile } from "../../../src/disk/hash-file.ts";
import { piecesOf } from "../../../src/farm/pieces/pieces.ts";
import { copyInput } from "../../../src/farm/share/copy-input.ts";
import { filmPath, listFilms, readFilm } from "../../../src/farm/share/films.ts";
import { openShare, type Share } from "../../../src/farm/share/share.ts";
import { submitFilm } from "../../../src/farm/share/submit.ts";
import { workFolderOf } from "../../../src/pipeline/cache/cache-folder.ts";
import { findRecipe } from "../../../src/pipeline/recipe/stored-recipe.ts";
import { renderScene } from "../../../src/pipeline/render/render.ts";
import { parseScene } from "../../../src/scene/parse.ts";
import type { Scene } from "../../../src/scene/scene.ts";
import { doAll, framesIn, workOf } from "../../helpers/farm.ts";
import { ffmpeg, temporaryFolder } from "../../helpers/media.ts";
import { tinyNetwork } from "../../helpers/network.ts";
import { splitOnnx } from "../../helpers/split-onnx.ts";

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
const at = (...names: string[]): string => join(folder.path, ...names);
beforeAll(async () => {
  folder = await temporaryFolder();
  await mkdir(at("home", "ä b"), { recursive: true });
  await mkdir(at("home", "50%d"));
});
afterAll(() => folder.remove());

async function newShare(name: string): Promise<Share> {
  await mkdir(at(name));
  return openShare(at(name));
}

const plain = "source: { noise: { seed: 1 } }\nduration: 3f\ndream: { iterations: 1, octaves: 1 }";

function sceneOf(name: string, yaml: string = plain): Scene {
  const text = `${yaml}\noutput: { file: ${name}.mkv, size: 32x32, fps: 8, keepFrames: true }`;
  return parseScene(text, { path: at("home", `${name}.yaml`) });
}

/** ffmpeg would take a % in a name for a pattern. */
async function picture(file: string, color: string): Promise<void> {
  const source = `color=${color}:size=32x32,noise=alls=40`;
  await ffmpeg("-f", "lavfi", "-i", source, "-frames:v", "1", at("picture.png"));
  await rename(at("picture.png"), file);
}

const helper = (...args: string[]): string[] => [
  ...[
    "--import",
    import.meta.resolve("tsx"),
    join(import.meta.dirname, "../../helpers/farm-process.ts"),
  ],
  ...args,
];

describe("a film in the share", { timeout: 120_000 }, () => {
  test("has all its files, whatever their names, and is made as at home when they are gone", async () => {
    const share = await newShare("odd");
    const home = (...names: string[]): string => at("home", ...names);
    await picture(home("ä b", "a 'b' #1 %d ü.png"), "red");
    await picture(home("ä b", "same.png"), "blue");
    await picture(home("same.png"), "green");
    await symlink(home("ä b", "same.png"), home("link.png"));
    for (const i of [1, 2, 3]) await picture(home("50%d", `shot ${i}.png`), "gray");
    for (const i of [8, 9, 10]) await picture(home("ä b", `n${i}.png`), "pink");
    await ffmpeg(
      "-f",
      "lavfi",
      "-i",
      "testsrc2=size=32x32:rate=8:duration=0.5",
      home("clip: 1.mkv"),
    );
    await writeFile(home("feathers.txt"), "1 0 0 1 0 0");
    await writeFile(home("labels.txt"), "one\ntwo\nthree\nfour");
    await mkdir(home("net", "big"), { recursive: true });
    const { model, data } = splitOnnx(tinyNetwork(3).graph, "big/weights.bin");
    await writeFile(home("net", "split.onnx"), model);
    await writeFile(home("net", "big", "weights.bin"), data);
    const preprocess =
      "preprocess: { channels: RGB, scale: 0..1, mean: [0, 0, 0], std: [1, 1, 1] }";
    const scene = sceneOf(
      "odd",
      `shots:
  - source: { image: "ä b/a 'b' #1 %d ü.png" }
    duration: 2f
    matte: { image: same.png }
    dream: { layers: { edges: 1 }, guide: { image: link.png } }
  - { source: { frames: "50%d" }, dream: { layers: { edges: 1 } }, color: { match: { image: ä b/same.png } } }
  - { source: { frames: "ä b/n%d.png" }, dream: { layers: { edges: 1 } } }
  - source: { video: "clip: 1.mkv" }
    model: { file: net/split.onnx, labels: labels.txt, ${preprocess} }
    dream: { layers: { low: { objective: direction, file: feathers.txt } }, classes: { three: 1 } }
dream: { octaves: 1, iterations: 1 }
engine: cpu`,
    );
    const { file } = await renderScene(scene, { engine: "cpu", threads: 1 });
    const whole = await framesIn(workFolderOf(file, false));
    const recipe = await findRecipe(file);
    const film = await submitFilm(share, [scene], { secondsPerMegapixel: 1e5 });
    await rename(at("home"), at("elsewhere"));
    try {
      await doAll(share, film);
      expect(await framesIn(workOf(share, film))).toEqual(whole);
      const made = await findRecipe(filmPath(share, film, film.scenes[0]!.output));
      // A name with a pattern stands with its folder.
      const plainly = (one: typeof made): unknown =>
        JSON.parse(JSON.stringify(one).replace(/[0-9a-f]{32}\/|home\/|ä b\/(?=a)/g, ""));
      expect(plainly(made)).toEqual(plainly(recipe));
    } finally {
      await rename(at("elsewhere"), at("home"));
    }
  });

  test("is one film for two submitters at the same moment, and for a third later", async () => {
    const share = await newShare("two");
    await picture(at("home", "both.png"), "red");
    const yaml =
      "source: { image: both.png }\nduration: 3f\noutput: { file: both.mkv, size: 32x32 }";
    await writeFile(at("home", "both.yaml"), yaml);
    const args = helper("submit", share.path, at("home", "both.yaml"), "1e5");
    const submitted = await Promise.all([1, 2, 3].map(() => execa(process.execPath, args)));
    const said = submitted.map(({ stdout }) => stdout);
    expect(new Set(said).size).toBe(1);
    const later = await execa(process.execPath, args);
    expect(later.stdout).toBe(said[0]);
    expect(await listFilms(share)).toHaveLength(1);
    expect(await readdir(join(share.root, "inputs"))).toHaveLength(1);
    const film = await readFilm(share, "both");
    expect(await piecesOf(share, film)).not.toEqual([]);
    await doAll(share, film);
  });

  test("differs where its scene, its files, its engine or a preview differ, and in nothing else", async () => {
    const share = await newShare("differ");
    const idOf = async (scene: Scene, options = {}): Promise<string> =>
      (await submitFilm(share, [scene], options)).id;
    const id = await idOf(sceneOf("a"));
    expect(id).toMatch(/^a-[0-9a-f]{8}$/);
    expect(await idOf(sceneOf("a"), { priority: 5, tags: ["gpu"], secondsPerMegapixel: 9 })).toBe(
      id,
    );
    expect(await idOf(sceneOf("a", `${plain}\nseed: 2`))).not.toBe(id);
    expect(await idOf(sceneOf("a"), { preview: true })).not.toBe(id);
    expect(await idOf(sceneOf("a"), { engine: "webgpu" })).not.toBe(id);
    const image = "source: { image: both.png }\nduration: 3f";
    const before = await idOf(sceneOf("b", image));
    await picture(at("home", "both.png"), "blue");
    expect(await idOf(sceneOf("b", image))).not.toBe(before);
    await expect(readFilm(share, "a-")).rejects.toMatchObject({ code: "FILM_NOT_FOUND" });
    await expect(readFilm(share, "../a")).rejects.toMatchObject({
      code: "FILM_NOT_FOUND",
      hint: expect.stringContaining(id),
    });
    expect((await readFilm(share, id.slice(0, -2))).id).toBe(id);
  });

  test("of several scenes, such as a sweep, has an output for each", async () => {
    const share = await newShare("sweep");
    const scenes = [1, 2, 3].map((seed) => sceneOf(`s${seed}`, `${plain}\nseed: ${seed}`));
    const film = await submitFilm(share, scenes, {
      name: "Sweep: ünusual",
      secondsPerMegapixel: 1e5,
    });
    expect(film.id).toMatch(/^Sweep-u-nusual-[0-9a-f]{8}$|^Sweep-unusual-[0-9a-f]{8}$/);
    await doAll(share, film);
    for (const [i, scene] of scenes.entries()) {
      const { file } = await renderScene(scene, { engine: "cpu", threads: 1 });
      expect(await framesIn(workOf(share, film, i))).toEqual(
        await framesIn(workFolderOf(file, false)),
      );
    }
    const twice = submitFilm(share, [scenes[0]!, scenes[0]!]);
    await expect(twice).rejects.toMatchObject({ code: "USAGE" });
  });
});

describe("an input", { timeout: 60_000 }, () => {
  const large = 100 << 20;

  test("that was copied by a process that was killed is copied again, and half of it is never used", async () => {
    const share = await newShare("killed");
    const inputs = join(share.root, "inputs");
    await writeFile(at("large.bin"), "");
    await truncate(at("large.bin"), large);
    const sha256 = await hashFile(at("large.bin"));
    const child = spawn(process.execPath, helper("copy", share.path, at("large.bin"), sha256));
    while (!(await readdir(inputs)).some((name) => name.startsWith(".partial"))) await wait(2);
    child.kill("SIGKILL");
    await once(child, "exit");
    const [left, ...others] = await readdir(inputs);
    expect(left).toMatch(/^\.partial-/);
    expect(others).toEqual([]);
    const file = { from: at("large.bin"), name: "large.bin", sha256, bytes: large };
    const [input] = await copyInput(share, [file]);
    expect(await hashFile(join(inputs, input!.path))).toBe(sha256);
    // A copy that somebody has cut off is replaced.
    await truncate(join(inputs, input!.path), 1000);
    await copyInput(share, [file]);
    expect(await hashFile(join(inputs, input!.path))).toBe(sha256);
    await rm(inputs, { recursive: true });
  });

  test("that changes while it is copied is one clear error, and leaves nothing", async () => {
    const share = await newShare("changing");
    await writeFile(at("growing.bin"), "");
    await truncate(at("growing.bin"), large);
    const sha256 = await hashFile(at("growing.bin"));
    const file = { from: at("growing.bin"), name: "growing.bin", sha256, bytes: large };
    const copying = copyInput(share, [file]);
    const changing = (async () => {
      while ((await readdir(join(share.root, "inputs"))).length === 0) await wait(1);
      await appendFile(at("growing.bin"), "more");
    })();
    await expect(copying).rejects.toMatchObject({
      code: "SOURCE_CHANGED",
      where: at("growing.bin"),
      hint: expect.stringContaining("again"),
    });
    await changing;
    expect(await readdir(join(share.root, "inputs"))).toEqual([]);
    await rm(at("growing.bin"));
  });

  test("that has been replaced in the share is not taken for the film's", async () => {
    const share = await newShare("replaced");
    await picture(at("home", "swap.png"), "red");
    const scene = sceneOf("swap", "source: { image: swap.png }\nduration: 2f");
    const film = await submitFilm(share, [scene], {});
    const handle = await open(join(share.root, "inputs", film.inputs[0]!.path), "a");
    await handle.writeFile("more");
    await handle.close();
    await expect(doAll(share, film)).rejects.toMatchObject({ code: "SOURCE_CHANGED" });
    // Submitting again repairs it.
    await submitFilm(share, [scene], {});
    await doAll(share, film);
  });
});
