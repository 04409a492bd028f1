/** Pictures and sound of unusual clips, rendered and decoded again: a flash and a beep keep their times. */
import { join } from "node:path";
import installer from "@ffmpeg-installer/ffmpeg";
import { execa } from "execa";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { parseScene } from "../../../src/scene/parse.ts";
import { findFfmpeg } from "../../../src/video/ffmpeg.ts";
import { decodeAll, ffmpeg, temporaryFolder } from "../../helpers/media.ts";
import { renderKept } from "../../helpers/render.ts";

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
const at = (name: string): string => join(folder.path, name);
const [width, height, fps] = [32, 24, 24];

/**
 * Picture n at 24 per second is grey with the level 16 + 2n, except for a white flash of a fifth of a second at
 * `flashSec`.
 */
const pictures = (sec: number, flashSec = 99): string[] => [
  ...["-f", "lavfi", "-i"],
  `color=black:size=${width}x${height}:rate=${fps}:duration=${sec},format=gray,` +
    `geq=lum='if(between(T,${flashSec - 0.001},${flashSec + 0.199}),235,16+2*N)'`,
];
/** A beep of a fifth of a second. */
const beep = (fromSec: number, sec: number, rate = 48000): string[] => [
  ...["-f", "lavfi", "-i"],
  `aevalsrc='0.6*sin(2*PI*880*t)*between(t,${fromSec},${fromSec + 0.2})':d=${sec}:s=${rate}`,
];
const h264 = [
  "-c:v",
  "libx264",
  "-preset",
  "ultrafast",
  "-crf",
  "4",
  "-pix_fmt",
  "yuv420p",
  "-g",
  "24",
];

beforeAll(async () => {
  folder = await temporaryFolder();
  await ffmpeg(...pictures(3, 2), ...h264, "-bf", "0", at("picture2.mp4"));
  await ffmpeg(...pictures(3, 1), ...h264, "-bf", "0", at("picture1.mp4"));
  await ffmpeg(...beep(1, 3), "-c:a", "aac", at("sound1.m4a"));
  await ffmpeg(...beep(2, 4), "-c:a", "aac", at("sound2.m4a"));
  const join2 = ["-map", "0:v", "-map", "1:a", "-c", "copy"];
  for (const ending of ["mp4", "ts"]) {
    // Flash and beep are at 2 s of the container's clock, and one of the two streams starts at 1 s.
    const [picture, sound] = [at("picture2.mp4"), at("sound1.m4a")];
    const lateSound = ["-i", picture, "-itsoffset", "1", "-i", sound, ...join2];
    await ffmpeg(...lateSound, at(`late-sound.${ending}`));
    const latePicture = ["-itsoffset", "1", "-i", at("picture1.mp4"), "-i", at("sound2.m4a")];
    await ffmpeg(...latePicture, ...join2, at(`late-picture.${ending}`));
  }
  // The beep is at picture 60.
  await ffmpeg(
    ...[...pictures(4), ...beep(2.5, 4), ...h264, "-bf", "2", "-c:a", "aac", at("ramp.mp4")],
  );
  for (const ending of ["ts", "flv"])
    await ffmpeg("-i", at("ramp.mp4"), "-c", "copy", at(`ramp.${ending}`));
  // One of five pictures is missing, and from 2 s on every second one.
  const uneven = "select='if(lt(t,2),mod(n+1,5),mod(n,2))'";
  await ffmpeg(
    ...[...pictures(4), ...beep(2.5, 4), "-vf", uneven, "-vsync", "vfr"],
    ...[...h264, "-c:a", "aac", at("uneven.mkv")],
  );
  // The left front channel beeps at 0.25 s, the left side channel at 0.6 s.
  const tone = (sec: number): string => `0.6*sin(2*PI*880*t)*between(t,${sec},${sec + 0.2})`;
  await ffmpeg(
    ...[...pictures(1), "-f", "lavfi", "-i"],
    `aevalsrc='${tone(0.25)}|0|0|0|${tone(0.6)}|0':d=1:s=48000:c=5.1(side)`,
    ...[...h264, "-c:a", "ac3", "-b:a", "448k", at("side.mkv")],
  );
  for (const rate of [8000, 11025])
    await ffmpeg(
      ...[...pictures(1, 0.5), ...beep(0.5, 1, rate), "-c:v", "mpeg4"],
      ...["-c:a", "libmp3lame", at(`old${rate}.avi`)],
    );
});
afterAll(() => folder.remove());
afterEach(() => {
  vi.unstubAllEnvs();
});

