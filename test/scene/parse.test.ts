import { resolve } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DreamError, formatError } from "../../src/errors.ts";
import { parseScene } from "../../src/scene/parse.ts";
import { sceneJsonSchema } from "../../src/scene/schema.ts";

const valid = "source: { noise: {} }\n";

function failure(text: string, set: string[] = []): DreamError {
  try {
    parseScene(text, { path: "scenes/x.yaml", set });
  } catch (error) {
    if (error instanceof DreamError) return error;
    throw error;
  }
  throw new Error("the scene was accepted");
}

describe("a valid scene", () => {
  test("gets every default", () => {
    const scene = parseScene(valid, { path: "/films/dive.yaml" });
    expect(scene).toMatchObject({
      output: { target: { type: "video", file: resolve("out/dive.mp4") }, quality: 18 },
      source: { type: "noise", seed: 1, scale: 4 },
      seed: 1,
      model: { name: "pocket" },
      engine: "auto",
      dream: {},
      feedback: { amount: { value: 1 } },
      color: { match: "first" },
      mix: { value: 1 },
    });
  });

  test("keeps all its values", () => {
    const scene = parseScene(
      `
title: All of it
output: { file: ../o/x.webm, size: 321x200, fps: 23.976, quality: 30, codec: av1 }
source: { video: { file: clip.mp4, start: 1:30, end: 96f, audio: drop } }
duration: 1.5s
seed: 9
model: { file: nets/a.onnx, preprocess: { channels: BGR, scale: 0..255, mean: [1, 2, 3], std: [1, 1, 2] }, labels: words.txt }
engine: cpu
dream: { preset: hvass, layers: { a: 1, "b:3": 0.5 }, classes: { cat: 2 }, octaves: 3, octaveScale: 1.5, iterations: [4, 2], stepSize: 2, jitter: 8, smoothing: 0.5, laplacian: 3, tile: auto }
motion: { zoom: 1.2, rotate: 0.25turn, pan: [0.1, -0.1], center: [0.2, 0.8] }
feedback: { amount: 0.5, mode: replace, warp: motion, occlusion: false, sceneCut: keep }
color: { match: source, saturation: 1.1 }
mix: 0.75
`,
      { path: "/films/scenes/all.yaml" },
    );
    expect(scene).toMatchObject({
      title: "All of it",
      output: {
        target: { type: "video", file: "/films/o/x.webm" },
        size: { width: 321, height: 200 },
        fps: 23.976,
        quality: 30,
        codec: "av1",
      },
      source: {
        type: "video",
        file: "/films/scenes/clip.mp4",
        start: { unit: "seconds", value: 90 },
        end: { unit: "frames", value: 96 },
        audio: "drop",
      },
      duration: { unit: "seconds", value: 1.5 },
      seed: 9,
      model: {
        file: "/films/scenes/nets/a.onnx",
        preprocess: { channels: "BGR", mean: [1, 2, 3] },
        labels: "/films/scenes/words.txt",
      },
      engine: "cpu",
      dream: {
        preset: "hvass",
        layers: { a: { value: 1 }, "b:3": { value: 0.5 } },
        iterations: [{ value: 4 }, { value: 2 }],
      },
      motion: { rotate: { value: 90 }, pan: [{ value: 0.1 }, { value: -0.1 }] },
      feedback: { amount: { value: 0.5 } },
      color: { match: "source", saturation: { value: 1.1 } },
      mix: { value: 0.75 },
    });
  });

  test("carries over less from frame to frame if the source moves", () => {
    const scene = parseScene("source: { lavfi: testsrc }");
    expect(scene.feedback).toMatchObject({
      amount: { value: 0.8 },
      mode: "residual",
      warp: "flow",
    });
  });

  test("is overridden by --set", () => {
    const set = ["motion.zoom=1.2", "dream.layers={low: 1}", "source.noise.scale=9"];
    expect(parseScene(valid, { set })).toMatchObject({
      motion: { zoom: { value: 1.2 } },
      dream: { layers: { low: { value: 1 } } },
      source: { scale: 9 },
    });
  });
});

