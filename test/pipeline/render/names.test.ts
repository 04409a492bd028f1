/** Names of files and folders that have a meaning for a shell, for ffmpeg or in a pattern, as inputs and outputs. */
import { copyFile, mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createFrame } from "../../../src/frame.ts";
import { writeImage } from "../../../src/image/image.ts";
import { parseScene } from "../../../src/scene/parse.ts";
import { openSource, type SourceSpec } from "../../../src/video/source.ts";
import { decodeAll, temporaryFolder } from "../../helpers/media.ts";
import { renderKept } from "../../helpers/render.ts";

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
const at = (name: string): string => join(folder.path, name);
const [width, height] = [32, 24];

/** Names of files and folders without an extension. */
const names = [
  "foo %d bar",
  "take%03d",
  "50%% of it",
  "%",
  "a [b] {c} what? all*",
  'it\'s #1 & "2"',
];

/** The names that are tested as outputs, which take a second or two each. */
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
  await renderKept(parseScene(JSON.stringify(scene), { path: at("scene.yaml") }));
}

/** Grey levels of the frames of a source. */
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

  test("works as a folder of pictures, and as one with a pattern inside", async () => {
    expectGreys(await greys({ type: "frames", pattern: at(name) }));
    expectGreys(await greys({ type: "frames", pattern: at(join(name, "%d.png")) }));
  });

  test("works in the names of numbered pictures", async () => {
    const numbered = `numbered ${name}`;
    await mkdir(at(numbered));
    for (let i = 0; i < 3; i++)
      await copyFile(at(`grey${i}.png`), at(join(numbered, `${name}_${i}.png`)));
    expectGreys(await greys({ type: "frames", pattern: at(join(numbered, `${name}_%03d.png`)) }));
    if (!name.includes("%%")) return;
    // In ffmpeg's patterns, %% means a single %.
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
    "works for a .%s in a folder of that name",
    async (ending) => {
      const file = join(`out ${name}`, `${name}.${ending}`);
      await render(file, { frames: at(name) });
      const decoded = await decodeAll(at(file), width, height);
      expectGreys(decoded.map((rgb) => rgb.at(-1)!));
      expectGreys(await greys({ type: "video", file: at(file), audio: "drop" }));
      expect(await readdir(at(`out ${name}`))).toContain(`${name}.${ending}`);
    },
  );

  test("works for an animated .webp in a folder of that name", async () => {
    const file = join(`out ${name}`, `${name}.webp`);
    await render(file, { frames: at(name) });
    const { pages } = await sharp(at(file), { animated: true }).metadata();
    expect(pages).toBe(3);
  });

  test("works for a folder of output frames", async () => {
    const file = join(`frames ${name}`, `${name}/`);
    await render(file, { frames: at(name) });
    expect(await readdir(at(file))).toEqual(["00000.png", "00001.png", "00002.png"]);
    expectGreys(await greys({ type: "frames", pattern: at(file) }));
  });
});
