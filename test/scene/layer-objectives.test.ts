/** The objectives of layers in scenes. */
import { describe, expect, test } from "vitest";
import { formatScene } from "../../src/scene/format.ts";
import { parseScene } from "../../src/scene/parse.ts";

const head = "source: noise\nduration: 2s\n";
const path = "/scenes/a.yaml";
const dreamOf = (layers: string, rest = ""): ReturnType<typeof parseScene>["dream"] =>
  parseScene(`${head}dream: { layers: ${layers} }\n${rest}`, { path }).dream;
const problemOf = (layers: string, rest = ""): string => {
  try {
    dreamOf(layers, rest);
  } catch (error) {
    return (error as Error).message;
  }
  return "";
};

describe("a layer's objective", () => {
  test("is given together with its weight, which defaults to 1", () => {
    const { layers, objectives } = dreamOf(
      '{ a: { weight: "t + 1", objective: caricature }, "b:3": { objective: neuron, at: [0.2, 0.8] }, c: { objective: direction, file: c.txt }, d: { objective: energy }, e: 2, f: { objective: neuron } }',
    );
    expect(objectives).toEqual({
      a: { type: "caricature" },
      "b:3": { type: "neuron", at: [0.2, 0.8] },
      c: { type: "direction", file: "/scenes/c.txt" },
      f: { type: "neuron", at: [0.5, 0.5] },
    });
    expect(Object.keys(layers!)).toEqual(["a", "b:3", "c", "d", "e", "f"]);
    expect(layers!.c!.value).toBe(1);
    expect(layers!.e!.value).toBe(2);
  });

  test("is preserved by formatting, also if the timeline changes the weight", () => {
    const scene = parseScene(
      `${head}dream: { layers: { a: { weight: 0.5, objective: mean }, b: { objective: direction, file: b.npy } } }\ntimeline: [{ at: 1s, dream: { layers: { a: 2 } } }]\n`,
      { path },
    );
    const text = formatScene(scene);
    const again = parseScene(text, { path });
    expect(again.dream.objectives).toEqual(scene.dream.objectives);
    expect(formatScene(again)).toBe(text);
    expect(formatScene(scene, () => "renamed.npy")).toContain("file: renamed.npy");
  });

  test("does not change the formatted text of scenes without objectives", () => {
    const text = formatScene(parseScene(`${head}dream: { layers: { a: 1 } }\n`, { path }));
    expect(text).toContain("  layers:\n    a: 1\n");
    expect(text).not.toContain("objective");
  });

  test.each([
    ["{ a: { objective: loudest } }", "", "objective"],
    ["{ a: { objective: mean, at: [0, 0] } }", "", "at: needs objective: neuron"],
    ["{ a: { objective: neuron, at: [0, 2] } }", "", "at.1"],
    ["{ a: { objective: direction } }", "", "direction needs a file of numbers"],
    ["{ a: { file: a.txt } }", "", "file: needs objective: direction"],
    ["{ a: { objectiv: mean } }", "", "objectiv"],
    [
      "a",
      "timeline: [{ at: 1s, dream: { layers: { a: { objective: mean } } } }]",
      "a timeline entry sets weights only",
    ],
  ])("is refused in %s %s", (layers, rest, message) => {
    expect(problemOf(layers, rest)).toContain(message);
  });
});
