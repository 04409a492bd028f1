/** Values that are words: what a check says of them, with their choices. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parseScene } from "../../src/scene/parse.ts";
import type { CheckResult, WordSummary } from "../../src/studio/api-scene.ts";
import { editScene } from "../../src/studio/edit/edit-scene.ts";
import { isShared } from "../../src/studio/edit/own.ts";
import { isWritten } from "../../src/studio/edit/yaml-text.ts";
import { wordsOf } from "../../src/studio/words.ts";
import { openStudio, smallScene, type TestStudio } from "../helpers/studio.ts";

let studio: TestStudio;

beforeAll(async () => {
  studio = await openStudio();
});

afterAll(() => studio.close());

async function words(text: string): Promise<readonly WordSummary[]> {
  const { scene, problems } = await studio.call<CheckResult>("POST", "/api/check", {
    path: "small.yaml",
    text,
  });
  expect(problems).toEqual([]);
  return scene!.words;
}

const timing = { fps: 8, endSec: 1 };

const named = (list: readonly WordSummary[], name: string, shot?: number) =>
  list.find((word) => word.path.join(".") === name && word.shot === shot);

test("words have what holds and what could, written or not", async () => {
  const list = await words(
    `${smallScene.replace("zoom: 1.5", "zoom: 1.5, border: wrap")}loop: true\n`,
  );
  expect(named(list, "motion.border")).toEqual({
    path: ["motion", "border"],
    label: "border",
    choices: ["mirror", "replicate", "wrap", "source"],
    value: "wrap",
    written: true,
  });
  expect(named(list, "feedback.mode")).toMatchObject({ value: "replace", written: false });
  expect(named(list, "dream.preset")).toMatchObject({ value: "none", none: "none" });
  expect(named(list, "loop")).toMatchObject({ value: true, choices: [true, false] });
  expect(named(list, "engine")).toMatchObject({ value: "auto", written: false });
});

test("what has no effect on a still picture is shown only where it is written", async () => {
  expect(named(await words(smallScene), "feedback.sceneCut")).toBeUndefined();
  const written = `${smallScene}feedback: { sceneCut: keep }\n`;
  expect(named(await words(written), "feedback.sceneCut")).toMatchObject({ value: "keep" });
  // A matte that is not there has nothing to invert.
  expect(named(await words(smallScene), "matte.invert")).toBeUndefined();
});

test("each shot has words of its own, and the film has its", async () => {
  const list = await words(
    `${smallScene.replace("duration: 1s\n", "")}shots:
  - { duration: 1s, feedback: { mode: residual } }
  - { duration: 1s }
`,
  );
  expect(named(list, "feedback.mode", 0)).toMatchObject({ value: "residual", written: true });
  expect(named(list, "feedback.mode", 1)).toMatchObject({ value: "replace", written: false });
  expect(list.filter(({ path }) => path[0] === "engine")).toHaveLength(1);
});

test("every choice that is offered is one that a scene may have", async () => {
  const base = `${smallScene}matte: ../disc.png\naudio: pulse.wav\n`.replace(
    "layers: {",
    "guide: cat.jpg\n  layers: {",
  );
  const list = await words(smallScene);
  const more = [
    { path: ["matte", "invert"], choices: [true, false] },
    { path: ["audio", "mux"], choices: [true, false] },
    { path: ["dream", "guide", "match"], choices: ["best", "mean"] },
  ];
  for (const { path, choices } of [...list, ...more])
    for (const value of choices) {
      const text = editScene(base, [{ type: "set", path, value }], timing);
      expect(
        () => parseScene(text, { path: "/x.yaml" }),
        `${path}: ${value}\n${text}`,
      ).not.toThrow();
    }
});

const folder = join(import.meta.dirname, "../../scenes");
const shots = `source: media/cat.jpg
output: film.mp4
dream: { layers: motifs3, guide: media/shells.jpg }
matte: media/disc.png
audio: media/pulse.m4a
shots:
  - { duration: 1s }
  - duration: 2s
    matte: media/cat-matte.png
    regions: [{ matte: media/disc.png, dream: { layers: edges } }]
`;
const examples = ["clip-dream", "cut-film", "guided", "palette", "wall-loop", "window"].map(
  (name) => [name, readFileSync(join(folder, `${name}.yaml`), "utf8")] as const,
);

test.each([
  ["shots with short forms at the top", shots] as const,
  ["a photo with short forms", shots.slice(0, shots.indexOf("shots:"))] as const,
  ...examples,
])("every choice can be made and taken back: %s", (_, text) => {
  const path = join(folder, "words.yaml");
  const own = (shot?: number) => (shot === undefined ? {} : { shot });
  const wordsIn = (edited: string) =>
    wordsOf(parseScene(edited, { path }), (at, shot) =>
      isWritten(edited, shot === undefined ? at : ["shots", shot, ...at]),
    );
  for (const word of wordsIn(text)) {
    const place = own(isShared(text, word.path, word.shot) ? undefined : word.shot);
    for (const value of word.choices) {
      const edited = editScene(text, [{ type: "set", path: word.path, value, ...place }], timing);
      const now = wordsIn(edited).find(
        (one) => one.path.join() === word.path.join() && one.shot === word.shot,
      );
      expect(now?.value, word.path.join(".")).toBe(value);
    }
    const removed = editScene(text, [{ type: "remove", path: word.path, ...place }], timing);
    expect(() => wordsIn(removed)).not.toThrow();
  }
});
