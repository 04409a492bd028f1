/** Errors for scenes in other tools' notations, or written in haste. */
import { describe, expect, test } from "vitest";
import { DreamError } from "../../src/errors.ts";
import { knownKeys } from "../../src/scene/known-keys.ts";
import { parseScene } from "../../src/scene/parse.ts";

const noise = "source: { noise: {} }\n";

function failure(text: string, set: string[] = []): DreamError {
  try {
    parseScene(text, { path: "/films/x.yaml", set });
  } catch (error) {
    if (error instanceof DreamError) return error;
    throw error;
  }
  throw new Error("the scene was accepted");
}

const scene = (text: string, set: string[] = []): ReturnType<typeof parseScene> =>
  parseScene(text, { path: "/films/x.yaml", set });

describe("an unknown key", () => {
  test.each([
    ["zoom", "it is motion.zoom"],
    ["fps", "it is output.fps"],
    ["size", "it is output.size"],
    ["layers", "it is dream.layers"],
    ["strength", "it is dream.guide.strength or matte.strength"],
    ["step_size", "it is dream.stepSize"],
    ["lr", "here it is dream.stepSize"],
    ["num_octaves", "here it is dream.octaves"],
    ["pyramid_size", "here it is dream.octaves"],
    ["num_gradient_ascent_iterations", "here it is dream.iterations"],
    ["translation_x", "here it is motion.pan"],
    ["angle", "here it is motion.rotate"],
    ["max_frames", "here it is duration"],
    ["octave", "did you mean dream.octaves"],
  ])("such as %s at the top level is answered with its right place", (key, answer) => {
    expect(failure(`${noise}${key}: 2`).message).toContain(`unknown key "${key}"; ${answer}`);
    expect(failure(noise, [`${key}=2`])).toMatchObject({
      where: `--set ${key}=2`,
      message: `unknown key "${key}"; ${failure(`${noise}${key}: 2`).message.split("; ")[1]!.split("\n")[0]}`,
    });
  });

  test.each([
    [`${noise}dream: { octave_scale: 2 }`, 'did you mean "octaveScale"?'],
    [`${noise}dream: { zoom: 2 }`, "it is motion.zoom"],
    [`${noise}timeline: [{ at: 0s, zoom: 2 }]`, "it is motion.zoom"],
    [`${noise}shots: [{ fps: 24 }]`, "it is output.fps, at the top of the scene"],
    [`${noise}crossfade: 1s`, "shots: [{ transition: { crossfade: 1s } }]"],
  ])("in %j is answered with its right place", (text, answer) => {
    expect(failure(text).message).toContain(answer);
  });

  test("is never answered with a place that does not exist", () => {
    for (const key of ["lr", "angle", "pyramidratio", "blend", "crf", "mask", "photo", "class"]) {
      const place = /here it is ([\w.]+)/.exec(failure(`${noise}${key}: 1`).message)![1]!;
      const path = place.split(".");
      expect(knownKeys(path.slice(0, -1))).toContain(path.at(-1));
    }
  });
});

describe("a number in another notation", () => {
  test.each([
    [`${noise}motion: { zoom: 150% }`, 'motion.zoom: "150%" is not a number; write 1.5'],
    [`${noise}mix: 80 %`, "write 0.8"],
    [`${noise}mix: 0,5`, "write 0.5"],
    [`${noise}dream: { jitter: 8px }`, "write 8"],
    [`${noise}mix: 2t`, "write 2 * t"],
    [`${noise}duration: 8 seconds`, '"8 seconds" is not a time; write 8s'],
    [`${noise}duration: 1h`, "write 60min"],
    [`${noise}duration: 96 frames`, "write 96f"],
    [`${noise}timeline: [{ at: 2 sec, mix: 1 }]`, "write 2s"],
    [`${noise}output: { size: 1080p }`, '"1080p" is not a size; write 1920x1080'],
    [`${noise}output: { size: 640*360 }`, "write 640x360"],
    [`${noise}output: { size: [640, 360] }`, "write 640x360"],
    [`${noise}output: { fps: 24fps }`, "write 24"],
  ])("in %j is answered with the right form", (text, answer) => {
    expect(failure(text).message).toContain(answer);
  });

  test("is accepted if it can only be an angle", () => {
    const turned = (rotate: string): unknown =>
      scene(`${noise}motion: { rotate: ${rotate} }`).motion.rotate.value;
    expect(["4 degrees", "4°", "4deg", "0.5 turns", "3.141592653589793 rad"].map(turned)).toEqual([
      4, 4, 4, 180, 180,
    ]);
  });
});

