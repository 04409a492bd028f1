import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { probeSound } from "../../src/audio/sound.ts";
import { createFrame } from "../../src/frame.ts";
import { toBytes } from "../../src/image/image.ts";
import { parseOutput } from "../../src/output.ts";
import { openSink } from "../../src/video/open-sink.ts";
import { probeVideo } from "../../src/video/probe.ts";
import type { SinkOptions } from "../../src/video/sink.ts";
import { decodeAll, decodeSound, ffmpeg, firstSound, temporaryFolder } from "../helpers/media.ts";

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
const at = (name: string): string => join(folder.path, name);
beforeAll(async () => {
  folder = await temporaryFolder();
  await mkdir(at("work"));
});
afterAll(() => folder.remove());

/** The bytes of a frame of one colour that becomes brighter with `i`. */
function flat(i: number, width: number, height: number): Uint8Array {
  const frame = createFrame(height, width);
  frame.data.fill(0.2 + 0.05 * i);
  frame.data.fill(0.6, 0, width * height);
  return toBytes(frame);
}

const options = (width: number, height: number, rest: Partial<SinkOptions> = {}): SinkOptions => ({
  work: at("work"),
  size: { width, height },
  fps: { num: 24, den: 1 },
  quality: 12,
  ...rest,
});

async function write(file: string, count: number, settings: SinkOptions): Promise<void> {
  const sink = await openSink(parseOutput(file), settings);
  for (let i = 0; i < count; i++)
    await sink.write(flat(i, settings.size.width, settings.size.height));
  await sink.finish();
}

describe("a video", () => {
  test.each(["mp4", "mov", "mkv", "webm", "gif", "apng"])(
    "as .%s contains every frame with its colours",
    async (ending) => {
      const file = at(`video.${ending}`);
      await write(file, 8, options(64, 36));
      const frames = await decodeAll(file, 64, 36);
      expect(frames).toHaveLength(8);
      frames.forEach((frame, i) => {
        expect(Math.abs(frame[3 * 500]! - 153)).toBeLessThan(8);
        expect(Math.abs(frame[3 * 500 + 1]! - (0.2 + 0.05 * i) * 255)).toBeLessThan(8);
      });
    },
  );

  test("has the exact frame rate", async () => {
    await write(at("ntsc.mp4"), 12, options(64, 36, { fps: { num: 24000, den: 1001 } }));
    expect(await probeVideo(at("ntsc.mp4"))).toMatchObject({
      fps: { num: 24000, den: 1001 },
      frameCount: 12,
    });
  });

  test("of odd size gains a pixel that repeats the edge", async () => {
    await write(at("odd.mp4"), 3, options(101, 57));
    const frames = await decodeAll(at("odd.mp4"), 102, 58);
    expect(frames).toHaveLength(3);
    const [inside, edge] = [3 * (30 * 102 + 50), 3 * (57 * 102 + 101)];
    expect(Math.abs(frames[0]![inside]! - frames[0]![edge]!)).toBeLessThan(6);
  });

  test.each([
    ["h265", "mp4"],
    ["vp9", "mkv"],
    ["prores", "mov"],
  ] as const)("accepts codec %s in .%s", async (codec, ending) => {
    await write(at(`${codec}.${ending}`), 4, options(64, 36, { codec }));
    expect(await decodeAll(at(`${codec}.${ending}`), 64, 36)).toHaveLength(4);
  });

  test("refuses a codec that its container cannot hold, and an unknown extension", async () => {
    await expect(
      openSink(parseOutput(at("x.webm")), options(8, 8, { codec: "h264" })),
    ).rejects.toMatchObject({
      code: "USAGE",
    });
    await expect(openSink(parseOutput(at("x.txt")), options(8, 8))).rejects.toMatchObject({
      code: "USAGE",
    });
  });
});

