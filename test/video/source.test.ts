import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Frame } from "../../src/frame.ts";
import {
  type FrameSource,
  openSource,
  type SourceOptions,
  type SourceSpec,
} from "../../src/video/source.ts";
import { ffmpeg, temporaryFolder } from "../helpers/media.ts";

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
const at = (name: string): string => join(folder.path, name);
beforeAll(async () => {
  folder = await temporaryFolder();
  // Frame n of testsrc shows the number n; the brightness of a ramp can also be measured.
  const ramp = (rate: string): string =>
    `color=c=black:size=64x36:rate=${rate}:duration=4,format=gray,geq=lum='20+2*N'`;
  await ffmpeg(
    "-f",
    "lavfi",
    "-i",
    ramp("24"),
    "-frames:v",
    "96",
    "-pix_fmt",
    "yuv420p",
    at("ramp24.mp4"),
  );
  await ffmpeg("-f", "lavfi", "-i", ramp("24000/1001"), "-frames:v", "50", at("ntsc.mp4"));
  await ffmpeg(
    "-f",
    "lavfi",
    "-i",
    "testsrc=size=64x36:rate=30:duration=2",
    "-vf",
    "select='not(mod(n,3))+lt(n,20)',setpts=PTS",
    "-vsync",
    "vfr",
    at("variable.mkv"),
  );
  await ffmpeg(
    "-f",
    "lavfi",
    "-i",
    "color=c=0xC81E50:size=64x36:rate=10:duration=1",
    "-pix_fmt",
    "yuv444p",
    "-colorspace",
    "bt709",
    "-vf",
    "scale=out_color_matrix=bt709",
    at("red.mp4"),
  );
  await ffmpeg("-f", "lavfi", "-i", "sine=duration=1", at("sound.m4a"));
  await writeFile(at("text.mp4"), "This is not a video.\n".repeat(50));
  await writeFile(at("empty.mp4"), "");
});
afterAll(() => folder.remove());

async function readAll(
  spec: SourceSpec,
  options?: SourceOptions,
): Promise<{ frames: Frame[]; source: FrameSource }> {
  const source = await openSource(spec, options);
  const frames: Frame[] = [];
  try {
    for (let frame = await source.next(); frame && frames.length < 500; frame = await source.next())
      frames.push(frame);
  } finally {
    await source.close();
  }
  return { frames, source };
}

const video = (name: string, rest: object = {}): SourceSpec => ({
  type: "video",
  file: at(name),
  audio: "keep",
  ...rest,
});
const level = (frame: Frame): number => frame.data.reduce((a, b) => a + b, 0) / frame.data.length;

describe("a clip", () => {
  test.each([
    ["ramp24.mp4", { num: 24, den: 1 }, 96],
    ["ntsc.mp4", { num: 24000, den: 1001 }, 50],
  ])("%s has its exact rate and number of frames", async (name, fps, count) => {
    const { frames, source } = await readAll(video(name));
    expect(source).toMatchObject({ fps, frameCount: count, size: { width: 64, height: 36 } });
    expect(frames).toHaveLength(count);
  });

  test("gives every frame once and in order", async () => {
    const { frames } = await readAll(video("ramp24.mp4"));
    const levels = frames.map(level);
    const step = (levels[90]! - levels[2]!) / 88;
    for (const i of [3, 40, 89]) expect(levels[i]! - levels[i - 1]!).toBeCloseTo(step, 2);
    expect(step).toBeGreaterThan(0.005);
  });

  test("of variable rate is converted to a constant rate and keeps its length", async () => {
    const { frames } = await readAll(video("variable.mkv"), { fps: { num: 30, den: 1 } });
    expect(Math.abs(frames.length - 60)).toBeLessThanOrEqual(3);
  });

  test("starts and ends at the given times, the end exclusive", async () => {
    const { frames: all } = await readAll(video("ramp24.mp4"));
    const { frames } = await readAll(video("ramp24.mp4", { startSec: 1, endSec: 2.5 }));
    expect(frames).toHaveLength(36);
    expect(level(frames[0]!)).toBeCloseTo(level(all[24]!), 2);
    expect(level(frames[35]!)).toBeCloseTo(level(all[59]!), 2);
  });

  test("has the colours it was made of", async () => {
    const { frames } = await readAll(video("red.mp4"));
    const area = 64 * 36;
    const pixel = [0, 1, 2].map((c) => Math.round(frames[3]!.data[c * area + 700]! * 255));
    [0xc8, 0x1e, 0x50].forEach((v, c) => {
      expect(Math.abs(pixel[c]! - v)).toBeLessThanOrEqual(3);
    });
  });

  test("is scaled to an odd size, and covers another aspect without distortion", async () => {
    const { frames } = await readAll(video("ramp24.mp4"), { size: { width: 33, height: 33 } });
    expect(frames[0]).toMatchObject({ width: 33, height: 33 });
    expect(frames).toHaveLength(96);
  });

  test.each([
    ["nowhere.mp4", "FILE_NOT_FOUND"],
    ["text.mp4", "NOT_A_VIDEO"],
    ["empty.mp4", "NOT_A_VIDEO"],
    ["sound.m4a", "NOT_A_VIDEO"],
  ])("%s is refused as %s", async (name, code) => {
    await expect(openSource(video(name))).rejects.toMatchObject({ code });
  });

  test("as a GIF, whose header has no duration, gives all its frames", async () => {
    const file = at("clip.gif");
    await ffmpeg("-f", "lavfi", "-i", "testsrc2=size=48x32:rate=10:duration=1.2", file);
    const source = await openSource({ type: "video", file, audio: "drop" });
    expect(source.frameCount).toBe(12);
    let frames = 0;
    while (await source.next()) frames++;
    expect(frames).toBe(12);
    await source.close();
  });

  test("trimmed to nothing is refused", async () => {
    await expect(openSource(video("ramp24.mp4", { startSec: 9 }))).rejects.toMatchObject({
      code: "EMPTY_VIDEO",
    });
  });
});

