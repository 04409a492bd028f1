/** Clips, sounds and outputs whose names have a meaning elsewhere, and files that are not clips. */
import { execFileSync } from "node:child_process";
import { copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { decodeSound, probeSound } from "../../src/audio/sound.ts";
import { parseOutput } from "../../src/output.ts";
import { chooseRate } from "../../src/video/frame-rate.ts";
import { parseInfo } from "../../src/video/header.ts";
import { openSink } from "../../src/video/open-sink.ts";
import { probeVideo } from "../../src/video/probe.ts";
import { openSource } from "../../src/video/source.ts";
import { ffmpeg, temporaryFolder } from "../helpers/media.ts";

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
const at = (name: string): string => join(folder.path, name);
const windows = process.platform === "win32";

beforeAll(async () => {
  folder = await temporaryFolder();
  await ffmpeg(
    ...[
      "-f",
      "lavfi",
      "-i",
      "testsrc2=size=64x36:rate=10:duration=1",
      "-f",
      "lavfi",
      "-i",
      "sine=duration=1",
    ],
    ...[
      "-pix_fmt",
      "yuv420p",
      "-metadata",
      "title=Stream #0:0: Video: x, 9x9, 7 fps",
      at("clip.mp4"),
    ],
  );
  for (const [name, size] of [
    ["a.ts", "64x36"],
    ["b.ts", "128x96"],
  ] as const)
    await ffmpeg(
      "-f",
      "lavfi",
      "-i",
      `testsrc2=size=${size}:rate=10:duration=1`,
      "-pix_fmt",
      "yuv420p",
      at(name),
    );
  await mkdir(at("out"));
});
afterAll(() => folder.remove());

async function countFrames(file: string): Promise<number> {
  const source = await openSource({ type: "video", file, audio: "keep" });
  let count = 0;
  try {
    while (await source.next()) count++;
  } finally {
    await source.close();
  }
  return count;
}

const names = [
  "-i.mp4",
  "a:b.mp4",
  "http:x.mp4",
  "new\nline.mp4",
  "it's 100%d.mp4",
  "concat:a|b.mp4",
  "pipe:0.mp4",
  'quoted "[x]{}*?.mp4',
  "two words.mp4",
];

describe.skipIf(windows)("a file name", () => {
  test.each(names)("%j works for video, sound and outputs", async (name) => {
    await copyFile(at("clip.mp4"), at(name));
    expect(await countFrames(at(name))).toBe(10);
    expect(await probeSound(at(name))).toMatchObject({ codec: "aac" });
    let samples = 0;
    for await (const { length } of decodeSound(await probeSound(at(name)))) samples += length;
    expect(samples).toBeGreaterThan(44_000);
    const sink = await openSink(parseOutput(at(join("out", name))), {
      work: at("out"),
      size: { width: 64, height: 36 },
      fps: { num: 10, den: 1 },
      quality: 30,
      audio: [{ sound: await probeSound(at(name)), durationSec: 0.3 }],
    });
    for (let i = 0; i < 3; i++) await sink.write(new Uint8Array(64 * 36 * 3));
    await sink.finish();
    expect(await countFrames(at(join("out", name)))).toBe(3);
    expect(await probeVideo(at(join("out", name)))).toMatchObject({ sound: { codec: "aac" } });
  });
});

const hls = (part: string): string =>
  `#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n${part}\n#EXT-X-ENDLIST\n`;

describe("a video file", () => {
  test.each<[string, string, () => string]>([
    ["a playlist", "list.m3u8", () => hls(at("a.ts"))],
    ["a playlist with a clip's extension", "list.mp4", () => hls(at("a.ts"))],
    ["a playlist of addresses", "list2.mp4", () => hls("http://127.0.0.1:9/a.ts")],
    ["a list for concat", "list.ffconcat", () => "ffconcat version 1.0\nfile a.ts\n"],
    [
      "a list for concat with a clip's extension",
      "list3.mp4",
      () => "ffconcat version 1.0\nfile a.ts\n",
    ],
    [
      "a session description",
      "x.sdp",
      () =>
        "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 5004 RTP/AVP 96\na=rtpmap:96 H264/90000\n",
    ],
    [
      "a manifest",
      "x.mpd",
      () =>
        '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static"><Period><AdaptationSet mimeType="video/mp4"><Representation id="1" bandwidth="1"><BaseURL>clip.mp4</BaseURL></Representation></AdaptationSet></Period></MPD>',
    ],
    ["an SVG", "x.svg", () => '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'],
    ["a text", "x.txt", () => "a letter\n".repeat(100)],
  ])("that is %s is refused, also as sound", async (_, name, text) => {
    await writeFile(at(name), text());
    await expect(probeVideo(at(name))).rejects.toMatchObject({ code: "NOT_A_VIDEO" });
    await expect(probeSound(at(name))).rejects.toMatchObject({ code: "NOT_A_SOUND" });
  });

  test("truncated in the middle is refused or ends early", async () => {
    for (const [name, from] of [
      ["half.mp4", "clip.mp4"],
      ["half.ts", "a.ts"],
    ] as const) {
      const bytes = await readFile(at(from));
      await writeFile(at(name), bytes.subarray(0, bytes.length >> 1));
    }
    await expect(probeVideo(at("half.mp4"))).rejects.toMatchObject({ code: "NOT_A_VIDEO" });
    expect(await countFrames(at("half.ts"))).toBeLessThan(10);
  });

  test.skipIf(windows)("that is a device or a pipe is refused without blocking", async () => {
    execFileSync("mkfifo", [at("pipe.mp4")]);
    for (const file of ["/dev/zero", at("pipe.mp4")]) {
      await expect(probeVideo(file)).rejects.toMatchObject({ code: "NOT_A_FILE" });
      await expect(probeSound(file)).rejects.toMatchObject({ code: "NOT_A_FILE" });
    }
  });

  test.each([
    "http://127.0.0.1:9/x.mp4",
    "concat:a.ts|b.ts",
    "pipe:0",
    "file:clip.mp4",
    "data:video/mp4;base64,AAAA",
  ])("named like the URL %s is read as a file", async (file) => {
    await expect(probeVideo(file)).rejects.toMatchObject({ code: "FILE_NOT_FOUND" });
    await expect(probeSound(file)).rejects.toMatchObject({ code: "FILE_NOT_FOUND" });
  });

  test("whose size changes keeps the first size", async () => {
    const both = await Promise.all([readFile(at("a.ts")), readFile(at("b.ts"))]);
    await writeFile(at("both.ts"), Buffer.concat(both));
    const source = await openSource({ type: "video", file: at("both.ts"), audio: "drop" });
    expect(source.size).toEqual({ width: 64, height: 36 });
    let frames = 0;
    for (let frame = await source.next(); frame; frame = await source.next()) {
      expect(frame).toMatchObject({ width: 64, height: 36 });
      frames++;
    }
    await source.close();
    expect(frames).toBe(20);
  });
});

test("with a title that looks like a stream line has no such stream", async () => {
  expect(await probeVideo(at("clip.mp4"))).toMatchObject({ width: 64, height: 36 });
});

test("with an implausible rate gets a lower one, and a stream without a rate gets 25", () => {
  const rates = (rate: string): unknown =>
    parseInfo(`  Stream #0:0: Video: h264, yuv420p, 64x36, ${rate}\n`)?.video?.rates;
  expect(rates("90k fps, 90k tbr")).toEqual([{ num: 1000, den: 1 }]);
  expect(rates("90k fps, 30 tbr")).toEqual([{ num: 30, den: 1 }]);
  expect(rates("90k tbn")).toEqual([]);
  expect(chooseRate([0, 1], 2, [])).toEqual({ num: 25, den: 1 });
});

test.each([
  ["too wide", "color=size=20000x16", "TOO_LARGE"],
  ["beyond ffmpeg's limit", "testsrc2=size=100000x100000", "FFMPEG_FAILED"],
])("a lavfi source %s is refused", async (_, graph, code) => {
  await expect(openSource({ type: "lavfi", graph })).rejects.toMatchObject({ code });
});

test("a source of an enormous size allocates nothing before its first frame", async () => {
  const started = performance.now();
  const size = { width: 16384, height: 16384 };
  const source = await openSource({ type: "noise", seed: 1, scale: 4 }, { size });
  expect(source.size).toEqual(size);
  expect(performance.now() - started).toBeLessThan(1000);
});
