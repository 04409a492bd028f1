/** Frames after a skip equal those without one, for every container and frame rate. */
import { createHash } from "node:crypto";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Frame } from "../../src/frame.ts";
import type { Rational } from "../../src/video/rational.ts";
import { openSource, type SourceSpec } from "../../src/video/source.ts";
import { placeBefore, secondsAhead } from "../../src/video/timing.ts";
import { ffmpeg, temporaryFolder } from "../helpers/media.ts";

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
const at = (name: string): string => join(folder.path, name);

/** Eight seconds in which all pictures differ; `rate` is in frames per second. */
const moving = (rate: string): string[] => [
  ...["-f", "lavfi", "-i", `testsrc2=size=32x24:rate=${rate}:duration=8`],
];
/** Pictures with durations from a tenth of a second to two seconds. */
const uneven = "select='not(mod(n,7))+lt(mod(n,60),9)+eq(n,3)-gt(mod(n,90),50)*lt(mod(n,90),85)'";

const clips: Readonly<Record<string, readonly string[]>> = {
  "long-gop.mp4": [...moving("24"), "-c:v", "libx264", "-g", "250", "-bf", "3"],
  "short-gop.mp4": [...moving("24"), "-c:v", "libx264", "-g", "24", "-bf", "3"],
  "open-gop.mkv": [
    ...[...moving("25"), "-c:v", "libx264", "-g", "20", "-bf", "3"],
    ...["-x264-params", "open-gop=1:scenecut=0"],
  ],
  "refresh.mp4": [
    ...moving("25"),
    "-c:v",
    "libx264",
    "-g",
    "60",
    "-x264-params",
    "intra-refresh=1",
  ],
  "variable.mkv": [...moving("30"), "-vf", uneven, "-vsync", "vfr", "-c:v", "libx264", "-g", "12"],
  "variable.mp4": [...moving("30"), "-vf", uneven, "-vsync", "vfr", "-c:v", "libx264", "-g", "12"],
  "stream.ts": [...moving("25"), "-c:v", "libx264", "-g", "25"],
  "late-ntsc.mov": [
    ...[...moving("30000/1001"), "-output_ts_offset", "7.3", "-c:v", "libx264", "-g", "30"],
  ],
};

beforeAll(async () => {
  folder = await temporaryFolder();
  await Promise.all(Object.entries(clips).map(([name, args]) => ffmpeg(...args, at(name))));
}, 60_000);
afterAll(() => folder.remove());

const hash = ({ data }: Frame): string => createHash("sha256").update(data).digest("hex");

/** Hashes of the frames after `skip`. */
async function framesAfter(spec: SourceSpec, skip: number, fps?: Rational): Promise<string[]> {
  const source = await openSource(spec, fps ? { fps } : {});
  const hashes: string[] = [];
  try {
    if (skip > 0 && !(await source.skip(skip))) return [];
    for (;;) {
      const frame = await source.next();
      if (!frame) return hashes;
      hashes.push(hash(frame));
    }
  } finally {
    await source.close();
  }
}

describe("the frames of a clip after a skip", { timeout: 60_000 }, () => {
  for (const [name, fps, startSec] of [
    ["long-gop.mp4", undefined, 0],
    ["open-gop.mkv", { num: 24000, den: 1001 }, 0.77],
    ["refresh.mp4", undefined, 0],
    ["variable.mkv", { num: 12, den: 1 }, 3.37],
    ["variable.mp4", undefined, 0],
    ["stream.ts", { num: 30, den: 1 }, 0],
    ["late-ntsc.mov", undefined, 0.5],
  ] as const) {
    test(`${name} from ${startSec} s, at ${fps ? fps.num / fps.den : "its own rate"}`, async () => {
      const spec = { type: "video", file: at(name), audio: "drop", startSec } as const;
      const all = await framesAfter(spec, 0, fps);
      const late = Math.floor(0.8 * all.length);
      expect(await framesAfter(spec, late, fps)).toEqual(all.slice(late));
      expect(await framesAfter(spec, all.length, fps)).toEqual([]);
    });
  }

  test("are read from a later position in a file with an index", async () => {
    const ahead = async (name: string, format: string): Promise<number> =>
      secondsAhead(at(name), format, 0, await placeBefore(at(name), format, 0, 0), 7.5);
    expect(await ahead("short-gop.mp4", "mov,mp4")).toBe(6);
    expect(await ahead("open-gop.mkv", "matroska,webm")).toBe(6);
    expect(await ahead("stream.ts", "mpegts")).toBe(0);
  });
});

test("frames of a sequence and of a filter graph are the same after a skip", async () => {
  await ffmpeg(...moving("2"), at("picture%02d.png"));
  for (const spec of [
    { type: "frames", pattern: at("picture%02d.png") },
    { type: "lavfi", graph: "testsrc2=size=32x24:rate=8:duration=4" },
  ] as const) {
    const all = await framesAfter(spec, 0);
    expect(await framesAfter(spec, 7)).toEqual(all.slice(7));
    expect(await framesAfter(spec, all.length)).toEqual([]);
  }
});