describe("pictures", () => {
  test("are rotated upright, flattened, and converted to RGB, with 8 and with 16 bits", async () => {
    const base = sharp({
      create: { width: 8, height: 4, channels: 4, background: { r: 255, g: 0, b: 0, alpha: 0.5 } },
    });
    await base.clone().png().toFile(at("alpha.png"));
    await base
      .clone()
      .removeAlpha()
      .withMetadata({ orientation: 6 })
      .jpeg({ quality: 100, chromaSubsampling: "4:4:4" })
      .toFile(at("turned.jpg"));
    await base
      .clone()
      .removeAlpha()
      .greyscale()
      .toColourspace("grey16")
      .png()
      .toFile(at("grey16.png"));
    const first = async (name: string): Promise<Frame> =>
      (await (await openSource({ type: "image", file: at(name) })).next())!;
    const alpha = await first("alpha.png");
    expect(alpha.data[0]).toBeCloseTo(0.5, 1);
    expect(alpha.data[40]).toBe(0);
    expect(await first("turned.jpg")).toMatchObject({ width: 4, height: 8 });
    const grey = await first("grey16.png");
    expect(grey.data[0]).toBeCloseTo(grey.data[33]!, 5);
    expect(grey.data[0]).toBeGreaterThan(0.1);
    expect(grey.data[0]).toBeLessThan(0.7);
  });

  test("in a folder or by a pattern are in natural order", async () => {
    await mkdir(at("shots"));
    for (const [name, value] of [
      ["f2.png", 20],
      ["f10.png", 100],
      ["f1.png", 10],
    ] as const) {
      await sharp({
        create: { width: 6, height: 4, channels: 3, background: { r: value, g: value, b: value } },
      }).toFile(at(`shots/${name}`));
    }
    for (const pattern of ["shots", "shots/f%d.png"]) {
      const { frames, source } = await readAll({ type: "frames", pattern: at(pattern) });
      expect(source.frameCount).toBe(3);
      expect(frames.map((f) => Math.round(f.data[0]! * 255))).toEqual([10, 20, 100]);
    }
    await expect(
      openSource({ type: "frames", pattern: at("shots/x%d.png") }),
    ).rejects.toMatchObject({ code: "FILE_NOT_FOUND" });
  });

  test("that are invalid are refused", async () => {
    await expect(openSource({ type: "image", file: at("text.mp4") })).rejects.toMatchObject({
      code: "NOT_AN_IMAGE",
    });
    await expect(openSource({ type: "image", file: at("none.png") })).rejects.toMatchObject({
      code: "FILE_NOT_FOUND",
    });
  });
});

describe("generated sources", () => {
  test("noise depends only on the seed, and is grey on average with sufficient contrast", async () => {
    const noise = async (seed: number): Promise<Frame> =>
      (await (
        await openSource({ type: "noise", seed, scale: 4 }, { size: { width: 96, height: 54 } })
      ).next())!;
    const [a, b, c] = await Promise.all([noise(1), noise(1), noise(2)]);
    expect(a).toEqual(b);
    expect(a.data).not.toEqual(c.data);
    const spread = Math.sqrt(a.data.reduce((s, v) => s + (v - level(a)) ** 2, 0) / a.data.length);
    expect(level(a)).toBeCloseTo(0.5, 1);
    expect(spread).toBeGreaterThan(0.12);
    expect(spread).toBeLessThan(0.25);
  });

  test("lavfi gives the filter's pictures at their size and rate", async () => {
    const source = await openSource({ type: "lavfi", graph: "testsrc2=size=80x46:rate=12" });
    expect(source).toMatchObject({ size: { width: 80, height: 46 }, fps: { num: 12, den: 1 } });
    expect(await source.next()).toMatchObject({ width: 80, height: 46 });
    await source.close();
  });

  test("lavfi with an unknown option is refused with ffmpeg's message", async () => {
    await expect(openSource({ type: "lavfi", graph: "testsrc2=nosuch=1" })).rejects.toMatchObject({
      code: "FFMPEG_FAILED",
      message: expect.stringContaining("nosuch"),
    });
  });
});
