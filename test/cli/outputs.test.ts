/** No command replaces its inputs, whatever their names, with and without --force. */
import { link, mkdir, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { basename, join, relative } from "node:path";
import { Command } from "commander";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { addAtlas } from "../../src/cli/commands/atlas.ts";
import { addDream } from "../../src/cli/commands/dream.ts";
import { addFlow } from "../../src/cli/commands/flow.ts";
import { addPlot } from "../../src/cli/commands/plot.ts";
import { addRender } from "../../src/cli/commands/render.ts";
import { addReproduce } from "../../src/cli/commands/reproduce.ts";
import { addStill } from "../../src/cli/commands/still.ts";
import { writeOnnx } from "../../src/graph/onnx/file.ts";
import { writeImage } from "../../src/image/image.ts";
import { ffmpeg, temporaryFolder } from "../helpers/media.ts";
import { randomFrame, tinyNetwork } from "../helpers/network.ts";

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
const at = (name: string): string => join(folder.path, name);

/** Run a command line in this process. */
async function run(...args: readonly string[]): Promise<void> {
  const program = new Command().exitOverride();
  for (const add of [addRender, addReproduce, addDream, addStill, addPlot, addAtlas, addFlow])
    add(program.command.bind(program));
  await program.parseAsync([...args, "--quiet"], { from: "user" });
}

const scene = (source: string, more = ""): string =>
  `source: ${source}\nduration: 2f\noutput: { size: 16x16 }\ndream: { layers: { edges: 1 }, octaves: 1, iterations: 0 }\n${more}`;

beforeAll(async () => {
  folder = await temporaryFolder();
  await ffmpeg("-f", "lavfi", "-i", "testsrc2=size=16x16:rate=8:duration=0.5", at("clip.mkv"));
  await ffmpeg("-f", "lavfi", "-i", "sine=duration=0.5", "-c:a", "flac", at("sound.mkv"));
  await mkdir(at("shot"));
  for (const i of [0, 1]) await writeImage(randomFrame(i, 16, 16), at(`shot/0000${i}.png`));
  for (const name of ["photo", "guide", "matte"])
    await writeImage(randomFrame(3, 16, 16), at(`${name}.png`));
  await symlink(at("shot/00000.png"), at("linked.png"));
  await link(at("shot/00001.png"), at("twin.png"));
  await writeFile(at("own.onnx"), writeOnnx(tinyNetwork(1).graph));
  await writeFile(at("clip.yaml"), scene("{ video: clip.mkv }", "audio: sound.mkv\n"));
  await writeFile(at("frames.yaml"), scene("{ frames: shot/ }"));
  await writeFile(at("linked.yaml"), scene("{ image: linked.png }"));
  await writeFile(at("twin.yaml"), scene("{ image: twin.png }"));
  await writeFile(at("photo.yaml"), scene("{ image: photo.png }", "matte: matte.png\n"));
  await writeFile(at("film.mkv.json"), scene("{ image: photo.png }"));
  await run("render", at("photo.yaml"), "-o", at("made.mkv"));
  await run("render", at("photo.yaml"), "-o", `${at("pictures")}/`);
  await run("still", at("photo.yaml"), "--at", "0s", "-o", at("made.png"));
  await symlink(folder.path, at("here"));
});
afterAll(() => folder.remove());

/** Command, arguments, and the input that the output must not replace. */
const verbs: readonly (readonly [string, readonly string[], string])[] = [
  ["render: its clip", ["render", "clip.yaml"], "clip.mkv"],
  ["render: its sound", ["render", "clip.yaml"], "sound.mkv"],
  ["render: its sequence", ["render", "frames.yaml"], "shot/"],
  ["render: a folder with its picture", ["render", "linked.yaml"], "shot/"],
  ["render: a folder with a hard link to its picture", ["render", "twin.yaml"], "shot/"],
  ["still: its picture", ["still", "photo.yaml", "--at", "0s"], "photo.png"],
  ["still: its matte", ["still", "photo.yaml", "--at", "0s"], "matte.png"],
  ["dream: its picture", ["dream", "photo.png"], "photo.png"],
  ["dream: its guide", ["dream", "photo.png", "--guide", "guide.png"], "guide.png"],
  ["dream: its matte", ["dream", "photo.png", "--set", "matte=matte.png"], "matte.png"],
  ["plot: its picture", ["plot", "photo.yaml"], "photo.png"],
  ["atlas: its picture", ["atlas", "--image", "photo.png"], "photo.png"],
  ["atlas: its network", ["atlas", "own.onnx", "--html"], "own.onnx"],
  ["flow: its first picture", ["flow", "photo.png", "guide.png"], "photo.png"],
  ["flow: its second picture", ["flow", "photo.png", "guide.png"], "guide.png"],
  ["reproduce: a video", ["reproduce", "made.mkv"], "made.mkv"],
  ["reproduce: a still", ["reproduce", "made.png"], "made.png"],
  ["reproduce: a folder", ["reproduce", "pictures"], "pictures/"],
  ["reproduce: the folder of a picture", ["reproduce", "pictures/00000.png"], "pictures/"],
];

/** Other names of the same file or folder. */
const names: Readonly<Record<string, (file: string) => Promise<string>>> = {
  "its own name": async (file) => at(file),
  "a path from here": async (file) => relative(process.cwd(), at(file)) + slash(file),
  "a way round": async (file) => `${folder.path}/shot/.././${file}`,
  "a linked folder": async (file) => at(`here/${file}`),
  "a link": (file) => another(file, symlink),
  "a hard link": (file) => (slash(file) ? Promise.resolve(at(file)) : another(file, link)),
};

const slash = (file: string): string => (file.endsWith("/") ? "/" : "");

/** A new name with the same extension in a separate folder. */
async function another(
  file: string,
  make: (target: string, path: string) => Promise<void>,
): Promise<string> {
  const place = at(`by-${make.name}`);
  await mkdir(place, { recursive: true });
  const path = join(place, basename(file));
  await make(at(file).replace(/\/$/, ""), path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "EEXIST") throw error;
  });
  return path + slash(file);
}