/** Render a scene without dreaming; return the levels of its pictures, and its sound by channel at 8000 samples/s. */
async function render(
  output: string,
  yaml: string,
): Promise<{ levels: number[]; channels: Float32Array[] }> {
  const plain = "mix: 0\ndream: { octaves: 1, iterations: 0 }\nfeedback: { amount: 0 }\n";
  const size = `output: { file: ${output}, size: ${width}x${height}, quality: 4 }`;
  const scene = `${plain}color: { match: off }\n${yaml}\n${size}`;
  await renderKept(parseScene(scene, { path: at("scene.yaml") }), { force: true });
  vi.unstubAllEnvs();
  const frames = await decodeAll(at(output), width, height);
  const { ffmpeg: program } = await findFfmpeg();
  const told = await execa(program, ["-i", at(output)], { reject: false });
  const count = /Audio: .*5\.1/.test(told.stderr) ? 6 : 1;
  // Gaps become silence, as in players.
  const filter = "aresample=8000:async=1:first_pts=0";
  const { stdout } = await execa(
    program,
    [
      ...["-v", "error", "-i", at(output), "-map", "0:a:0", "-af", filter],
      ...[...(count === 1 ? ["-ac", "1"] : []), "-f", "f32le", "-"],
    ],
    { encoding: "buffer" },
  );
  const all = new Float32Array(stdout.buffer.slice(stdout.byteOffset), 0, stdout.length >> 2);
  const channels = Array.from({ length: count }, (_, c) => all.filter((_, i) => i % count === c));
  return { levels: frames.map((rgb) => rgb[3 * (height / 2) * width]!), channels };
}

/** Times, s, at which a sound rises after a tenth of a second of silence. */
function onsets(samples: Float32Array): number[] {
  const found: number[] = [];
  let quiet = 800;
  samples.forEach((value, i) => {
    if (Math.abs(value) < 0.08) quiet++;
    else {
      if (quiet >= 800) found.push(i / 8000);
      quiet = 0;
    }
  });
  return found;
}

function expectOnsets(samples: Float32Array | undefined, expected: readonly number[]): void {
  const found = onsets(samples!);
  expect(found.map((time) => time.toFixed(2))).toHaveLength(expected.length);
  expected.forEach((time, i) => {
    expect(Math.abs(found[i]! - time), `${found} is not ${expected}`).toBeLessThan(0.03);
  });
}

/** The number of the clip's picture with a level. */
const numberOf = (level: number): number => (level - 16) / 2;
const flashSec = (levels: readonly number[]): number => levels.findIndex((v) => v > 225) / fps;

