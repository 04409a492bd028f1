/** A shot in stretches, as data: where they begin, and that all else is the whole shot's. */
import { describe, expect, test } from "vitest";
import {
  isSeen,
  isSeenAlone,
  planRender,
  type RenderPlan,
} from "../../../src/pipeline/plan/plan.ts";
import { parametersAt, soundAt } from "../../../src/pipeline/plan/shot-plan.ts";
import { audioPieces } from "../../../src/pipeline/plan/soundtrack.ts";
import { asWhole, inStretches, splitNotice } from "../../../src/pipeline/plan/stretches.ts";
import { parseScene } from "../../../src/scene/parse.ts";
import type { Tempo } from "../../../src/scene/time.ts";

const tempo: Tempo = { bpm: 150, beatsPerBar: 4, offset: { unit: "seconds", value: 0 } };

interface Plans {
  readonly whole: RenderPlan;
  readonly split: RenderPlan;
}

/** Plans of a clip of `frames` frames at 24 frames a second. */
function plansOf(farm: string, frames: number, more = "", preview = false): Plans {
  const text = `source: clip.mp4\nfarm: ${farm}\n${more}`;
  const shot = parseScene(text, { path: "scene.yaml" });
  const size = { width: 24, height: 18 };
  const source = {
    size,
    fps: { num: preview ? 12 : 24, den: 1 },
    frameCount: frames,
    still: false,
  };
  const settings = { stepSize: 1, octaves: 1 } as never;
  const whole = planRender([{ shot, source, settings, tempo }], { preview });
  return { whole, split: inStretches(whole, tempo) };
}

const rangesOf = ({ split }: Plans): number[][] =>
  split.shots.map(({ start, frames, fade }) => [start, frames, fade]);

