import { describe, expect, test } from "vitest";
import { DreamError } from "../../src/errors.ts";
import { clockAt, type SoundLevels } from "../../src/scene/clock.ts";
import { parseScene } from "../../src/scene/parse.ts";
import { locate } from "../../src/scene/places.ts";
import { type FrameParameters, resolveFrame } from "../../src/scene/resolve.ts";

const noise = "source: { noise: {} }\n";
const fps = 10;

/** The parameters at a time, s, of a scene of 10 s with 101 frames. */
function at(text: string, t: number, sound?: SoundLevels): FrameParameters {
  const scene = parseScene(text, { path: "x.yaml" });
  const clock = clockAt(t * fps, 101, fps, sound ? { sound } : {});
  return resolveFrame(scene, clock, { stepSize: 2 });
}

function failure(text: string): DreamError {
  try {
    parseScene(text, { path: "x.yaml" });
  } catch (error) {
    if (error instanceof DreamError) return error;
  }
  throw new Error("the scene was accepted");
}

describe("a timeline", () => {
  const zoom = (entries: string, t: number): number =>
    at(`${noise}motion: { zoom: 1 }\ntimeline:\n${entries}`, t).motion.zoom;

  test("starts from the base value at 0, passes its keys, and holds the last", () => {
    const keys = "  - { at: 2s, motion: { zoom: 2 } }\n  - { at: 6s, motion: { zoom: 4 } }";
    expect([0, 1, 2, 3, 4, 6, 9].map((t) => zoom(keys, t))).toEqual([1, 1.5, 2, 2.5, 3, 4, 4]);
  });

  test.each(["4s", "0:04", "40f", "40%", "4000ms"])("accepts a key at %s", (time) => {
    const keys = `  - { at: ${time}, ease: hold, motion: { zoom: 3 } }`;
    expect(zoom(keys, 3.9)).toBe(1);
    expect(zoom(keys, 4)).toBe(3);
  });

  test("places 100% at the last frame, or in a loop at the first of the next pass", () => {
    const text = `${noise}mix: 0\ntimeline: [{ at: 100%, mix: 1 }]`;
    expect(at(text, 10).mix).toBe(1);
    const scene = parseScene(text);
    expect(resolveFrame(scene, clockAt(75, 100, fps, { loop: true })).mix).toBeCloseTo(0.75, 10);
  });

  test("approaches each key with the easing of that key", () => {
    const keys =
      "  - { at: 4s, ease: ease-in, motion: { zoom: 2 } }\n  - { at: 8s, ease: 'cubic-bezier(0, 0, 0.58, 1)', motion: { zoom: 1 } }";
    expect(zoom(keys, 2)).toBeCloseTo(1.3154, 3);
    expect(zoom(keys, 6)).toBeCloseTo(2 - 0.6846, 3);
  });

  test("accepts keys in any order, and a key at 0 replaces the base value", () => {
    const keys = "  - { at: 8s, motion: { zoom: 5 } }\n  - { at: 0s, motion: { zoom: 3 } }";
    expect([0, 4, 8].map((t) => zoom(keys, t))).toEqual([3, 4, 5]);
  });

  test("interpolates maps of weights key by key, with 0 for missing weights", () => {
    const text = `${noise}timeline:
  - { at: 0s, dream: { layers: { a: 1 } } }
  - { at: 4s, dream: { layers: { b: 1, "c:3": 0.5 } } }
  - { at: 6s, dream: { stepSize: 4 } }
  - { at: 8s, ease: hold, dream: { layers: { a: 2 } } }`;
    expect(at(text, 0).dream.layers).toEqual({ a: 1, b: 0, "c:3": 0 });
    expect(at(text, 1).dream.layers).toEqual({ a: 0.75, b: 0.25, "c:3": 0.125 });
    expect(at(text, 6).dream.layers).toEqual({ a: 0, b: 1, "c:3": 0.5 });
    expect(at(text, 8).dream.layers).toEqual({ a: 2, b: 0, "c:3": 0 });
  });

  test("starts from the default of the preset or network if the scene sets no value", () => {
    const text = `${noise}timeline: [{ at: 4s, dream: { stepSize: 4 } }]`;
    expect([0, 2, 4].map((t) => at(text, t).dream.stepSize)).toEqual([2, 3, 4]);
  });

  test("interpolates vectors and lists element by element, repeating numbers and the last element to fill lists", () => {
    const text = `${noise}dream: { iterations: 4 }
motion: { pan: [0, 0.1] }
timeline:
  - { at: 5s, motion: { pan: [1, 0.3], center: [0, 1] }, dream: { iterations: [8, 2] } }
  - { at: 10s, dream: { iterations: [4, 4, 10] } }`;
    expect(at(text, 2.5).motion).toMatchObject({ pan: [0.5, 0.2], center: [0.25, 0.75] });
    expect(at(text, 2.5).dream.iterations).toEqual([6, 3, 3]);
    expect(at(text, 10).dream.iterations).toEqual([4, 4, 10]);
  });

  test("animates everything that can be animated", () => {
    const text = `${noise}matte: m.png
dream: { classes: { cat: 1 }, guide: g.png }
timeline:
  - at: 10s
    dream: { classes: { cat: 0 }, guide: { strength: 0 }, octaves: 2, octaveScale: 2, stepSize: 1, jitter: 0, smoothing: 1, laplacian: 0, totalVariation: 0.1, l2: 0.1 }
    motion: { zoom: 2, rotate: 0.5turn, pan: [1, 1], center: [0, 0] }
    feedback: { amount: 0 }
    color: { saturation: 0 }
    matte: { strength: 0 }
    mix: 0`;
    expect(at(text, 10)).toMatchObject({
      dream: {
        classes: { cat: 0 },
        ...{ guideStrength: 0, octaves: 2, octaveScale: 2, stepSize: 1, jitter: 0, smoothing: 1 },
        ...{ laplacian: 0, totalVariation: 0.1, l2: 0.1 },
      },
      motion: { zoom: 2, rotate: 180, pan: [1, 1], center: [0, 0] },
      feedback: { amount: 0 },
      color: { saturation: 0 },
      matte: 0,
      mix: 0,
    });
  });

  test("interpolates expressions, and can be combined with schedules", () => {
    const text = `${noise}mix: "p / 2"
motion: { zoom: "0:(1), 50:(2)", rotate: "10 * sin(2*pi*t/4)" }
timeline: [{ at: 10s, mix: "1 - p" }, { at: 8s, motion: { zoom: 4 } }]`;
    expect(at(text, 5)).toMatchObject({ mix: 0.375, motion: { zoom: 2 } });
    expect(at(text, 8).motion.zoom).toBe(4);
    expect(at(text, 1).motion.rotate).toBeCloseTo(10, 10);
  });

  test("never leaves a range, even if the easing overshoots", () => {
    const text = `${noise}mix: 0\ntimeline: [{ at: 10s, ease: "cubic-bezier(0.3, -2, 0.7, 3)", mix: 1 }]`;
    const values = Array.from({ length: 101 }, (_, i) => at(text, i / 10).mix);
    expect(Math.min(...values)).toBe(0);
    expect(Math.max(...values)).toBe(1);
  });

  test("follows the sound, and is refused without sound", () => {
    const text = `${noise}motion:\n  zoom: "1 + bass"\n`;
    const sound = { level: 0.5, bass: 0.25, mid: 0, treble: 0, beat: 1 };
    expect(at(text, 1, sound).motion.zoom).toBe(1.25);
    expect(() => at(text, 1)).toThrow(
      expect.objectContaining({
        code: "SCENE_INVALID",
        where: "x.yaml:3:9",
        message: expect.stringMatching(/bass needs sound/),
        hint: expect.stringMatching(/audio/),
      }),
    );
  });

  test.each([
    ["network", "model: other", /network can change only between shots/],
    ["mode", "feedback: { mode: residual }", /"mode" cannot change within a shot/],
    ["preset", "dream: { preset: google }", /"preset" cannot change within a shot/],
    ["unknown key", "motion: { zom: 1 }", /did you mean "zoom"/],
    ["value out of range", "mix: 2", /out of range/],
    ["easing", "ease: easy", /"easy" is not an easing; use one of linear, hold/],
    ["schedule", 'mix: "0:(1), 5:(0)"', /set the schedule outside the timeline/],
    ["missing start of layers", "dream: { layers: { a: 1 } }", /they have no start value/],
    ["missing start of iterations", "dream: { iterations: 3 }", /they have no start value/],
  ])("with an error is refused at its place: %s", (_, entry, message) => {
    const error = failure(`${noise}timeline:\n  - at: 1s\n    ${entry}\n`);
    expect(error).toMatchObject({
      code: "SCENE_INVALID",
      message: expect.stringMatching(message),
      where: expect.stringMatching(/^x\.yaml:4:/),
    });
  });

  test.each(["101%", "-1s", "soon", "1.5f"])("at %s is refused", (time) => {
    expect(failure(`${noise}timeline: [{ at: ${time}, mix: 1 }]`).message).toMatch(
      /4s, 1:30, 96f, 8b or 50%/,
    );
  });
});

