import { describe, expect, test } from "vitest";
import type { DreamError } from "../../src/errors.ts";
import { prepareRender } from "../../src/pipeline/plan/prepare.ts";
import { clockAt } from "../../src/scene/clock.ts";
import { formatScene } from "../../src/scene/format.ts";
import { motionOnly } from "../../src/scene/motion-only.ts";
import { parseScene } from "../../src/scene/parse.ts";
import { listParameters, resolveFrame } from "../../src/scene/resolve.ts";
import { modelsOf } from "../../src/scene/scene.ts";

const start = "source: { noise: {} }\nduration: 5f\noutput: { size: 48x32, fps: 1 }\n";
const disc = `matte: ${process.cwd()}/scenes/media/disc.png`;

function problemsOf(text: string): DreamError["problems"] {
  try {
    parseScene(start + text, { path: "/x/x.yaml" });
  } catch (error) {
    return (error as DreamError).problems;
  }
  return [];
}

describe("a scene refuses", () => {
  test.each([
    ["an empty list of regions", "regions: []", ["regions"], /is empty/],
    [
      "a region without a matte",
      "regions: [{ dream: { layers: edges } }]",
      ["regions", 0, "matte"],
      /is missing/,
    ],
    [
      "a region without a dream",
      "regions: [{ matte: a.png }]",
      ["regions", 0, "dream"],
      /is missing/,
    ],
    [
      "a region with nothing to dream on",
      "regions: [{ matte: a.png, dream: { stepSize: 2 } }]",
      ["regions", 0, "dream"],
      /no layers and no classes/,
    ],
    [
      "what belongs to the whole picture in a region",
      "regions: [{ matte: a.png, dream: { layers: edges, jitter: 3 } }]",
      ["regions", 0, "dream", "jitter"],
      /unknown key "jitter"/,
    ],
    [
      "a matte that is both a picture and a video",
      "regions: [{ matte: { image: a.png, video: b.mp4 }, dream: { layers: edges } }]",
      ["regions", 0, "matte"],
      /exactly one of image, video/,
    ],
    [
      "a strength beyond 1",
      "regions: [{ matte: { image: a.png, strength: 2 }, dream: { layers: edges } }]",
      ["regions", 0, "matte", "strength"],
      /from 0 to 1/,
    ],
    [
      "a timeline with more regions than there are",
      "regions: [{ matte: a.png, dream: { layers: edges } }]\ntimeline: [{ at: 1s, regions: [{}, { dream: { layers: strokes } }] }]",
      ["timeline", 0, "regions"],
      /has 2 entries, but the shot has 1 regions/,
    ],
    [
      "an objective of a region in the timeline",
      "regions: [{ matte: a.png, dream: { layers: edges } }]\ntimeline: [{ at: 1s, regions: [{ dream: { layers: { edges: { objective: mean } } } }] }]",
      ["timeline", 0, "regions", 0, "dream", "layers", "edges"],
      /sets weights only/,
    ],
    [
      "iterations of a region without a start",
      "regions: [{ matte: a.png, dream: { layers: edges } }]\ntimeline: [{ at: 1s, regions: [{ dream: { iterations: 3 } }] }]",
      ["timeline", 0, "regions", 0, "dream", "iterations"],
      /iterations, but they have no start value/,
    ],
    ["one model beside several", "model: pocket\nmodels: { a: pocket }", ["model"], /exclude/],
    ["no models", "models: {}", ["models"], /names no network/],
    ["a slash in a model's name", "models: { a/b: pocket }", ["models", "a/b"], /letters, digits/],
    [
      "models in a timeline",
      "models: { a: pocket }\ntimeline: [{ at: 1s, models: { a: pocket } }]",
      ["timeline", 0, "models"],
      /only between shots/,
    ],
  ])("%s", (_, text, path, message) => {
    expect(problemsOf(text)).toContainEqual(
      expect.objectContaining({ path, message: expect.stringMatching(message) }),
    );
  });

  test.each([
    ["a layer of a region", `regions: [{ ${disc}, dream: { layers: { motifs9: 1 } } }]`, "motifs9"],
    [
      "a class of a region, in the timeline",
      `regions: [{ ${disc}, dream: { layers: edges } }]\ntimeline: [{ at: 1s, regions: [{ dream: { classes: { nohow: 1 } } }] }]`,
      "nohow",
    ],
    ["an empty region", `regions: [{ ${disc}, dream: { layers: {} } }]`, "layers"],
    [
      "a layer without its network",
      "models: { a: pocket }\ndream: { layers: { edges: 1 } }",
      "edges",
    ],
    ["a missing matte", "regions: [{ matte: nowhere.png, dream: { layers: edges } }]", undefined],
  ])("%s, at its place", async (_, text, last) => {
    const scene = parseScene(start + text, { path: "/x/x.yaml" });
    const error = await prepareRender(scene, { engine: "cpu" }).catch((one: DreamError) => one);
    if (last === undefined) expect(error).toMatchObject({ code: "FILE_NOT_FOUND" });
    else expect(error).toMatchObject({ problems: [{ path: expect.arrayContaining([last]) }] });
  });
});

