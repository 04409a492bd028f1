/** Clips as cameras and editors store them, read with the system's ffmpeg and with the bundled one. */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import installer from "@ffmpeg-installer/ffmpeg";
import { execa } from "execa";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { parseOutput } from "../../src/output.ts";
import { findFfmpeg } from "../../src/video/ffmpeg.ts";
import { parsePeak } from "../../src/video/hdr-peak.ts";
import { openSink } from "../../src/video/open-sink.ts";
import { openSource } from "../../src/video/source.ts";
import { streamFormat } from "../../src/video/stream-format.ts";
import { ffmpeg, temporaryFolder } from "../helpers/media.ts";

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
const at = (name: string): string => join(folder.path, name);
beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(() => folder.remove());
afterEach(() => {
  vi.unstubAllEnvs();
});

/** Hide ffprobe and every ffmpeg but the bundled one. */
function useBundled(): void {
  vi.stubEnv("FFMPEG_PATH", installer.path);
  vi.stubEnv("PATH", "");
}

interface Look {
  /** 0..255 */
  readonly pixel: number[];
  readonly notices: readonly string[];
  /** Mean difference of lines from their neighbours, 0..255. */
  readonly combing: number;
  readonly frames: number;
}

/** A pixel of the second frame of a clip, or of its only frame. */
async function look(file: string, x: number, y: number): Promise<Look> {
  const source = await openSource({ type: "video", file, audio: "drop" });
  let frame = await source.next();
  let frames = 0;
  let shown = frame!;
  for (; frame; frame = await source.next()) if (++frames <= 2) shown = frame;
  await source.close();
  const { data, width, height } = shown;
  let combing = 0;
  for (let i = width; i < width * (height - 1); i++)
    combing += Math.abs(data[i]! - (data[i - width]! + data[i + width]!) / 2);
  return {
    pixel: [0, 1, 2].map((c) => data[(c * height + y) * width + x]! * 255),
    notices: source.notices,
    combing: (combing * 255) / (width * height),
    frames,
  };
}

function expectPixel(pixel: readonly number[], expected: readonly number[], within: number): void {
  expected.forEach((value, c) => {
    expect(Math.abs(pixel[c]! - value), `${pixel} is not ${expected}`).toBeLessThanOrEqual(within);
  });
}

/** A clip of one colour with the given samples and tags, stored losslessly. */
async function stored(
  name: string,
  yuv: readonly number[],
  tags: readonly string[],
  size = "32x32",
): Promise<string> {
  const [y, u, v] = yuv;
  const graph = `color=black:size=${size}:rate=12:duration=0.3,format=yuv444p10le,geq=lum=${y}:cb=${u}:cr=${v}`;
  await ffmpeg("-f", "lavfi", "-i", graph, "-c:v", "ffv1", ...tags, at(name));
  return at(name);
}

/** 10-bit samples of a BT.2020 signal. */
function bt2020([r = 0, g = 0, b = 0]: readonly number[]): number[] {
  const y = 0.2627 * r + 0.678 * g + 0.0593 * b;
  return [876 * y + 64, 512 + (896 * (b - y)) / 1.8814, 512 + (896 * (r - y)) / 1.4746].map(
    Math.round,
  );
}

const tagged = (matrix: string, primaries: string, transfer: string): string[] => [
  ...["-colorspace", matrix, "-color_primaries", primaries, "-color_trc", transfer],
  ...["-color_range", "tv"],
];

