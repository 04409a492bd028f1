import { describe, expect, test } from "vitest";
import { DreamError } from "../../src/errors.ts";
import { beatsFrom } from "../../src/scene/beats.ts";
import { clockAt } from "../../src/scene/clock.ts";
import { formatScene } from "../../src/scene/format.ts";
import { parseScene } from "../../src/scene/parse.ts";
import { resolveFrame } from "../../src/scene/resolve.ts";
import { formatTime, momentOf, parseShotTime, parseTime, toSeconds } from "../../src/scene/time.ts";

const tempo = { bpm: 120, beatsPerBar: 3, offset: { unit: "seconds", value: 0.25 } } as const;

/** The problems of a scene, each as `line:column message`. */
const problemsOf = (text: string): readonly string[] => {
  try {
    parseScene(text);
  } catch (error) {
    if (!(error instanceof DreamError)) throw error;
    return (error.problems ?? []).map(
      ({ line, column, path, message, hint = "" }) =>
        `${line}:${column} ${path.join(".")}: ${message}; ${hint}`,
    );
  }
  return [];
};

describe("times in beats", () => {
  test.each([
    ["8b", 4],
    ["0.5b", 0.25],
    ["2bar", 3],
    ["1.5 bar", 2.25],
  ])("%s at 120 beats per minute and three beats per bar is %d s", (text, seconds) => {
    const time = parseTime(text)!;
    expect(toSeconds(time, 24, tempo)).toBe(seconds);
    expect(parseTime(formatTime(time))).toEqual(time);
  });

  test("count from the first beat in the shot as points in time, but not as lengths", () => {
    const moment = (text: string, startSec: number): number =>
      momentOf(
        parseShotTime(text)!,
        clockAt(0, 240, 24, { beats: beatsFrom(tempo, 24, startSec) }),
      );
    expect(moment("0b", 0)).toBeCloseTo(0.25, 10);
    expect(moment("2b", 0)).toBeCloseTo(1.25, 10);
    // The shot starts on beat 2, and then slightly later.
    expect(moment("2b", 1.25)).toBeCloseTo(1, 10);
    expect(moment("2b", 1.3)).toBeCloseTo(1.45, 10);
    expect(moment("1s", 1.3)).toBe(1);
  });

  test("b in expressions counts from the first beat of the sound and is negative before it", () => {
    const scene = parseScene(
      'source: noise\nduration: 4b\naudio: { file: a.wav, bpm: 120 }\nmotion: { rotate: "b" }',
    );
    const at = (frame: number, startSec: number): number =>
      resolveFrame(scene, clockAt(frame, 240, 24, { beats: beatsFrom(tempo, 24, startSec) })).motion
        .rotate;
    expect(at(0, 0)).toBeCloseTo(-0.5, 10);
    expect(at(6, 0)).toBeCloseTo(0, 10);
    expect(at(9, 0)).toBeCloseTo(0.25, 10);
    expect(at(6, 10)).toBeCloseTo(20, 10);
  });

  test("without a tempo, the first use is the only error, at its place", () => {
    const needs = "needs a tempo; set audio.bpm: a number, or auto to find it in the sound";
    expect(
      problemsOf("source: noise\nduration: 8b\ntimeline: [{ at: 2bar, mix: 0.5 }]\nmix: b\n"),
    ).toEqual([`2:11 duration: 8b ${needs}`]);
    expect(problemsOf('source: noise\nduration: 8s\nmotion: { zoom: "0:(1), 9:(1 + b)" }')).toEqual(
      [`3:17 motion.zoom: b ${needs}`],
    );
    expect(
      problemsOf("source: noise\nduration: 2s\nshots: [{}, { transition: { crossfade: 1bar } }]\n"),
    ).toEqual([`3:40 shots.1.transition.crossfade: 1bar ${needs}`]);
    expect(problemsOf("source: noise\naudio: { file: a.wav, release: 1b }")).toEqual([
      `2:32 audio.release: 1b ${needs}`,
    ]);
  });

  test("keys of the tempo without effect are errors", () => {
    const audio = (keys: string): readonly string[] =>
      problemsOf(`source: noise\naudio: { file: a.wav, ${keys} }`);
    expect(audio("bpm: 120, offset: 1b")[0]).toContain("cannot be in beats");
    expect(audio("offset: 1s")[0]).toContain("offset has no effect without a tempo");
    expect(audio("beatsPerBar: 3")[0]).toContain("beatsPerBar has no effect without a tempo");
    expect(audio("bpm: 5")[0]).toContain("audio.bpm");
    expect(audio("bpm: fast")[0]).toContain("audio.bpm");
    expect(audio("bpm: auto, beatsPerBar: 0")[0]).toContain("audio.beatsPerBar");
  });

  test("other notations are answered with the right form", () => {
    expect(problemsOf("source: noise\nduration: 8 beats")[0]).toContain("write 8b");
    expect(problemsOf("source: noise\nduration: 2 bars")[0]).toContain("write 2bar");
    expect(problemsOf("source: noise\nduration: 2s\nmotion: { rotate: 2b }")[0]).toContain("2 * b");
  });

  test("are preserved when a scene is written", () => {
    const scene = parseScene(
      "source: { video: { file: c.mp4, start: 1bar } }\nduration: 8b\naudio: { file: a.wav, bpm: auto, beatsPerBar: 3, release: 0.5b }\ntimeline: [{ at: 2bar, mix: 0.5 }]",
    );
    const text = formatScene(scene);
    for (const part of ["bpm: auto", "beatsPerBar: 3", "duration: 8b", "at: 2bar", "start: 1bar"])
      expect(text).toContain(part);
    expect(formatScene(parseScene(text))).toBe(text);
    // Recipes of versions without a tempo stay the same.
    const plain = formatScene(parseScene("source: noise\naudio: a.wav"));
    expect(plain).not.toMatch(/bpm|offset|beatsPerBar/);
  });
});
