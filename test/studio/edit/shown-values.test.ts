/** Every number that the studio shows for a scene can be set and keyed, also where the network or the preset provides it. */
import { join } from "node:path";
import { expect, test } from "vitest";
import { prepareRender } from "../../../src/pipeline/plan/prepare.ts";
import { animatedIn, isTrack } from "../../../src/scene/animated.ts";
import { parseScene } from "../../../src/scene/parse.ts";
import type { ValuePath } from "../../../src/studio/api-scene.ts";
import { editScene, type SceneEdit } from "../../../src/studio/edit/edit-scene.ts";
import { isShared } from "../../../src/studio/edit/own.ts";
import { besideOf, jointOf } from "../../../src/studio/edit/together.ts";
import { isWritten } from "../../../src/studio/edit/yaml-text.ts";
import { valuesOf } from "../../../src/studio/values.ts";

const path = join(import.meta.dirname, "../../../scenes/shown.yaml");
const timing = { fps: 8, endSec: 2 };

type Known = readonly { readonly at: unknown; readonly value: unknown }[];

/** The keys of every number of a shot, by its path; a number without keys is one at the start. */
function numbersOf(text: string, shot: number): ReadonlyMap<string, Known> {
  const scene = parseScene(text, { path });
  const numbers = animatedIn(scene.shots?.[shot] ?? scene);
  const keysOf = ({ value }: (typeof numbers)[number]): Known =>
    isTrack(value) ? value.keys.map(({ at, value }) => ({ at, value })) : [{ at: 0, value }];
  return new Map(numbers.map((number) => [number.path.join("."), keysOf(number)]));
}

test.each([
  ["alone", "source: noise\nduration: 2s\n"],
  ["with feedback", "source: noise\nduration: 2s\nmotion: { zoom: 1.5 }\n"],
  ["with a preset", "source: noise\nduration: 2s\ndream: { preset: google }\n"],
  ["with names of layers", "source: noise\nduration: 2s\ndream: { layers: [edges, motifs3] }\n"],
  ["in a shot", "source: noise\nshots:\n  - { duration: 1s }\n  - { duration: 2s }\n"],
  [
    "in a shot that takes values and schedules from the top",
    `source: noise
dream: { layers: { edges: 1, motifs3: 0.5 }, octaves: 2, iterations: [4, 2] }
motion: { zoom: "0: (1.5), 4: (2)", pan: [0.1, 0.2] }
matte: media/disc.png
shots:
  - { duration: 1s }
  - duration: 2s
    timeline: [{ at: 0.5s, motion: { rotate: 10 } }, { at: 0.75s, motion: { rotate: 20 } }]
`,
  ],
])("%s", async (_, text) => {
  const prepared = await prepareRender(parseScene(text, { path }));
  const number = prepared.shots.length - 1;
  const shot = number > 0 ? { number } : {};
  const written = { isWritten: (of: ValuePath) => isWritten(text, of) };
  const values = valuesOf(prepared.shots[number]!, { fps: 8, ...shot, ...written });
  await prepared.dispose();
  expect(values.length).toBeGreaterThan(20);
  const [first, before] = [numbersOf(text, 0), numbersOf(text, number)];
  for (const value of values) {
    const told = value.path.join(".");
    const joint = jointOf(value, values);
    const { others, ...beside } = besideOf(value, values, (one) => one.value);
    const named = others ? { others } : {};
    const to = Math.min(value.max, Math.max(value.min, 3));
    const of = { path: value.path, value: to, ...beside };
    const own = number > 0 ? { shot: number } : {};
    const place = isShared(text, value.path, value.shot) ? {} : own;
    const keysAfter = (edit: SceneEdit): Known => {
      const edited = editScene(text, [edit], timing);
      const after = numbersOf(edited, number);
      const names = new Set(joint.map((one) => one.path.join(".")));
      for (const [name, keys] of before)
        if (!names.has(name)) expect(after.get(name), `${told} changes ${name}`).toEqual(keys);
      // A key belongs to its shot.
      if (edit.type === "key" && number > 0) expect(numbersOf(edited, 0), told).toEqual(first);
      return after.get(told)!;
    };
    const known = Math.max(1, value.keys.length);
    const later = keysAfter({ type: "key", ...own, ...of, ...named, timeSec: 1.5 });
    expect(later.length, told).toBe(known + 1);
    expect(later.at(-1)!.value, told).toBe(of.value);
    const atStart = keysAfter({ type: "key", ...own, ...of, ...named, timeSec: 0 });
    expect(atStart.length, told).toBe(known);
    expect(atStart[0]!.value, told).toBe(of.value);
    if (value.keys.length === 0)
      expect(keysAfter({ type: "set", ...place, ...of }), told).toEqual(atStart);
  }
});