/** Arguments of a command line, with the full paths of files. */
const placed = (args: readonly string[]): string[] =>
  args.map((arg) =>
    arg.startsWith("matte=")
      ? `matte=${at("matte.png")}`
      : /[./]|^pictures/.test(arg)
        ? at(arg)
        : arg,
  );

/** Content of a file, or of all files of a folder. */
async function contentOf(file: string): Promise<Buffer[]> {
  if (!slash(file)) return [await readFile(at(file))];
  const inside = (await readdir(at(file))).sort();
  return Promise.all(inside.map((name) => readFile(at(`${file}${name}`))));
}

describe("an output that is an input is refused", () => {
  test.each(verbs)("by %s", async (_, args, input) => {
    const before = await contentOf(input);
    const beside = await readdir(folder.path);
    for (const [how, nameOf] of Object.entries(names)) {
      const output = await nameOf(input);
      for (const force of [[], ["--force"]]) {
        const result = run(...placed(args), "-o", output, ...force);
        await expect(result, `${how} ${force.join()}`).rejects.toMatchObject({
          code: "OUTPUT_EXISTS",
        });
      }
    }
    expect(await contentOf(input)).toEqual(before);
    const added = (await readdir(folder.path)).filter((name) => !beside.includes(name));
    expect(added.filter((name) => !name.startsWith("by-"))).toEqual([]);
  });

  test.each([
    ["the scene itself", ["render", "film.mkv.json"], "film.mkv"],
    ["the recipe that it reproduces", ["reproduce", "made.mkv.json"], "made.mkv"],
  ])("if the recipe beside it would replace %s", async (_, args, output) => {
    const before = await contentOf(`${output}.json`);
    for (const path of [at(output), at(`here/${output}`)])
      await expect(run(...placed(args), "-o", path, "--force")).rejects.toMatchObject({
        code: "OUTPUT_EXISTS",
        where: at(`${output}.json`),
      });
    expect(await contentOf(`${output}.json`)).toEqual(before);
  });

  test("if it is an input of another scene of the same command", async () => {
    const before = await contentOf("clip.mkv");
    await writeFile(
      at("two.yaml"),
      scene("{ video: clip.mkv }").replace("{ size", "{ file: other.mkv, size"),
    );
    await writeFile(
      at("one.yaml"),
      scene("{ noise: {} }").replace("{ size", "{ file: here/clip.mkv, size"),
    );
    await expect(run("render", at("one.yaml"), at("two.yaml"), "--force")).rejects.toMatchObject({
      code: "OUTPUT_EXISTS",
      where: at("clip.mkv"),
    });
    expect(await contentOf("clip.mkv")).toEqual(before);
  });
});
