/** Every number that the studio shows for a scene can be set and keyed, also where the network or the preset provides it. */
import { expect, test } from "vitest";
import { prepareRender } from "../../../src/pipeline/plan/prepare.ts";
import { animatedIn, isTrack } from "../../../src/scene/animated.ts";
import { parseScene } from "../../../src/scene/parse.ts";
import { editScene, type SceneEdit } from "../../../src/studio/edit/edit-scene.ts";
import { isWeightPath, jointOf, startOf } from "../../../src/studio/edit/together.ts";
import { isWritten } from "../../../src/studio/edit/yaml-text.ts";
import { valuesOf } from "../../../src/studio/values.ts";

const path = "/shown.yaml";
const timing = { fps: 8, endSec: 2 };

test.each([
  ["alone", "source: noise\nduration: 2s\n"],
  ["with feedback", "source: noise\nduration: 2s\nmotion: { zoom: 1.5 }\n"],
  ["with a preset", "source: noise\nduration: 2s\ndream: { preset: google }\n"],
  ["with names of layers", "source: noise\nduration: 2s\ndream: { layers: [edges, motifs3] }\n"],
  ["in a shot", "source: noise\nshots:\n  - { duration: 1s }\n  - { duration: 2s }\n"],
])("%s", async (_, text) => {
  const prepared = await prepareRender(parseScene(text, { path }));
  const number = prepared.shots.length - 1;
  const shot = number > 0 ? { shot: number } : {};
  const written = { isWritten: (of: readonly (string | number)[]) => isWritten(text, of) };
  const values = valuesOf(prepared.shots[number]!, {
    fps: 8,
    ...(number > 0 ? { number } : {}),
    ...written,
  });
  await prepared.dispose();
  expect(values.length).toBeGreaterThan(20);
  for (const value of values) {
    const joint = jointOf(value, values);
    const start = startOf(value, values);
    const to = Math.min(value.max, Math.max(value.min, 3));
    const beside = {
      ...(start === undefined ? {} : { start }),
      ...(typeof value.path.at(-1) === "number" ? { list: joint.map((one) => one.value) } : {}),
    };
    const others = isWeightPath(value.path)
      ? { others: Object.fromEntries(joint.map((one) => [String(one.path.at(-1)), one.value])) }
      : {};
    const of = { ...shot, path: value.path, value: to, ...beside };
    /** The value that the scene has after an edit, and its number of keys. */
    const after = (edit: SceneEdit): readonly [unknown, number] => {
      const edited = parseScene(editScene(text, [edit], timing), { path });
      const found = animatedIn(edited.shots?.[number] ?? edited).filter(
        (one) => one.path.join() === value.path.join(),
      );
      expect(found.length, value.path.join(".")).toBe(1);
      const now = found[0]!.value;
      return isTrack(now) ? [now.keys.at(-1)!.value, now.keys.length] : [now, 1];
    };
    const told = value.path.join(".");
    expect(after({ type: "set", ...of }), told).toEqual([to, 1]);
    expect(after({ type: "key", ...of, ...others, timeSec: 0 }), told).toEqual([to, 1]);
    expect(after({ type: "key", ...of, ...others, timeSec: 1 }), told).toEqual([to, 2]);
  }
});