describe.each([
  ["the system's ffmpeg", () => {}],
  [
    "the bundled ffmpeg alone",
    () => {
      vi.stubEnv("FFMPEG_PATH", installer.path);
      vi.stubEnv("PATH", "");
    },
  ],
] as const)("with %s", (_, choose) => {
  test.each([
    // Time 0 of the output is the clip's first picture.
    ["late-sound.mp4", 2],
    ["late-sound.ts", 2],
    ["late-picture.mp4", 1],
    ["late-picture.ts", 1],
  ])("the flash and the beep of %s are both at %d s", async (file, sec) => {
    choose();
    const { levels, channels } = await render("late.mp4", `source: { video: ${file} }`);
    expect(levels).toHaveLength(72);
    expect(flashSec(levels)).toBeCloseTo(sec, 5);
    expectOnsets(channels[0], [sec]);
  });

  test.each(["ts", "flv"])(
    "pictures 50 to 73 of a .%s keep their order and their sound",
    async (e) => {
      choose();
      const source = `source: { video: { file: ramp.${e}, start: 50f, end: 74f } }`;
      const { levels, channels } = await render("part.mp4", source);
      expect(levels).toHaveLength(24);
      levels.forEach((level, i) => {
        expect(Math.abs(numberOf(level) - 50 - i)).toBeLessThan(0.75);
      });
      expectOnsets(channels[0], [10 / fps]);
      expect(channels[0]!.length / 8000).toBeLessThan(1.05);
    },
  );

  test("a part of a clip with uneven pictures shows the latest picture at each time", async () => {
    choose();
    const source = "source: { video: { file: uneven.mkv, start: 1s, end: 3s } }";
    const { levels, channels } = await render("uneven.mp4", `${source}\n`);
    expect(Math.abs(levels.length - 48)).toBeLessThanOrEqual(1);
    levels.forEach((level, i) => {
      const late = 24 + i - numberOf(level);
      expect(late, `picture ${i} of the part is ${numberOf(level)}`).toBeGreaterThan(-0.6);
      expect(late, `picture ${i} of the part is ${numberOf(level)}`).toBeLessThan(1.6);
    });
    expectOnsets(channels[0], [1.5]);
  });

  test.each(["webm", "mp4"])(
    "5.1 sound with side channels keeps all channels in .%s",
    async (ending) => {
      choose();
      const { channels } = await render(`side.${ending}`, "source: { video: side.mkv }");
      expect(channels).toHaveLength(6);
      [[0.25], [], [], [], [0.6], []].forEach((times, c) => {
        expectOnsets(channels[c], times);
      });
    },
  );

  test.each([8000, 11025])(
    "mp3 sound with %d samples per second is audible in .mp4",
    async (rate) => {
      choose();
      const { levels, channels } = await render("old.mp4", `source: { video: old${rate}.avi }`);
      // The encoder's delay of up to 0.15 s precedes both.
      const flash = flashSec(levels);
      expect(Math.abs(flash - 0.6)).toBeLessThan(0.11);
      const beeps = onsets(channels[0]!);
      expect(beeps).toHaveLength(1);
      expect(Math.abs(beeps[0]! - flash)).toBeLessThan(0.05);
    },
  );

  test("the part cut off a clip is not audible in the next shot", async () => {
    choose();
    // The beep is at 2.5 s of the clip: after the end of the first and the third shot, and within the second.
    const clip = "video: { file: ramp.ts";
    const film = await render(
      "film.mp4",
      `shots:
  - { source: { ${clip}, end: 1s } } }
  - { source: { ${clip}, start: 2s, end: 3s } } }
  - { source: { ${clip}, start: 1s, end: 2.45s } } }
  - { source: { ${clip}, start: 2.25s, end: 3.25s } }, transition: { crossfade: 6f } }`,
    );
    expect(film.levels).toHaveLength(24 + 24 + 35 + 24 - 6);
    const last = (24 + 24 + 35 - 6) / fps;
    expectOnsets(film.channels[0], [1.5, last + 0.25]);
    [0, 23, 24, 47, 48, 76].forEach((n, i) => {
      const wanted = [0, 23, 48, 71, 24, 52][i]!;
      expect(Math.abs(numberOf(film.levels[n]!) - wanted), `picture ${n}`).toBeLessThan(0.6);
    });
  });

  test("a clip shorter than its sound ends both, and the following shots stay in sync", async () => {
    choose();
    const film = await render(
      "slip.mp4",
      `shots:
  - { source: { video: { file: late-sound.ts, end: 2.1s } } }
  - { source: { video: late-picture.ts } }
  - { source: { video: { file: late-sound.mp4, start: 1.5s } }, transition: cut }`,
    );
    const [first, second] = [2.0833, 3];
    expect(Math.abs(film.levels.length / fps - first - second - 1.5)).toBeLessThan(0.05);
    const flashes = film.levels.flatMap((level, i) =>
      level > 225 && (film.levels[i - 1] ?? 0) < 225 ? [i / fps] : [],
    );
    const expected = [2, first + 1, first + second + 0.5];
    expect(flashes).toHaveLength(3);
    flashes.forEach((time, i) => {
      expect(Math.abs(time - expected[i]!)).toBeLessThan(0.03);
    });
    expectOnsets(film.channels[0], expected);
  });
});