describe("a problem", () => {
  test("shows file, line, column, the line, a caret, and the probable meaning", () => {
    expect(formatError(failure(`${valid}dream:\n  octave: 3\n`))).toBe(
      [
        'SCENE_INVALID: scenes/x.yaml:3:3: unknown key "octave"; did you mean "octaves"?',
        "      octave: 3",
        "      ^",
        '  docs/scene-language.md lists every key; "dreamreel schema" gives a schema for your editor.',
      ].join("\n"),
    );
  });

  test("is reported together with all others, in the order of the text", () => {
    const error = failure(
      "mix: 2\nsource: { noise: { scale: x } }\noutput: { qualty: 1 }\nduration: soon\n",
    );
    expect(error.message).toMatch(/^4 problems/);
    expect([...error.message.matchAll(/x\.yaml:(\d+):(\d+)/g)].map((m) => [m[1], m[2]])).toEqual([
      ["1", "6"],
      ["2", "27"],
      ["3", "11"],
      ["4", "11"],
    ]);
  });

  const invalid: [string, string, RegExp][] = [
    ["no source", "seed: 1", /source: is missing/],
    ["two sources", "source: { noise: {}, image: a.jpg }", /exactly one of/],
    ["an unknown source", "source: {}", /exactly one of .* none/],
    ["size 0", `${valid}output: { size: 0x0 }`, /not a size/],
    ["size 100000", `${valid}output: { size: 100000x100000 }`, /not a size/],
    ["a size without height", `${valid}output: { size: "640" }`, /not a size/],
    ["a cadence of 0", `${valid}feedback: { every: 0 }`, /every: 0 is out of range: .* at least 1/],
    ["a cadence of 25", `${valid}feedback: { every: 25 }`, /25 is out of range: .* at most 24/],
    ["half a cadence", `${valid}feedback: { every: 1.5 }`, /must be a whole number/],
    [
      "a cadence in the timeline",
      `${valid}timeline: [{ at: 1s, feedback: { every: 2 } }]`,
      /"every" cannot change within a shot/,
    ],
    ["an empty file name", "source: ''", /is empty/],
    ["an empty list of steps", `${valid}dream: { iterations: [] }`, /is an empty list/],
    ["fps 0", `${valid}output: { fps: 0 }`, /output.fps/],
    ["a wrong type", `${valid}motion: [a]`, /motion: must be a map of keys, not a list/],
    ["an unknown preset", `${valid}dream: { preset: gogle }`, /did you mean "google"/],
    ["zoom 0", `${valid}motion: { zoom: 0 }`, /out of range/],
    ["an invalid time", `${valid}duration: 4 parsecs`, /not a time/],
    ["an invalid expression", `${valid}mix: "1 +"`, /mix: invalid expression/],
    ["a list instead of a scene", "- 1\n- 2", /map of keys/],
    ["an empty scene", "", /map of keys/],
  ];
  test.each(invalid)("%s is refused", (_, text, message) => {
    expect(failure(text)).toMatchObject({
      code: "SCENE_INVALID",
      message: expect.stringMatching(message),
    });
  });

  test.each([
    ["an open bracket", "source: { noise: {}"],
    ["a key given twice", `${valid}seed: 1\nseed: 2`],
    ["a tab", "source:\n\tnoise: {}"],
    [
      "aliases that multiply",
      `a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c,*c,*c,*c]`,
    ],
  ])("%s is a SCENE_SYNTAX error", (_, text) => {
    expect(failure(text).code).toBe("SCENE_SYNTAX");
  });

  test("in an expression points at its character", () => {
    expect(failure(`${valid}mix: "1 + foo(t)"`).where).toBe("scenes/x.yaml:2:11");
  });

  test("in --set names the argument", () => {
    expect(failure(valid, ["dream.octavs=3"])).toMatchObject({
      where: "--set dream.octavs=3",
      message: expect.stringMatching(/did you mean "octaves"/),
    });
  });
});

describe("any text", () => {
  test("gives a scene or a DreamError", () => {
    const pieces = fc.constantFrom(
      "source:",
      " { noise: {} }",
      "\n",
      "  ",
      "dream:",
      "octaves: ",
      "3",
      "mix: ",
      '"t"',
      "- ",
      "&a ",
      "*a",
      "[",
      "}",
      ": ",
      "#",
      "|",
      "\t",
      "!!",
      "~",
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 24 }), (parts) => {
        try {
          parseScene(parts.join(""));
        } catch (error) {
          expect(error).toBeInstanceOf(DreamError);
        }
      }),
      { numRuns: 400, seed: 11 },
    );
  });
});

test("the JSON Schema in schema/ is up to date", async () => {
  await expect(`${JSON.stringify(sceneJsonSchema(), null, 2)}\n`).toMatchFileSnapshot(
    "../../schema/scene.schema.json",
  );
});