describe("sound", () => {
  beforeAll(async () => {
    // Silence, and a beep from 1.5 s on.
    await ffmpeg(
      "-f",
      "lavfi",
      "-i",
      "sine=frequency=440:duration=3:sample_rate=44100,volume='if(lt(t,1.5),0,1)':eval=frame",
      "-c:a",
      "aac",
      at("beep.m4a"),
    );
  });

  test("as a whole is kept in sync", async () => {
    await write(
      at("whole.mp4"),
      72,
      options(64, 36, { audio: [{ sound: await probeSound(at("beep.m4a")), durationSec: 3 }] }),
    );
    const sound = await decodeSound(at("whole.mp4"));
    expect(firstSound(sound)).toBeCloseTo(1.5, 1);
    expect(sound.length / 8000).toBeCloseTo(3, 1);
  });

  test.each(["mp4", "webm"])("from a start is cut to its length in .%s", async (ending) => {
    const file = at(`part.${ending}`);
    await write(
      file,
      24,
      options(64, 36, {
        audio: [{ sound: await probeSound(at("beep.m4a")), startSec: 1, durationSec: 1 }],
      }),
    );
    const sound = await decodeSound(file);
    expect(Math.abs(firstSound(sound) - 0.5)).toBeLessThan(0.06);
    expect(Math.abs(sound.length / 8000 - 1)).toBeLessThan(0.08);
    expect(await decodeAll(file, 64, 36)).toHaveLength(24);
  });

  test("in several pieces is joined with sample accuracy, with silence and cross-fades in between", async () => {
    const file = at("pieces.mkv");
    const beep = { sound: await probeSound(at("beep.m4a")), startSec: 1.5 };
    const audio = [
      { durationSec: 0.5 },
      { ...beep, durationSec: 0.75 },
      { durationSec: 0.25 },
      // Half of it overlaps the silence before it, which fades out.
      { ...beep, durationSec: 1, crossfadeSec: 0.25 },
      // The part beyond the end of the file is silent.
      { ...beep, startSec: 2.75, durationSec: 0.5 },
    ];
    await write(file, 66, options(64, 36, { audio }));
    const sound = await decodeSound(file);
    expect(Math.abs(sound.length / 8000 - 2.75)).toBeLessThan(0.03);
    const loud = (from: number, to: number): number =>
      Math.sqrt(
        sound.slice(from * 8000, to * 8000).reduce((sum, v) => sum + v * v, 0) /
          ((to - from) * 8000),
      );
    const full = loud(0.7, 1.1);
    expect(full).toBeGreaterThan(0.05);
    expect(loud(0, 0.45)).toBeLessThan(0.01 * full);
    expect(loud(1.26, 1.34)).toBeLessThan(0.6 * full);
    expect(loud(1.55, 2.2)).toBeCloseTo(full, 2);
    expect(loud(2.55, 2.75)).toBeLessThan(0.02 * full);
  });
});

describe("PNG frames", () => {
  test("are numbered, and replace all frames of an earlier run", async () => {
    await write(`${at("frames")}/`, 5, options(16, 9));
    await write(`${at("frames")}/`, 3, options(16, 9));
    expect((await readdir(at("frames"))).sort()).toEqual(["00000.png", "00001.png", "00002.png"]);
  });

  test("do not change a folder that contains other files", async () => {
    await mkdir(at("photos"));
    await writeFile(at("photos/holiday.jpg"), "x");
    await expect(openSink(parseOutput(`${at("photos")}/`), options(16, 9))).rejects.toMatchObject({
      code: "OUTPUT_EXISTS",
    });
    expect(await readdir(at("photos"))).toEqual(["holiday.jpg"]);
  });
});

describe("an unfinished output leaves no files behind", () => {
  test.each(["abort.mp4", "abort/"])("after an aborted %s", async (name) => {
    const before = await readdir(folder.path);
    const sink = await openSink(parseOutput(at("") + name), options(64, 36));
    for (let i = 0; i < 4; i++) await sink.write(flat(i, 64, 36));
    await sink.abort();
    expect(await readdir(folder.path)).toEqual(before);
  });

  test("if its folder cannot be written to", async () => {
    await writeFile(at("file"), "in the way");
    await expect(openSink(parseOutput(at("file/x.mp4")), options(8, 8))).rejects.toMatchObject({
      code: "OUTPUT_UNWRITABLE",
    });
    await expect(openSink(parseOutput(folder.path), options(8, 8))).rejects.toMatchObject({
      code: "OUTPUT_UNWRITABLE",
    });
  });
});
