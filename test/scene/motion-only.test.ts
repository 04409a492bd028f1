import { expect, test } from "vitest";
import { outputPath } from "../../src/output.ts";
import { motionOnly } from "../../src/scene/motion-only.ts";
import { parseScene } from "../../src/scene/parse.ts";
import { resolveFrame } from "../../src/scene/resolve.ts";

const clock = { t: 1, f: 8, n: 16, p: 0.5, fps: 8, end: 2, seed: 1 } as const;

test("motion only removes the dream of every shot and its timeline, and keeps the motion", () => {
  const scene = parseScene(`output: { file: film.mp4 }
source: noise
duration: 2s
motion: { zoom: 3, tilt: 20 }
mix: 0.4
dream: { iterations: [4, 2], guide: photo.jpg }
shots:
  - { dream: { layers: { edges: 1 } } }
  - { timeline: [{ at: 1s, dream: { iterations: 9 }, motion: { zoom: 2 } }] }`);
  const moving = motionOnly(scene);
  expect(outputPath(moving.output.target)).toMatch(/film\.motion\.mp4$/);
  for (const [i, shot] of [moving, ...moving.shots!].entries()) {
    const { dream, motion, mix } = resolveFrame(shot, clock);
    expect(dream).toEqual({ iterations: 0 });
    expect([motion.zoom, motion.tilt, mix]).toEqual([i === 2 ? 2 : 3, 20, 0.4]);
  }
});

test("motion only writes frames to a separate folder", () => {
  const scene = parseScene("source: noise\nduration: 1s\noutput: { file: frames/ }");
  expect(outputPath(motionOnly(scene).output.target)).toMatch(/frames\.motion\/$/);
});
