/** Errors in words for the page. */
import { expect, test } from "vitest";
import { DreamError } from "../../src/errors.ts";
import { parseScene } from "../../src/scene/parse.ts";
import { apiError } from "../../src/studio/answer.ts";
import { problemsOf } from "../../src/studio/check-problems.ts";

function errorOf(text: string): DreamError {
  try {
    parseScene(text, { path: "scene.yaml" });
  } catch (error) {
    if (error instanceof DreamError) return error;
    throw error;
  }
  throw new Error("the scene is valid");
}

test("a bracket too many is one problem, in the list and in an answer", () => {
  const error = errorOf("dream: { layers: { edges: 1 }}}\nduration: 1s ]\n");
  expect(error.problems.length).toBeGreaterThan(1);
  expect(problemsOf(error)).toHaveLength(1);
  expect(apiError(error).message).not.toContain("more problem");
});

test("an answer counts the other problems of a scene", () => {
  const error = errorOf("source: { noise: {} }\ndream: { octaves: -1, iterations: -1 }\n");
  const others = problemsOf(error).length - 1;
  expect(others).toBeGreaterThan(0);
  expect(apiError(error).message).toContain(`(and ${others} more problem`);
});