const full = `${start}models:
  a: pocket
  b: { file: /n/net.onnx, preprocess: { channels: BGR }, labels: /n/words.txt }
dream: { layers: { a/edges: 1 }, iterations: 4 }
regions:
  - matte: /m/a.png
    dream: { layers: { b/x/y: 1 } }
  - matte: { video: /m/b.mp4, strength: "p", invert: true }
    dream: { layers: { a/edges: { weight: 0.5, objective: neuron, at: [0.1, 0.2] } }, iterations: [2, 3], stepSize: 2 }
timeline:
  - at: 2s
    regions: [{}, { matte: { strength: 0.2 }, dream: { stepSize: 6, iterations: [6] } }]
  - at: 4s
    regions: [{ dream: { layers: { a/strokes: 1 } } }]
`;

describe("regions and models", () => {
  test("change over time with the timeline, by their places", () => {
    const scene = parseScene(full, { path: "/x/x.yaml" });
    const at = (frame: number) => resolveFrame(scene, clockAt(frame, 5, 1)).regions!;
    expect(at(0)).toEqual([
      { matte: 1, dream: { layers: { "b/x/y": 1, "a/strokes": 0 } } },
      { matte: 0, dream: { layers: { "a/edges": 0.5 }, iterations: [2, 3], stepSize: 2 } },
    ]);
    expect(at(1)[1]).toMatchObject({ dream: { iterations: [4, 4.5], stepSize: 4 } });
    expect(at(2)[0]).toMatchObject({ dream: { layers: { "b/x/y": 0.5, "a/strokes": 0.5 } } });
    expect(at(4)[1]).toMatchObject({ matte: 0.2, dream: { stepSize: 6, iterations: [6, 6] } });
    const listed = new Map(listParameters(resolveFrame(scene, clockAt(0, 5, 1))));
    expect(listed.get("regions.1.dream.stepSize")).toBe(2);
    expect(listed.get("regions.1.dream.iterations")).toEqual([2, 3]);
  });

  test("are written and read again as the same scene", () => {
    const scene = parseScene(full, { path: "/x/x.yaml" });
    const text = formatScene(scene);
    const again = parseScene(text, { path: "/x/x.yaml" });
    expect(formatScene(again)).toBe(text);
    for (const frame of [0, 1, 3, 4]) {
      const clock = clockAt(frame, 5, 1);
      expect(resolveFrame(again, clock)).toEqual(resolveFrame(scene, clock));
    }
    expect(again.model).toEqual(scene.model);
    expect(again.regions?.map(({ matte }) => matte.file)).toEqual(["/m/a.png", "/m/b.mp4"]);
  });

  test("of a shot take the place of those above", () => {
    const { shots } = parseScene(
      `${start}model: pocket\nregions: [{ matte: a.png, dream: { layers: edges } }]\nshots:\n  - { models: { a: pocket, b: pocket }, regions: [{ matte: b.png, dream: { layers: a/edges } }] }\n  - {}`,
      { path: "/x/x.yaml" },
    );
    expect(shots!.map((shot) => modelsOf(shot).length)).toEqual([2, 1]);
    expect(shots!.map(({ regions }) => regions![0]!.matte.file)).toEqual(["/x/b.png", "/x/a.png"]);
  });

  test("choose channels by activation", async () => {
    const text = `${start}models: { a: pocket, b: pocket }\ndream: { layers: { "a/edges:strongest-2": 1 } }\nregions: [{ ${disc}, dream: { layers: { "b/edges:weakest-1": 1 } } }]`;
    const prepared = await prepareRender(parseScene(text, { path: "/x/x.yaml" }), {
      engine: "cpu",
    });
    const { dream, regions } = prepared.scene;
    await prepared.dispose();
    expect(Object.keys(dream.layers!)).toEqual([expect.stringMatching(/^a\/edges:\d+,\d+$/)]);
    expect(Object.keys(regions![0]!.dream.layers!)).toEqual([
      expect.stringMatching(/^b\/edges:\d+$/),
    ]);
  });

  test("are left out of a render of motion alone", () => {
    expect(motionOnly(parseScene(full, { path: "/x/x.yaml" })).regions).toBeUndefined();
  });
});