describe.each([
  ["the system's ffmpeg", () => {}],
  ["the bundled ffmpeg alone", useBundled],
] as const)("with %s", (_, choose) => {
  test("HLG is converted to SDR, with a notice", async () => {
    const file = await stored(
      "hlg.mkv",
      [721, 512, 512],
      tagged("bt2020nc", "bt2020", "arib-std-b67"),
    );
    choose();
    const { pixel, notices } = await look(file, 9, 9);
    expectPixel(pixel, [228, 228, 228], 3);
    expect(notices).toEqual([expect.stringMatching(/hlg\.mkv.*HLG.*SDR/)]);
  });

  test("PQ is converted to SDR", async () => {
    // 0.5807 is 203 cd/m², reference white.
    const file = await stored(
      "pq.mkv",
      bt2020([0.5807, 0.5807, 0.5807]),
      tagged("bt2020nc", "bt2020", "smpte2084"),
    );
    choose();
    const { pixel, notices } = await look(file, 9, 9);
    expectPixel(pixel, [228, 228, 228], 3);
    expect(notices).toHaveLength(1);
  });

  test("PQ is compressed up to the peak in the file's metadata, if there is ffprobe", async () => {
    const file = at("bright.mkv");
    const graph =
      "color=black:size=32x32:rate=12:duration=0.3,format=yuv420p10le,geq=lum=573:cb=512:cr=512";
    const light = "master-display=G(1,1)B(1,1)R(1,1)WP(1,1)L(40000000,50):max-cll=4000,400";
    await ffmpeg(
      ...["-f", "lavfi", "-i", graph, "-c:v", "libx265"],
      ...["-x265-params", `log-level=error:hdr10=1:qp=4:${light}`],
      ...[...tagged("bt2020nc", "bt2020", "smpte2084"), file],
    );
    choose();
    const { ffprobe } = await findFfmpeg();
    const { pixel } = await look(file, 9, 9);
    const white = ffprobe ? 208 : 229;
    expectPixel(pixel, [white, white, white], 3);
  });

  test("BT.2020 primaries are converted, without a notice", async () => {
    // BT.709 cyan in BT.2020 with its camera curve.
    const cyan = [0.3726, 0.9309, 0.9836].map((v) => 1.0993 * v ** 0.45 - 0.0993);
    const file = await stored("wide.mkv", bt2020(cyan), tagged("bt2020nc", "bt2020", "bt2020-10"));
    choose();
    const { pixel, notices } = await look(file, 9, 9);
    expectPixel(pixel, [0, 255, 255], 6);
    expect(notices).toEqual([]);
  });

  test.each([
    ["1136x640", "bt709"],
    ["1280x480", "bt709"],
    ["640x360", "bt601"],
  ])("an untagged clip of %s is read as %s", async (size, matrix) => {
    const file = at(`untagged-${size}.mkv`);
    const graph = `color=0xC81E50:size=${size}:rate=12:duration=0.1,format=gbrp,scale=out_color_matrix=${matrix}:out_range=tv,format=yuv444p`;
    await ffmpeg("-f", "lavfi", "-i", graph, "-c:v", "ffv1", file);
    choose();
    const { pixel } = await look(file, 9, 9);
    expectPixel(pixel, [200, 30, 80], 4);
  });

  test.each([
    ["mp4", ["-c:v", "libx264", "-qp", "4", "-flags", "+ilme+ildct", "-pix_fmt", "yuv420p"]],
    ["ts", ["-c:v", "mpeg2video", "-q:v", "2", "-flags", "+ilme+ildct", "-pix_fmt", "yuv420p"]],
    ["avi", ["-c:v", "mpeg4", "-q:v", "2", "-flags", "+ilme+ildct", "-pix_fmt", "yuv420p"]],
    ["mov", ["-c:v", "prores_ks", "-flags", "+ildct", "-pix_fmt", "yuv422p10le"]],
  ])("an interlaced .%s shows no combs, and no frame is lost", async (ending, how) => {
    const file = at(`fields.${ending}`);
    const bar =
      "color=black:size=96x64:rate=50:duration=0.4,format=gray,geq=lum='if(between(X-mod(N*4,96),0,8),235,16)'";
    const fields = "tinterlace=interleave_top,setfield=tff";
    await ffmpeg("-f", "lavfi", "-i", bar, "-vf", fields, ...how, file);
    choose();
    const { combing, frames } = await look(file, 0, 0);
    expect(combing).toBeLessThan(3);
    expect(frames).toBe(10);
  });

  test("lines of a progressive clip stay sharp", async () => {
    const stripes =
      "color=black:size=32x32:rate=12:duration=0.3,format=yuv444p,geq=lum='16+219*mod(Y,2)':cb=128:cr=128";
    await ffmpeg("-f", "lavfi", "-i", stripes, "-c:v", "ffv1", at("stripes.mkv"));
    choose();
    expect((await look(at("stripes.mkv"), 0, 0)).combing).toBeGreaterThan(200);
  });

  test.each([
    ["webm", ["-c:v", "libvpx-vp9", "-pix_fmt", "yuva420p", "-crf", "4", "-b:v", "0"]],
    ["mov", ["-c:v", "prores_ks", "-profile:v", "4444", "-pix_fmt", "yuva444p10le"]],
    ["avi", ["-c:v", "png", "-pix_fmt", "rgba"]],
    ["mkv", ["-c:v", "ffv1", "-pix_fmt", "yuva420p"]],
  ])(
    "transparency in an .%s is composited on black, whatever colour it hides",
    async (ending, how) => {
      const file = at(`clear.${ending}`);
      // The left half is red; the right half is a hidden green.
      const rgba = Buffer.alloc(4 * 32 * 32 * 3);
      for (let i = 0; i < rgba.length / 4; i++)
        rgba.set(i % 32 < 16 ? [255, 0, 0, 255] : [0, 255, 0, 0], 4 * i);
      await writeFile(at("clear.rgba"), rgba);
      const raw = ["-f", "rawvideo", "-pix_fmt", "rgba", "-s", "32x32", "-r", "12"];
      await ffmpeg(...raw, "-i", at("clear.rgba"), ...how, file);
      choose();
      expectPixel((await look(file, 28, 9)).pixel, [0, 0, 0], 4);
      expectPixel((await look(file, 3, 9)).pixel, [255, 0, 0], 12);
    },
  );

  test.each(["mp4", "mov", "mkv", "webm", "prores.mov", "h265.mp4", "vp9.mkv"])(
    "an .%s output declares its colours, and keeps them when it is read again",
    async (ending) => {
      choose();
      const file = at(`own.${ending}`);
      const codec = ending.includes(".") ? ending.split(".")[0]! : undefined;
      const sink = await openSink(parseOutput(file), {
        work: folder.path,
        size: { width: 64, height: 36 },
        fps: { num: 12, den: 1 },
        quality: 4,
        ...(codec ? { codec: codec as "prores" | "h265" | "vp9" } : {}),
      });
      const pixels = Uint8Array.from({ length: 64 * 36 * 3 }, (_, i) => [200, 30, 80][i % 3]!);
      for (let i = 0; i < 3; i++) await sink.write(pixels);
      await sink.finish();
      const { pixel, notices } = await look(file, 30, 20);
      expectPixel(pixel, [200, 30, 80], 5);
      expect(notices).toEqual([]);
      // The frames alone, as other programs read them; without tags, they would be read as BT.601.
      const shown = await execa(
        (await findFfmpeg()).ffmpeg,
        ["-v", "error", "-i", file, "-frames:v", "1", "-f", "rawvideo", "-pix_fmt", "rgb24", "-"],
        { encoding: "buffer" },
      );
      expectPixel([...shown.stdout.subarray(3 * 700, 3 * 700 + 3)], [200, 30, 80], 6);
    },
  );
});

