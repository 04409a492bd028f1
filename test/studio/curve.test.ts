/** The curve of a key that is dragged is drawn by the page itself: it must be the one that the film has. */
import { afterAll, beforeAll, expect, test } from "vitest";
import type { CheckResult } from "../../src/studio/api-scene.ts";
import { curveOf } from "../../studio/timeline/held-key.ts";
import { openStudio, smallScene, type TestStudio } from "../helpers/studio.ts";

let studio: TestStudio;
beforeAll(async () => {
  studio = await openStudio();
});
afterAll(() => studio?.close());

test("the page's curve between keys equals the server's, for every easing", async () => {
  const eases = ["linear", "ease-in-out", "hold", "step-start", "steps(3)"];
  const entries = [...eases, "cubic-bezier(0.3, 1.4, 0.6, 1)"].map(
    (ease, i) =>
      `  - { at: ${i + 0.5}s, ease: "${ease}", motion: { zoom: ${1 + ((i * 7) % 5) / 4} } }`,
  );
  const text = `${smallScene.replace("1s", "8s")}timeline:\n${entries.join("\n")}\n`;
  const { scene, problems } = await studio.call<CheckResult>("POST", "/api/check", {
    path: "small.yaml",
    text,
  });
  expect(problems).toEqual([]);
  const zoom = scene!.values.find(({ path }) => path.join(".") === "motion.zoom")!;
  expect(zoom.keys).toHaveLength(7);
  const samples = zoom.samples!;
  const curve = curveOf(zoom.keys, samples.length, (scene!.frames - 1) / scene!.fps)!;
  samples.forEach((sample, i) => {
    expect(curve[i], `sample ${i}`).toBeCloseTo(sample, 6);
  });
});

test("keys that are expressions have no curve of the page's own", () => {
  expect(curveOf([{ timeSec: 0, value: "sin(t)", ease: "linear" }], 5, 1)).toBeUndefined();
});
