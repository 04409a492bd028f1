import { expect, test } from "vitest";
import { parseScene } from "../../src/scene/parse.ts";
import { movementOf } from "../../src/studio/movement.ts";

const key = (more: string): string =>
  movementOf(parseScene(`source: noise\nduration: 2s\nmotion: { zoom: 1.5 }\n${more}`));
const plain = key("");

test.each([
  "title: another",
  "dream: { layers: { edges: 1 }, octaves: 2, iterations: 3 }",
  "dream: { octaves: 2 }\ntimeline: [{ at: 1s, dream: { octaves: 3 } }]",
  "# a comment",
])("%s does not change the movement", (more) => {
  expect(key(more)).toBe(plain);
});

test.each([
  "mix: 0.5",
  "feedback: { amount: 0.7 }",
  "timeline: [{ at: 1s, motion: { zoom: 2 } }]",
  "seed: 4",
])("%s changes the movement", (more) => {
  expect(key(more)).not.toBe(plain);
});
