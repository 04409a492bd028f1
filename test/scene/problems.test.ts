/** The details of an error that programs use to locate problems in a scene. */
import { describe, expect, test } from "vitest";
import { DreamError, formatError } from "../../src/errors.ts";
import { prepareRender } from "../../src/pipeline/plan/prepare.ts";
import { parseScene } from "../../src/scene/parse.ts";

async function failure(text: string, set: string[] = []): Promise<DreamError> {
  try {
    const scene = parseScene(text, { path: "x.yaml", set });
    await (await prepareRender(scene, { engine: "cpu" })).dispose();
  } catch (error) {
    if (error instanceof DreamError) return error;
    throw error;
  }
  throw new Error("the scene was accepted");
}

describe("an error lists every problem of a scene with its path, its place and a hint", () => {
  test("in the order of the text, like the message", async () => {
    const error = await failure("source: { noise: {} }\nmix: 2\ndream:\n  layer: { a: 1 }\n");
    expect(error.problems).toEqual([
      { path: ["mix"], line: 2, column: 6, message: expect.stringMatching(/1/) },
      {
        path: ["dream", "layer"],
        line: 4,
        column: 3,
        message: 'unknown key "layer"',
        hint: "here it is dream.layers",
      },
    ]);
    expect(formatError(error)).toMatch(
      /x\.yaml:2:6: mix[\s\S]*x\.yaml:4:3: unknown key "layer"; here/,
    );
  });

  test.each([
    ["YAML syntax errors", "source: { noise: {}\nmix: 1\n", { path: [], line: 2 }],
    ["missing values", "mix: 1", { path: ["source"], message: "is missing" }],
    [
      "values of a list",
      "source: { noise: {} }\nduration: 1s\ndream: { iterations: [3, x] }",
      { path: ["dream", "iterations", 1], line: 3, column: 26 },
    ],
    [
      "layers that the network lacks",
      "source: { noise: {} }\nduration: 1s\ndream:\n  layers: { motifs9: 1 }",
      { path: ["dream", "layers", "motifs9"], line: 4, column: 13 },
    ],
    [
      "layers of a shot",
      "source: { noise: {} }\nduration: 1s\nshots:\n  - {}\n  - dream: { layers: { motifs9: 1 } }",
      { path: ["shots", 1, "dream", "layers", "motifs9"], line: 5, column: 24 },
    ],
    [
      "expressions that leave their range at some frame",
      'source: { noise: {} }\nduration: 2s\nmix: "1 - t"',
      { path: ["mix"], line: 3, column: 6, hint: expect.stringMatching(/clamp/) },
    ],
    ["lengths that are unknown", "source: { noise: {} }", { path: ["source"], line: 1 }],
  ])("for %s", async (_, text, expected) => {
    const error = await failure(text);
    expect(error.problems).toHaveLength(1);
    expect(error.problems[0]).toMatchObject(expected);
    expect(error.problems[0]!.message).not.toBe("");
  });

  test("without a line if an override set the value", async () => {
    const { problems } = await failure("source: { noise: {} }", ["mix=7"]);
    expect(problems).toMatchObject([{ path: ["mix"] }]);
    expect(problems[0]).not.toHaveProperty("line");
  });
});

test("a semicolon inside quotes does not start a hint", async () => {
  const { problems } = await failure('source: { noise: {} }\ncolor: { match: "a; b" }');
  expect(problems[0]!.message).toMatch(/^must be one of off, first, source/);
});

test("an error converts to JSON with all its details", async () => {
  const error = await failure("source: { noise: {} }\nmix: 2");
  const { code, message, where, hint, problems } = error;
  expect(JSON.parse(JSON.stringify(error))).toEqual({
    name: "DreamError",
    ...{ code, message, where, hint, problems },
  });
  expect(new DreamError("USAGE", "wrong").problems).toEqual([]);
});

describe("farm.split is refused", () => {
  test.each([
    ["over a picture", "source: photo.jpg\nduration: 9s", /only a clip .* video, frames or lavfi/],
    ["over noise", "source: noise\nduration: 9s", /only a clip/],
    ["in a loop", "source: clip.mp4\nloop: true", /a loop cannot be split: .* remove loop or farm/],
    [
      "without feedback",
      "source: clip.mp4\nfeedback: { amount: 0 }",
      /nothing to split: .* remove/,
    ],
    ["in a scene with shots", "shots: [{ source: clip.mp4 }]", /shots .* at once as they are/],
  ])("%s", async (_, rest, message) => {
    const error = await failure(`farm: { split: 8s }\n${rest}\n`);
    const [problem, ...others] = error.problems;
    expect(others).toEqual([]);
    expect(problem).toMatchObject({ path: ["farm"], line: 1, column: 1 });
    expect(`${problem!.message} ${problem!.hint}`).toMatch(message);
  });

  test("without a length, and with words of its own", async () => {
    expect((await failure("source: clip.mp4\nfarm: 8s")).message).toMatch(
      /write farm: { split: 8s }/,
    );
    expect((await failure("source: clip.mp4\nfarm: {}")).problems).toMatchObject([
      { path: ["farm", "split"], message: "is missing" },
    ]);
  });

  test("but taken where a feedback of 0 changes later", () => {
    const timeline = "timeline: [{ at: 2s, feedback: { amount: 0.5 } }]";
    const text = `source: clip.mp4\nfeedback: { amount: 0 }\nfarm: { split: 8s }\n${timeline}`;
    expect(parseScene(text).farm).toEqual({
      split: { unit: "seconds", value: 8 },
      preroll: { unit: "seconds", value: 1 },
    });
  });
});
