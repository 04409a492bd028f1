import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { parse } from "yaml";
import { expect, test } from "vitest";
import { applyEdits, formatSec } from "../../src/studio/edit.ts";
import { insertItem, removeIn, setIn } from "../../src/studio/yaml-text.ts";
import { parseScene } from "../../src/scene/parse.ts";

const scene = `# A zoom.
title: "A zoom" # quoted

source:
  noise: { seed: 7,  scale: 4 }   # odd spacing stays

duration: 10s
dream:
  layers: { creatures2: 1 } # birds
  iterations: [2, 2, 1]

  # a comment of its own
  stepSize: 2.0

motion:
  zoom: 1.5

timeline:
  - at: 0s
    dream: { layers: { patterns1: 1 } }
  # the turn
  - at: 4s
    ease: ease-in-out # soft
    dream: { layers: { patterns2: 1 } }
    motion: { zoom: 2 }
`;

/** The lines that differ. */
function changed(before: string, after: string): string[] {
  const known = before.split("\n");
  return after.split("\n").filter((line) => !known.includes(line));
}

test("a number is replaced where it stands, and nothing else changes", () => {
  const edited = applyEdits(scene, [{ type: "set", path: ["dream", "stepSize"], value: 3.25 }]);
  expect(edited).toBe(scene.replace("stepSize: 2.0", "stepSize: 3.25"));
  const element = applyEdits(scene, [{ type: "set", path: ["dream", "iterations", 1], value: 5 }]);
  expect(element).toBe(scene.replace("[2, 2, 1]", "[2, 5, 1]"));
  const layer = applyEdits(scene, [
    { type: "set", path: ["dream", "layers", "creatures2"], value: 0.5 },
  ]);
  expect(layer).toBe(scene.replace("creatures2: 1 }", "creatures2: 0.5 }"));
});

test("a new key is added to its section, in the section's layout", () => {
  expect(
    changed(scene, applyEdits(scene, [{ type: "set", path: ["dream", "layers", "motifs3:17"], value: 1 }])),
  ).toEqual(["  layers: { creatures2: 1, motifs3:17: 1 } # birds"]);
  expect(
    changed(scene, applyEdits(scene, [{ type: "set", path: ["motion", "rotate"], value: 4 }])),
  ).toEqual(["  rotate: 4"]);
  const section = applyEdits(scene, [{ type: "set", path: ["feedback", "amount"], value: 0.9 }]);
  expect(section).toBe(`${scene}\nfeedback:\n  amount: 0.9\n`);
  expect(
    changed(scene, applyEdits(scene, [{ type: "set", path: ["motion", "center", 0], value: 0.25 }])),
  ).toEqual(["  center: [0.25, 0.5]"]);
});

test("keys are added in the order of time, in the layout of the entries beside them", () => {
  const key = { type: "key", path: ["motion", "zoom"], timeSec: 2, value: 1.8 } as const;
  const edited = applyEdits(scene, [key], 24);
  expect(changed(scene, edited)).toEqual(["  - at: 2s", "    motion: { zoom: 1.8 }"]);
  expect(edited.indexOf("at: 2s")).toBeLessThan(edited.indexOf("# the turn"));
  const atEntry = applyEdits(scene, [{ ...key, timeSec: 4 }], 24);
  expect(atEntry).toBe(scene.replace("zoom: 2 }", "zoom: 1.8 }"));
  const first = applyEdits("source: { noise: {} }\nmotion: { zoom: 1 }\n", [key], 24);
  expect(first).toContain("timeline:\n  - { at: 2s, motion: { zoom: 1.8 } }\n");
});

test("an entry sets all layers, so a key of one keeps the weights of the others", () => {
  const edited = applyEdits(scene, [
    { type: "key", path: ["dream", "layers", "motifs1"], timeSec: 2, value: 1 },
  ]);
  expect(changed(scene, edited)).toEqual([
    "  - at: 2s",
    "    dream: { layers: { patterns1: 1, motifs1: 1 } }",
  ]);
  const given = applyEdits(scene, [
    {
      type: "key",
      path: ["dream", "layers", "motifs1"],
      timeSec: 2,
      value: 1,
      others: { patterns1: 0.5, patterns2: 0.25 },
    },
  ]);
  expect(changed(scene, given)[1]).toBe(
    "    dream: { layers: { patterns1: 0.5, patterns2: 0.25, motifs1: 1 } }",
  );
});

test("a moved key takes along only its own value", () => {
  const moved = applyEdits(
    scene,
    [{ type: "moveKey", path: ["motion", "zoom"], entry: 1, timeSec: 6, value: 3 }],
    24,
  );
  const { timeline } = parse(moved);
  expect(timeline).toEqual([
    { at: "0s", dream: { layers: { patterns1: 1 } } },
    { at: "4s", ease: "ease-in-out", dream: { layers: { patterns2: 1 } } },
    { at: "6s", ease: "ease-in-out", motion: { zoom: 3 } },
  ]);
  expect(moved).toContain("# the turn");
  expect(moved).toContain("# soft");
  const alone = applyEdits(scene, [{ type: "moveKey", path: ["dream", "layers", "patterns1"], entry: 0, timeSec: 1 }], 24);
  expect(alone).toBe(scene.replace("at: 0s", "at: 1s"));
});

test("a removed key goes with its entry where the entry sets nothing else, and the last one with the timeline", () => {
  const zoom = applyEdits(scene, [{ type: "removeKey", path: ["motion", "zoom"], entry: 1 }]);
  expect(zoom).toBe(scene.replace("    motion: { zoom: 2 }\n", ""));
  const all = applyEdits(scene, [
    { type: "removeKey", path: ["dream", "layers", "patterns1"], entry: 0 },
    { type: "removeKey", path: ["motion", "zoom"], entry: 0 },
    { type: "removeKey", path: ["dream", "layers", "patterns2"], entry: 0 },
  ]);
  expect(parse(all).timeline).toBeUndefined();
  expect(changed(scene, all)).toEqual([]);
});

