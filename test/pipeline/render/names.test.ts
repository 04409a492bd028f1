/** Names and folders that mean something to a shell, to ffmpeg or to a pattern, as what is read and what is written. */
import { copyFile, mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createFrame } from "../../../src/frame.ts";
import { writeImage } from "../../../src/image/image.ts";
import { renderScene } from "../../../src/pipeline/render/render.ts";
import { parseScene } from "../../../src/scene/parse.ts";
import { openSource, type SourceSpec } from "../../../src/video/source.ts";
import { decodeAll, temporaryFolder } from "../../helpers/media.ts";

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
const at = (name: string): string => join(folder.path, name);
const [width, height] = [32, 24];

/** Names of files and of folders, without an ending. */
const names = [
  "foo %d bar",
  "take%03d",
  "50%% of it",
  "%",
  "a [b] {c} what? all*",
  'it\'s #1 & "2"',
];

/** Those that outputs are tried with, a second or two each. */
const rendered = new Set(["foo %d bar", "take%03d", "50%% of it", "a [b] {c} what? all*"]);

beforeAll(async () => {
  folder = await temporaryFolder();
  for (let i = 0; i < 3; i++) {
    const frame = createFrame(height, width);
    frame.data.fill((50 + 60 * i) / 255);
    await writeImage(frame, at(`grey${i}.png`));
  }
});
afterAll(() => folder.remove());

async function render(output: string, source: object): Promise<void> {
  const scene = {
    source,
    mix: 0,
    dream: { octaves: 1, iterations: 0 },
    feedback: { amount: 0 },
    color: { match: "off" },
    output: { file: at(output), size: `${width}x${height}`, fps: 10, quality: 4 },
  };
  await renderScene(parseScene(JSON.stringify(scene), { path: at("scene.yaml") }));
}

/** Greys of the frames of a source. */
async function greys(spec: SourceSpec): Promise<number[]> {
  const source = await openSource(spec);
  const found: number[] = [];
  for (let frame = await source.next(); frame; frame = await source.next())
    found.push(Math.round(frame.data[height * width - 1]! * 255));
  await source.close();
  return found;
}

function expectGreys(found: readonly number[]): void {
  expect(found).toHaveLength(3);
  found.forEach((grey, i) => {
    expect(Math.abs(grey - 50 - 60 * i), `${found}`).toBeLessThanOrEqual(4);
  });
}

describe.skipIf(process.platform === "win32").each(names)("%j", (name) => {
  beforeAll(async () => {
    await mkdir(at(name), { recursive: true });
    for (let i = 0; i < 3; i++) await copyFile(at(`grey${i}.png`), at(join(name, `${i}.png`)));
  });

  test("is a folder of pictures, and one with a pattern inside", async () => {
    expectGreys(await greys({ type: "frames", pattern: at(name) }));
    expectGreys(await greys({ type: "frames", pattern: at(join(name, "%d.png")) }));
  });

  test("stands in the names of numbered pictures", async () => {
    const numbered = `numbered ${name}`;
    await mkdir(at(numbered));
    for (let i = 0; i < 3; i++)
      await copyFile(at(`grey${i}.png`), at(join(numbered, `${name}_${i}.png`)));
    expectGreys(await greys({ type: "frames", pattern: at(join(numbered, `${name}_%03d.png`)) }));
    if (!name.includes("%%")) return;
    // ffmpeg's patterns write a single % twice.
    const single = name.replace("%%", "%");
    await mkdir(at(`single ${name}`));
    for (let i = 0; i < 3; i++)
      await copyFile(at(`grey${i}.png`), at(join(`single ${name}`, `${single}_${i}.png`)));
    expectGreys(
      await greys({ type: "frames", pattern: at(join(`single ${name}`, `${name}_%d.png`)) }),
    );
  });

  if (!rendered.has(name)) return;
  test.each(["mov", "mkv", "gif", "apng"])(
    "is a .%s in a folder of that name, written and read again",
    async (ending) => {
      const file = join(`out ${name}`, `${name}.${ending}`);
      await render(file, { frames: at(name) });
      const decoded = await decodeAll(at(file), width, height);
      expectGreys(decoded.map((rgb) => rgb.at(-1)!));
      expectGreys(await greys({ type: "video", file: at(file), audio: "drop" }));
      expect(await readdir(at(`out ${name}`))).toContain(`${name}.${ending}`);
    },
  );

  test("is an animated .webp in a folder of that name", async () => {
    const file = join(`out ${name}`, `${name}.webp`);
    await render(file, { frames: at(name) });
    const { pages } = await sharp(at(file), { animated: true }).metadata();
    expect(pages).toBe(3);
  });

  test("is a folder of frames that is written", async () => {
    const file = join(`frames ${name}`, `${name}/`);
    await render(file, { frames: at(name) });
    expect(await readdir(at(file))).toEqual(["00000.png", "00001.png", "00002.png"]);
    expectGreys(await greys({ type: "frames", pattern: at(file) }));
  });
});
