import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { findFfmpeg } from "../../src/video/ffmpeg.ts";
import { FrameSplitter } from "../../src/video/frame-splitter.ts";
import { parseInfo } from "../../src/video/header.ts";
import { toRational } from "../../src/video/rational.ts";

describe("the frame splitter", () => {
  test("splits any chunks into the same pieces", () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 300 }),
        fc.integer({ min: 1, max: 40 }),
        fc.array(fc.integer({ min: 0, max: 60 }), { maxLength: 20 }),
        (bytes, size, cuts) => {
          const splitter = new FrameSplitter(size);
          const pieces: Uint8Array[] = [];
          let at = 0;
          for (const cut of [...cuts, bytes.length]) {
            pieces.push(...splitter.push(bytes.subarray(at, at + cut)));
            at = Math.min(bytes.length, at + cut);
          }
          expect(pieces.every((piece) => piece.length === size)).toBe(true);
          expect(Buffer.concat(pieces)).toEqual(
            Buffer.from(bytes.subarray(0, pieces.length * size)),
          );
          expect(splitter.rest).toBe(bytes.length % size);
        },
      ),
      { seed: 5 },
    );
  });
});

describe("frame rates", () => {
  test.each([
    [24, 24, 1],
    [23.976, 24000, 1001],
    [23.98, 24000, 1001],
    [29.97, 30000, 1001],
    [59.94, 60000, 1001],
    [12.5, 25, 2],
  ])("%d is %d/%d", (fps, num, den) => {
    expect(toRational(fps)).toEqual({ num, den });
  });
});

describe("without ffprobe", () => {
  test("the header is read from ffmpeg's output", () => {
    const words = `Input #0, mov,mp4, from 'clip.mp4':
  Duration: 00:01:04.17, start: 0.000000, bitrate: 1075 kb/s
    Stream #0:0(und): Video: h264 (High) (avc1 / 0x31637661), yuv420p(tv, bt709), 1440x1080 [SAR 4:3 DAR 16:9], 942 kb/s, 23.98 fps, 23.98 tbr
    Stream #0:1(und): Audio: aac (LC) (mp4a / 0x6134706D), 44100 Hz, stereo`;
    expect(parseInfo(words)).toMatchObject({
      format: "mov,mp4",
      video: {
        stream: 0,
        width: 1920,
        height: 1080,
        rates: [
          { num: 24000, den: 1001 },
          { num: 24000, den: 1001 },
        ],
        format: {
          deep: false,
          matrix: "bt709",
          range: "limited",
          color: { primaries: "bt709", transfer: "bt709" },
        },
      },
      audio: { stream: 1, codec: "aac" },
    });
  });

  test("a file without pictures has only sound", () => {
    expect(
      parseInfo("Input #0, mp3, from 'a.mp3':\n  Stream #0:0: Audio: mp3, 44100 Hz, stereo"),
    ).toEqual({ format: "mp3", video: undefined, audio: { stream: 0, codec: "mp3" } });
  });
});

describe("the search for ffmpeg", () => {
  test("falls back to the bundled ffmpeg if there is none on PATH", async () => {
    const { ffmpeg } = await findFfmpeg({ PATH: "/nowhere" });
    expect(ffmpeg).toMatch(/ffmpeg-installer/);
  });

  test("reports an FFMPEG_PATH that does not exist", async () => {
    await expect(findFfmpeg({ FFMPEG_PATH: "/nowhere/ffmpeg" })).rejects.toMatchObject({
      code: "FFMPEG_NOT_FOUND",
    });
  });
});
