import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { lastBefore } from "../../src/audio/beats.ts";
import { decodeSound, probeSound, sampleRate } from "../../src/audio/sound.ts";
import { analyseSound, levelsBetween, type SoundAnalysis } from "../../src/audio/sound-levels.ts";
import { ffmpeg, temporaryFolder } from "../helpers/media.ts";

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
const at = (name: string): string => join(folder.path, name);
beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(() => folder.remove());

const smoothing = { attackSec: 0.01, releaseSec: 0.1 };

type Between = (fromSec: number, toSec: number) => ReturnType<typeof levelsBetween>;

/** Analyse a sound of ffmpeg's, written to a file with the given extension and decoded again. */
async function analyse(
  expression: string,
  seconds: number,
  ending = "wav",
): Promise<Pick<SoundAnalysis, "beats"> & { readonly between: Between }> {
  const file = at(`sound.${ending}`);
  await ffmpeg(...["-f", "lavfi", "-i", `aevalsrc='${expression}':s=44100:d=${seconds}`, file]);
  const sound = await analyseSound(decodeSound(await probeSound(file)), smoothing);
  const between: Between = (fromSec, toSec) => levelsBetween(sound, fromSec, toSec);
  return { beats: sound.beats, between };
}

describe("bands of a sound", () => {
  test.each([
    ["bass", 80],
    ["mid", 700],
    ["treble", 6000],
  ] as const)("a tone is %s at %d Hz and in no other band", async (band, hz) => {
    const { between } = await analyse(`0.5*sin(2*PI*${hz}*t)`, 2);
    const heard = between(1, 1.04);
    for (const name of ["bass", "mid", "treble"] as const)
      expect(Math.abs(heard[name] - Number(name === band))).toBeLessThan(0.1);
    expect(heard.level).toBeCloseTo(1, 1);
  });

  test("a sweep passes through them at the right times", async () => {
    // 40 Hz to 12800 Hz in 8 s, one octave per 0.96 s.
    const rate = Math.log(320) / 8;
    const { between } = await analyse(`0.5*sin(2*PI*40*(exp(${rate}*t)-1)/${rate})`, 8);
    const crossing = (hz: number): number => Math.log(hz / 40) / rate;
    for (const [hz, lower, upper] of [
      [200, "bass", "mid"],
      [2000, "mid", "treble"],
    ] as const) {
      const before = between(crossing(hz) - 0.5, crossing(hz) - 0.46);
      const after = between(crossing(hz) + 0.4, crossing(hz) + 0.44);
      expect(before[lower]).toBeGreaterThan(0.9);
      expect(before[upper]).toBeLessThan(0.1);
      expect(after[upper]).toBeGreaterThan(0.9);
      expect(after[lower]).toBeLessThan(0.1);
    }
  });

  test("rise with the attack and fall with the release", async () => {
    const { between } = await analyse("0.5*sin(2*PI*700*t)*between(t,1,2)", 3);
    const level = (t: number): number => between(t, t + 0.01).mid;
    expect(level(0.9)).toBeLessThan(0.01);
    expect(level(1.08)).toBeGreaterThan(0.9);
    expect(level(1.95)).toBeGreaterThan(0.95);
    // After one release time, 1/e is left.
    expect(level(2.1) / level(1.99)).toBeGreaterThan(0.3);
    expect(level(2.1) / level(1.99)).toBeLessThan(0.5);
    expect(level(2.8)).toBeLessThan(0.01);
  });

  test("are zero in silence and after the end", async () => {
    const { between, beats } = await analyse("0", 1);
    expect(beats).toEqual([]);
    for (const t of [0, 0.5, 20]) {
      expect(between(t, t + 0.04)).toEqual({ level: 0, bass: 0, mid: 0, treble: 0, beat: 0 });
    }
  });
});