test("only rotation metadata rotates a clip, not a title or comment with the same words", async () => {
  const clip = "testsrc2=size=96x64:rate=24:duration=0.2";
  const written = ["-c:v", "libx264", "-pix_fmt", "yuv420p"];
  for (const [i, text] of ["rotate 90", "x\n    rotate : 90", "rotation of 90"].entries()) {
    const words = ["-metadata", `comment=${text}`, "-metadata", `title=${text}`];
    await ffmpeg("-f", "lavfi", "-i", clip, ...written, ...words, at(`words${i}.mp4`));
  }
  const [plain, turned] = [at("words0.mp4"), at("turned.mp4")];
  // The matrix of a track, after version, times, number, duration, layer, group and volume.
  const bytes = await readFile(plain);
  const matrix = bytes.indexOf("tkhd") + 4 + 40;
  [0, 1 << 16, 0, -(1 << 16), 0, 0].forEach((v, i) => {
    bytes.writeInt32BE(v, matrix + 4 * i);
  });
  await writeFile(turned, bytes);
  useBundled();
  const sizeOf = async (file: string): Promise<object> => {
    const source = await openSource({ type: "video", file, audio: "drop" });
    await source.close();
    return source.size;
  };
  for (const i of [0, 1, 2])
    expect(await sizeOf(at(`words${i}.mp4`))).toEqual({ width: 96, height: 64 });
  expect(await sizeOf(turned)).toEqual({ width: 64, height: 96 });
});

test("missing metadata gets the defaults of players", () => {
  const sd = { pixelFormat: "yuv420p", width: 720 };
  expect(streamFormat({ ...sd, height: 576 }).color.primaries).toBe("bt470bg");
  expect(streamFormat({ ...sd, height: 480 }).color.primaries).toBe("smpte170m");
  expect(streamFormat({ ...sd, height: 360 })).toMatchObject({
    matrix: "bt601",
    color: { primaries: "bt709", transfer: "bt709" },
  });
  expect(streamFormat({ ...sd, height: 480, matrix: "bt2020nc" }).color.primaries).toBe("bt2020");
  expect(streamFormat({ ...sd, height: 480, matrix: "ictcp" })).toMatchObject({
    unknownMatrix: "ictcp",
  });
  expect(streamFormat({ pixelFormat: "gbrp10le", width: 1920, height: 480 })).toMatchObject({
    deep: true,
    color: { primaries: "bt709" },
  });
});

test.each([
  ['{"frames":[{"side_data_list":[{"max_luminance":"40000000/10000"}]}]}', 4000],
  ['{"frames":[{"side_data_list":[{"max_luminance":"10000000/10000"},{"max_content":640}]}]}', 640],
  ['{"frames":[{"side_data_list":[{"max_luminance":"10000000/10000"},{"max_content":0}]}]}', 1000],
  ['{"frames":[{"side_data_list":[{"max_luminance":"1/0"}]}]}', undefined],
  ['{"frames":[{}]}', undefined],
  ["", undefined],
])("the peak of %s is %d cd/m²", (text, peak) => {
  expect(parsePeak(text)).toBe(peak);
});