describe("a clip with farm.split", () => {
  test("is laid out in stretches that begin a pre-roll early", () => {
    expect(rangesOf(plansOf("{ split: 2s, preroll: 1s }", 120))).toEqual([
      [0, 48, 0],
      [24, 96, 24],
      [72, 120, 24],
    ]);
    expect(rangesOf(plansOf("{ split: 50f, preroll: 10f }", 120))).toEqual([
      [0, 50, 0],
      [40, 100, 10],
      [90, 120, 10],
    ]);
  });

  test("has a pre-roll of one second unless it says otherwise", () => {
    expect(rangesOf(plansOf("{ split: 4s }", 192))[1]).toEqual([72, 192, 24]);
  });

  test("leaves a rest shorter than the pre-roll with the stretch before", () => {
    expect(rangesOf(plansOf("{ split: 2s, preroll: 1s }", 119))).toEqual([
      [0, 48, 0],
      [24, 119, 24],
    ]);
  });

  test("is split at beats without adding up errors", () => {
    // A beat is 9.6 frames.
    const starts = rangesOf(
      plansOf("{ split: 1b, preroll: 2f }", 60, "audio: { file: a.wav, bpm: 150 }"),
    );
    expect(starts.map(([start, , fade]) => start! + fade!)).toEqual([0, 10, 19, 29, 38, 48, 58]);
  });

  test("is split at the same times in a preview", () => {
    expect(rangesOf(plansOf("{ split: 40f, preroll: 1s }", 60, "", true))).toEqual([
      [0, 20, 0],
      [8, 40, 12],
      [28, 60, 12],
    ]);
  });

  test("has the values of the whole at every frame", () => {
    const more =
      'mix: "0.5 + 0.4 * sin(f) * p"\nmotion: { zoom: "1 + rand(f) + n / 1000" }\ntimeline: [{ at: 50%, color: { saturation: 2 } }]';
    const { whole, split } = plansOf("{ split: 1s, preroll: 12f }", 100, more);
    let compared = 0;
    for (const stretch of split.shots)
      for (let frame = stretch.start; frame < stretch.frames; frame++, compared++)
        expect(parametersAt(stretch, frame)).toEqual(parametersAt(whole.shots[0]!, frame));
    expect(compared).toBe(100 + 12 * (split.shots.length - 1));
  });

  test("hears at every frame what the whole hears", () => {
    const { whole, split } = plansOf("{ split: 1s, preroll: 12f }", 100);
    // A hundred values a second.
    const rising = Float64Array.from({ length: 1000 }, (_, i) => i / 1000);
    const bands = { level: rising, bass: rising, mid: rising, treble: rising };
    const analysis = { durationSec: 10, beats: [1, 2, 3], releaseSec: 0.25, bands };
    const sound = { analysis, shared: false };
    let last = -1;
    for (let frame = 0; frame < 100; frame++) {
      const heard = soundAt({ ...whole.shots[0]!, sound }, frame)!;
      expect(heard.level).toBeGreaterThan(last);
      last = heard.level;
      for (const [i, stretch] of split.shots.entries())
        if (isSeen(split, i, frame)) expect(soundAt({ ...stretch, sound }, frame)).toEqual(heard);
    }
  });

  test("shows one stretch in each frame, two in a cross-fade, the last one to the clip's own end", () => {
    const { split } = plansOf("{ split: 2s, preroll: 1s }", 120);
    const seen = (index: number): number[] =>
      split.shots.flatMap((_, shot) => (isSeen(split, shot, index) ? [shot] : []));
    expect([0, 23, 24, 47, 48, 71, 72, 95, 96, 119, 130].map(seen)).toEqual([
      ...[[0], [0], [0, 1], [0, 1], [1], [1], [1, 2], [1, 2], [2], [2], [2]],
    ]);
    const alone = [23, 24, 47].map((frame) => isSeenAlone(split, 0, frame));
    expect(alone).toEqual([true, false, false]);
    expect([47, 48, 71, 72].map((frame) => isSeenAlone(split, 1, frame))).toEqual([
      ...[false, true, true, false],
    ]);
    expect(isSeenAlone(split, 2, 130)).toBe(true);
  });

  test("has the sound of the whole", () => {
    const { whole, split } = plansOf("{ split: 2s, preroll: 1s }", 120);
    const audio = { sound: {} as never, startSec: 0, endSec: 5 };
    const piecesOf = (plan: RenderPlan): unknown =>
      audioPieces(
        { plan, shots: plan.shots.map((one) => ({ plan: one, audio })), track: undefined } as never,
        plan.shots[0]!.shot,
      );
    expect(piecesOf(split)).toEqual(piecesOf(whole));
  });

  test("joins to the whole again", () => {
    const { whole, split } = plansOf("{ split: 2s, preroll: 1s }", 120);
    const joined = asWhole({ plan: split, shots: split.shots.map((plan) => ({ plan })) });
    expect(joined.plan).toEqual(whole);
    expect(joined.shots).toEqual(whole.shots.map((plan) => ({ plan })));
  });

  test("says what is approximate, or that it has no effect", () => {
    const split = (farm: string): string | undefined => splitNotice(plansOf(farm, 120).split);
    expect(split("{ split: 2s, preroll: 1s }")).toBe(
      "scene.yaml:2:16: farm.split makes 3 independent pieces: their seams, cross-fades of 1.00 s, are approximate, and 48 frames are dreamed twice",
    );
    expect(split("{ split: 8s }")).toMatch(/no effect: the film is not longer than 8s/);
  });

  test.each([
    ["{ split: 1s, preroll: 1s }", /preroll is 1s and farm.split 1s: .* shorter than its piece/],
    ["{ split: 1s, preroll: 0s }", /preroll is 0s .* at least a frame/],
    ["{ split: 0s }", /preroll is 1s and farm.split 0s/],
    ["{ split: 2f, preroll: 1f }", /more than 1000 pieces/],
  ])("refuses %s", (farm, message) => {
    expect(() => plansOf(farm, 4000)).toThrow(message);
  });
});