describe("beats", () => {
  /** Clicks: a short burst of noise at each time. */
  const clicks = (times: readonly number[], under = "0"): string => {
    const bursts = times.map((t) => `gte(t,${t})*exp(-max(0,t-${t})*80)*lt(t-${t},0.2)`);
    return `${under}+0.6*(2*random(0)-1)*(${bursts.join("+")})`;
  };
  const times = [0.5, 1.013, 1.5, 2.027, 2.25, 3.111, 3.9];

  test.each([
    ["in silence", "0", "wav"],
    ["over a chord", "0.1*sin(2*PI*220*t)+0.1*sin(2*PI*277*t)+0.1*sin(2*PI*330*t)", "wav"],
    ["over noise", "0.02*(2*random(1)-1)", "wav"],
    ["after mp3", "0.1*sin(2*PI*220*t)", "mp3"],
    ["after aac", "0", "m4a"],
  ])(
    "clicks %s are found within a frame at 60 frames per second, and no others",
    async (_, under, ending) => {
      const { beats: all, between } = await analyse(clicks(times, under), 5, ending);
      // The background sound itself starts with an onset.
      const beats = all.filter((t) => t > 0.1);
      expect(beats).toHaveLength(times.length);
      for (const [i, time] of times.entries()) {
        expect(Math.abs(beats[i]! - time)).toBeLessThan(1 / 60);
        for (const fps of [24, 60]) {
          const frames = Array.from(
            { length: 5 * fps },
            (_, f) => between(f / fps, (f + 1) / fps).beat,
          );
          const hit = Math.floor(time * fps);
          const near = [hit - 1, hit, hit + 1].map((f) => frames[f]!);
          expect(Math.max(...near)).toBe(1);
        }
      }
    },
  );

  test("drums are found in a rhythm of low thuds and high hats", async () => {
    const hits = Array.from({ length: 16 }, (_, i) => 0.25 + i * 0.3);
    const thuds = hits.filter((_, i) => i % 2 === 0);
    const hats = hits.filter((_, i) => i % 2 === 1);
    const ring = (list: readonly number[], wave: string, decay: number): string =>
      list
        .map((t) => `gte(t,${t})*${wave.replaceAll("T", `(t-${t})`)}*exp(-max(0,t-${t})*${decay})`)
        .join("+");
    const sound = `0.5*(${ring(thuds, "sin(2*PI*60*T)", 12)})+0.15*(${ring(hats, "(2*random(0)-1)", 60)})`;
    const { beats } = await analyse(sound, 5.2);
    expect(beats.map((t) => Math.round((t - 0.25) / 0.3))).toEqual(hits.map((_, i) => i));
    for (const [i, beat] of beats.entries()) expect(Math.abs(beat - hits[i]!)).toBeLessThan(1 / 24);
  });

  test("steady tones, noise and slow swells have none", async () => {
    for (const sound of [
      "0.5*sin(2*PI*300*t)",
      "0.3*(2*random(0)-1)",
      "0.5*sin(2*PI*200*t)*(0.5-0.5*cos(2*PI*t/2))",
    ]) {
      const { beats } = await analyse(sound, 4);
      // The start of the sound is an onset.
      expect(beats.filter((t) => t > 0.1)).toEqual([]);
    }
  });

  test("decay from 1 with the release", async () => {
    const { between } = await analyse(clicks([1]), 2);
    const fading = (sec: number): number => between(1 + sec, 1.001 + sec).beat;
    expect(fading(0.02)).toBeGreaterThan(0.75);
    expect(fading(0.1) / fading(0.2)).toBeCloseTo(Math.E, 1);
  });

  test("of three hours are found for every frame in less than a second", () => {
    const hours = 3 * 3600;
    // Eight per second, at uneven times.
    const beats = Array.from({ length: 8 * hours }, (_, i) => i / 8 + ((i * 7919) % 100) / 1000);
    const began = performance.now();
    const found = Array.from({ length: 60 * hours }, (_, frame) => lastBefore(beats, frame / 60));
    expect(performance.now() - began).toBeLessThan(1000);
    for (const frame of [0, 1, 100, 300_001, 60 * hours - 1])
      expect(found[frame]).toBe(beats.findLast((time) => time < frame / 60));
    expect(lastBefore([1, 2], 1)).toBeUndefined();
    expect(lastBefore([1, 2], 9)).toBe(2);
    expect(lastBefore([], 1)).toBeUndefined();
  });
});

test("a sound reports its length, and a file without sound is refused with its name", async () => {
  await ffmpeg(...["-f", "lavfi", "-i", "sine=duration=1.5", at("tone.flac")]);
  await ffmpeg(...["-f", "lavfi", "-i", "testsrc=duration=1", at("mute.mp4")]);
  const tone = await probeSound(at("tone.flac"));
  expect(tone.durationSec).toBeCloseTo(1.5, 1);
  let samples = 0;
  for await (const { length } of decodeSound(tone, 0.5)) samples += length;
  expect(samples / sampleRate).toBeCloseTo(1, 2);
  await expect(probeSound(at("mute.mp4"))).rejects.toMatchObject({ code: "NOT_A_SOUND" });
  await expect(probeSound(folder.path)).rejects.toMatchObject({ code: "NOT_A_SOUND" });
  await expect(probeSound(at("none.wav"))).rejects.toMatchObject({ code: "FILE_NOT_FOUND" });
});

test("a sound in chunks of odd lengths gives the same levels as in one chunk", async () => {
  const samples = Float32Array.from(
    { length: 50_001 },
    (_, i) => Math.sin(i * i * 1e-5) * Number(i % 9000 < 3000),
  );
  function* pieces(): Generator<Float32Array> {
    for (
      let from = 0, length = 1;
      from < samples.length;
      from += length, length = (length * 7) % 4099
    )
      yield samples.subarray(from, from + length);
  }
  const [parts, whole] = [
    await analyseSound(pieces(), smoothing),
    await analyseSound([samples], smoothing),
  ];
  expect(parts.durationSec).toBe(whole.durationSec);
  expect(parts.beats).toEqual(whole.beats);
  expect(whole.beats.length).toBeGreaterThan(3);
  for (let t = 0; t < 1.2; t += 0.04)
    expect(levelsBetween(parts, t, t + 0.04)).toEqual(levelsBetween(whole, t, t + 0.04));
});