describe("a plain value", () => {
  test.each([
    ["photo.jpg", { type: "image", file: "/films/photo.jpg" }],
    ["clip.MP4", { type: "video", file: "/films/clip.MP4", audio: "keep" }],
    ["shots/%05d.png", { type: "frames", pattern: "/films/shots/%05d.png" }],
    ["shots/", { type: "frames", pattern: "/films/shots/" }],
    ["noise", { type: "noise", seed: 1, scale: 4 }],
  ])("source: %s is read as the kind that its name indicates", (text, source) => {
    expect(scene(`source: ${text}`).source).toEqual(source);
  });

  test("that may be several sources is an error that lists all of them", () => {
    expect(failure("source: moving.gif").message).toContain(
      'source: "moving.gif" is ambiguous; write { image: moving.gif } or { video: moving.gif }',
    );
  });

  test.each([
    ["motifs3", ["motifs3"]],
    ["motifs3:3,7-9", ["motifs3:3,7-9"]],
    ["[edges, motifs3]", ["edges", "motifs3"]],
  ])("layers: %s has the weight 1", (text, names) => {
    const { layers } = scene(
      `${noise}dream: { layers: "${text}" }`.replace(/"(\[.*)"/, "$1"),
    ).dream;
    expect(Object.entries(layers!).map(([name, { value }]) => [name, value])).toEqual(
      names.map((name) => [name, 1]),
    );
  });

  test("is accepted for classes and output, also in a timeline", () => {
    const text = `${noise}output: o.webm
dream: { layers: edges }
timeline: [{ at: 2s, dream: { layers: motifs3 } }]`;
    const made = scene(text, ["dream.classes=goldfish"]);
    expect(made.output.target).toEqual({ type: "video", file: "/films/o.webm" });
    expect(Object.keys(made.dream.layers!)).toEqual(["edges", "motifs3"]);
    expect(made.dream.classes).toMatchObject({ goldfish: { value: 1 } });
  });

  test("is extended by --set", () => {
    const text =
      "source: clip.mp4\noutput: o.mp4\naudio: a.wav\ndream: { layers: [edges] }\ncolor:";
    const set = ["source.video.start=2s", "output.size=64x32", "audio.mux=false"];
    expect(scene(text, [...set, "dream.layers.motifs3=2", "color.match=off"])).toMatchObject({
      source: { type: "video", file: "/films/clip.mp4", start: { value: 2 } },
      output: { target: { type: "video", file: "/films/o.mp4" }, size: { width: 64, height: 32 } },
      audio: { file: "/films/a.wav", mux: false },
      dream: { layers: { edges: { value: 1 }, motifs3: { value: 2 } } },
      color: { match: "off" },
    });
    expect(failure("source: noise\nseed: 3", ["seed.x=1"]).message).toBe(
      "seed.x: seed is 3, which has no keys; set seed as a whole",
    );
  });

  test.each([
    ["color: off", "write color: { match: off }"],
    ["feedback: 0.5", "write feedback: { amount: 0.5 }"],
    ["dream: 3", "its keys are preset, layers, classes"],
    ["dream:", "write its keys below it, indented by two more spaces"],
    ["dream:\n  octaves:3", 'a colon needs a space after it: "octaves: 3"'],
    ["dream: { layers: { motifs3: } }", "give it a weight: motifs3: 1"],
    ["timeline: { at: 0s }", 'begin each entry with a dash, as in "- at: 0s"'],
  ])("%j, which accepts no plain value, is an error with the right form", (text, answer) => {
    expect(failure(noise + text).message).toContain(answer);
  });
});

test.each([
  ["dream:\n  octaves: 3\n    jitter: 2", "x.yaml:3:12", "align the next line with the key"],
  [
    "dream:\n  octaves: 3\n jitter: 2",
    "x.yaml:4:1",
    "indented differently from the keys around it",
  ],
  ["dream:\n\toctaves: 3", "x.yaml:3:1", "two spaces for each level"],
  ["dream: octaves: 3", "x.yaml:2:8", "two keys are on one line"],
  ["timeline:\n  - at: 0s\n   mix: 1", "x.yaml:4:1", "differently from the entry above it"],
  ["output: { size: 64x64\nseed: 1", "x.yaml:3:1", "a { is not closed"],
  ["dream\n", "x.yaml:2:1", "a key needs a colon"],
])("bad indentation in %j is reported once, in words", (text, where, answer) => {
  const error = failure(noise + text);
  expect(error).toMatchObject({ code: "SCENE_SYNTAX", where: `/films/${where}` });
  expect(error.message).toContain(answer);
});