test("short forms become maps only where a value needs them to", () => {
  const edit = (text: string, path: (string | number)[], value: unknown): string =>
    applyEdits(`source: noise\n${text}\n`, [{ type: "set", path, value }]).split("\n")[1]!;
  expect(edit("dream: { layers: motifs3 }", ["dream", "layers", "motifs3"], 2)).toBe(
    "dream: { layers: { motifs3: 2 } }",
  );
  expect(edit("dream: { layers: [motifs3, motifs2] }", ["dream", "layers", "motifs2"], 0.5)).toBe(
    "dream: { layers: { motifs3: 1, motifs2: 0.5 } }",
  );
  expect(edit("dream: { layers: { a: { weight: 1, objective: mean } } }", ["dream", "layers", "a"], 3)).toBe(
    "dream: { layers: { a: { weight: 3, objective: mean } } }",
  );
  expect(edit("audio: track.mp3", ["audio", "bpm"], 120)).toBe("audio: { file: track.mp3, bpm: 120 }");
});

test("a shot gets its own copy of a map that it takes from the scene", () => {
  const text = "dream: { layers: { a: 1, b: 2 } }\nshots:\n  - source: noise\n    duration: 2s\n";
  const edited = applyEdits(text, [{ type: "set", shot: 0, path: ["dream", "layers", "b"], value: 0 }]);
  expect(parse(edited)).toEqual({
    dream: { layers: { a: 1, b: 2 } },
    shots: [{ source: "noise", duration: "2s", dream: { layers: { a: 1, b: 0 } } }],
  });
});

test("times are written in seconds where they meet the frame, else in frames", () => {
  expect(formatSec(2, 24)).toBe("2s");
  expect(formatSec(2.5, 24)).toBe("2.5s");
  expect(formatSec(49 / 24, 24)).toBe("49f");
  expect(formatSec(49 / 24)).toBe("2.042s");
});

test("texts that are no YAML, and edits that do not fit, are refused", () => {
  expect(() => applyEdits("a: [", [{ type: "set", path: ["b"], value: 1 }])).toThrow();
  expect(() => applyEdits("mix: 1\n", [{ type: "set", path: ["mix", "x"], value: 1 }])).toThrow(/no map/);
  expect(() => applyEdits(scene, [{ type: "removeKey", path: ["mix"], entry: 9 }])).toThrow();
});

test("every example stays valid, with its comments, when each of its numbers is set and set back", async () => {
  const folder = join(import.meta.dirname, "../../scenes");
  for (const name of (await readdir(folder)).filter((file) => file.endsWith(".yaml"))) {
    const text = await readFile(join(folder, name), "utf8");
    const edits = numbersIn(parse(text)).map((path) => ({ type: "set", path, value: 0.125 }) as const);
    const comments = text.match(/#.*/g);
    const edited = applyEdits(text, edits);
    expect(edited.match(/#.*/g), name).toEqual(comments);
    expect(edited.split("\n").length, name).toBe(text.split("\n").length);
  }
});

/** Paths of the numbers of plain data, without shots. */
function numbersIn(value: unknown, path: (string | number)[] = []): (string | number)[][] {
  if (typeof value === "number") return [path];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    numbersIn(inner, [...path, Array.isArray(value) ? Number(key) : key]),
  );
}

const key = fc.constantFrom("a", "b", "c", "long name", "x:1", "true", "12");
const leaf = fc.oneof(fc.integer(), fc.boolean(), fc.constantFrom("s", "a, b", "# no", "- x", "2s", "", "null"));
const data = fc.dictionary(
  key,
  fc.oneof(leaf, fc.dictionary(key, leaf, { minKeys: 1 }), fc.array(leaf, { minLength: 1 })),
  { minKeys: 1 },
);

test("edits of any data say the same as edits of the plain data", async () => {
  const { stringify } = await import("yaml");
  fc.assert(
    fc.property(data, key, key, leaf, fc.boolean(), (plain, first, second, value, flow) => {
      const text = stringify(plain, { collectionStyle: flow ? "flow" : "block" });
      const inner = plain[first];
      if (typeof inner === "object" && !Array.isArray(inner)) {
        expect(parse(setIn(text, [first, second], value))).toEqual({
          ...plain,
          [first]: { ...inner, [second]: value },
        });
      }
      if (Array.isArray(inner)) {
        expect(parse(insertItem(text, [first], 1, value))[first]).toEqual(inner.toSpliced(1, 0, value));
        expect(parse(setIn(text, [first, 0], value))[first]).toEqual(inner.with(0, value));
      }
      expect(parse(setIn(text, [first], value))).toEqual({ ...plain, [first]: value });
      const { [first]: _, ...rest } = plain;
      if (Object.keys(rest).length > 0) expect(parse(removeIn(text, [first]))).toEqual(rest);
    }),
    { numRuns: 200 },
  );
});

test("what a knob writes is a scene", () => {
  const edited = applyEdits(scene, [
    { type: "set", path: ["color", "saturation"], value: 1.123456789 },
    { type: "key", path: ["mix"], timeSec: 3, value: 0.3, ease: "hold" },
  ]);
  const { color, mix } = parseScene(edited);
  expect(color.saturation.value).toBe(1.12346);
  expect(mix.value).toMatchObject({ keys: [{ value: 1 }, { value: 0.3, ease: { name: "hold" } }] });
});