describe("shots", () => {
  const text = `
dream: { octaves: 2, layers: { a: 1 } }
motion: { zoom: 1.5 }
duration: 2s
shots:
  - source: { noise: { seed: 4 } }
  - source: { image: p.png }
    model: nets/b.onnx
    dream: { layers: { b: 1 }, iterations: 3 }
    transition: { crossfade: 12f }
    timeline: [{ at: 50%, mix: 0 }]
`;

  test("inherit values from the top level: weights as a whole, other maps key by key", () => {
    const scene = parseScene(text, { path: "/f/x.yaml" });
    expect(scene.shots).toHaveLength(2);
    const [one, two] = scene.shots!.map((shot) => resolveFrame(shot, clockAt(0, 10, 10)));
    expect(one!.dream).toEqual({ octaves: 2, layers: { a: 1 } });
    expect(two!.dream).toEqual({ octaves: 2, layers: { b: 1 }, iterations: 3 });
    expect(two!.motion.zoom).toBe(1.5);
    expect(scene.shots![0]).toMatchObject({ source: { type: "noise" }, model: { name: "pocket" } });
    expect(scene.shots![0]).not.toHaveProperty("crossfade");
    expect(scene.shots![1]).toMatchObject({
      source: { type: "image", file: "/f/p.png" },
      model: { file: "/f/nets/b.onnx" },
      duration: { unit: "seconds", value: 2 },
      crossfade: { unit: "frames", value: 12 },
    });
    expect(locate(scene.shots![1]!.places, ["dream", "layers", "b"], "key")).toMatchObject({
      path: ["shots", 1, "dream", "layers", "b"],
      where: "/f/x.yaml:9:24",
    });
    expect(locate(scene.shots![1]!.places, ["motion", "zoom"])).toMatchObject({
      path: ["motion", "zoom"],
      line: 3,
      column: 17,
      where: "/f/x.yaml:3:17",
    });
  });

  test.each([
    ["a timeline at the top level", `timeline: []${text}`, /give each shot a timeline/],
    ["a loop", `loop: true${text}`, /cannot loop/],
    [
      "a transition before the first shot",
      text.replace("{ seed: 4 } }", "{} }\n    transition: { crossfade: 1s }"),
      /the first shot cannot have a transition/,
    ],
    ["no source", text.replace("- source: { noise: { seed: 4 } }", "- seed: 2"), /has no source/],
    ["no shots", `${noise}shots: []`, /shots/],
    [
      "an output",
      text.replace("iterations: 3 }", "iterations: 3 }\n    output: {}"),
      /unknown key "output"/,
    ],
    ["an unknown transition", text.replace("{ crossfade: 12f }", "wipe"), /cut/],
  ])("with %s are refused", (_, scene, message) => {
    expect(failure(scene)).toMatchObject({
      code: "SCENE_INVALID",
      message: expect.stringMatching(message),
    });
  });
});
