/** Every knob of the studio says what it does, in the words of the scene's JSON Schema. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { describeValue, schema } from "../../studio/editor/schema.ts";

test("each knob has a sentence of its own on what it does", () => {
  schema.value = JSON.parse(readFileSync("schema/scene.schema.json", "utf8"));
  const names =
    "octaves octaveScale iterations stepSize jitter scaleJitter rotateJitter smoothing laplacian totalVariation l2";
  const paths: (string | number)[][] = [
    ...names.split(" ").map((name) => ["dream", name]),
    ["dream", "iterations", 0],
    ["dream", "layers", "motifs3"],
    ["dream", "layers", "motifs3:17"],
    ["dream", "classes", "flamingo"],
    ["dream", "guide", "strength"],
    ...["zoom", "rotate", "tilt", "turn", "fov"].map((name) => ["motion", name]),
    ["motion", "pan", 0],
    ["motion", "center", 1],
    ["feedback", "amount"],
    ["feedback", "noise"],
    ["feedback", "sharpen"],
    ["color", "saturation"],
    ["color", "keep"],
    ["matte", "strength"],
    ["mix"],
    ["regions", 0, "dream", "stepSize"],
  ];
  const said = Object.fromEntries(paths.map((path) => [path.join("."), describeValue(path)]));
  for (const [name, words] of Object.entries(said))
    expect(words, name).toMatch(/^(\[x, y\]|[A-Z]).{12,}\.$/);
  expect(said["dream.iterations.0"]).toBe(said["dream.iterations"]);
  expect(said["dream.stepSize"]).not.toBe(said["dream.octaves"]);
});
