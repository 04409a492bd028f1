import { describe, expect, test } from "vitest";
import { clockAt } from "../../src/scene/clock.ts";
import { parseScene } from "../../src/scene/parse.ts";
import { resolveFrame } from "../../src/scene/resolve.ts";
import { parseTime, toFrames, toSeconds } from "../../src/scene/time.ts";

describe("a moment of a scene", () => {
  const scene = parseScene(
    'source: { noise: {} }\nmix: p\nmotion: { zoom: "1 + t", rotate: "f" }\ndream: { layers: { a: "1 - p", b: p }, iterations: [8, "2 * f"] }',
  );

  test.each([
    [0, 0, 1, [8, 0]],
    [6, 0.5, 1.25, [8, 12]],
    [12, 1, 1.5, [8, 24]],
  ])("at frame %d has all numbers evaluated", (frame, mix, zoom, iterations) => {
    const resolved = resolveFrame(scene, clockAt(frame, 13, 24));
    expect(resolved).toMatchObject({
      mix,
      motion: { zoom, rotate: frame },
      dream: { layers: { a: 1 - mix, b: mix }, iterations },
    });
  });

  test("outside its range is an error with the time and the place", () => {
    const bad = parseScene('source: { noise: {} }\nmotion:\n  zoom: "1 - t"\n', { path: "x.yaml" });
    expect(() => resolveFrame(bad, clockAt(48, 100, 24))).toThrow(
      expect.objectContaining({
        code: "SCENE_INVALID",
        where: "x.yaml:3:9",
        message: expect.stringMatching(/t = 2.000 s \(frame 48\)/),
      }),
    );
  });
});

describe("times", () => {
  test.each([
    ["4s", 4],
    ["1.5", 1.5],
    [3, 3],
    ["1:30", 90],
    ["1:01:01.5", 3661.5],
    ["250ms", 0.25],
    ["2min", 120],
    ["96f", 4],
  ])("%s is %d seconds at 24 frames per second", (text, seconds) => {
    expect(toSeconds(parseTime(text)!, 24)).toBeCloseTo(seconds, 10);
    expect(toFrames(parseTime(text)!, 24)).toBe(Math.round(seconds * 24));
  });

  test.each(["", "soon", "-1s", "1.5f", "1:75", "4 s s"])("refuses %j", (text) => {
    expect(parseTime(text)).toBeUndefined();
  });
});
