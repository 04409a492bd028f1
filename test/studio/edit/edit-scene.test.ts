/** Edits keep every other character of the text, and what they write reads back as what was asked. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { animatedIn } from "../../../src/scene/animated.ts";
import { parseScene } from "../../../src/scene/parse.ts";
import { editScene, type SceneEdit } from "../../../src/studio/edit/edit-scene.ts";

const timing = { fps: 24, endSec: 10 };
const edit = (text: string, ...edits: SceneEdit[]): string => editScene(text, edits, timing);

const scene = `# A comment
title: One

source: noise # over noise
duration: 8s

dream:
  layers: { motifs3: 1 } # eyes
  octaves:   3

motion:
  zoom: 1.5 # slowly
`;

test("a value that is written is replaced, and nothing else changes", () => {
  expect(edit(scene, { type: "set", path: ["motion", "zoom"], value: 1.75 })).toBe(
    scene.replace("1.5 #", "1.75 #"),
  );
  expect(edit(scene, { type: "set", path: ["dream", "octaves"], value: 4 })).toBe(
    scene.replace("octaves:   3", "octaves:   4"),
  );
});

test("a value of a map that exists goes below its last key", () => {
  expect(edit(scene, { type: "set", path: ["motion", "rotate"], value: 4 })).toBe(
    scene.replace("1.5 # slowly\n", "1.5 # slowly\n  rotate: 4\n"),
  );
});

test("a section that is missing goes to its usual place, apart from others by a blank line", () => {
  expect(edit(scene, { type: "set", path: ["feedback", "noise"], value: 0.02 })).toBe(
    `${scene.trimEnd()}\n\nfeedback:\n  noise: 0.02\n`,
  );
  expect(edit(scene, { type: "set", path: ["seed"], value: 5 })).toBe(
    scene.replace("duration: 8s\n", "duration: 8s\nseed: 5\n"),
  );
});

test("a layer is added to weights in braces, to a name alone and to a list of names", () => {
  const add: SceneEdit = { type: "set", path: ["dream", "layers", "motifs2:17"], value: 0.5 };
  expect(edit(scene, add)).toContain('layers: { motifs3: 1, "motifs2:17": 0.5 } # eyes');
  expect(edit("dream: { layers: motifs3 }\n", add)).toBe(
    'dream: { layers: { motifs3: 1, "motifs2:17": 0.5 } }\n',
  );
  expect(edit("dream:\n  layers: [motifs3, edges]\n", add)).toBe(
    'dream:\n  layers: { motifs3: 1, edges: 1, "motifs2:17": 0.5 }\n',
  );
  expect(parse(edit(scene, add)).dream.layers).toEqual({ motifs3: 1, "motifs2:17": 0.5 });
});

test("a size is added to an output that is a name alone", () => {
  expect(
    edit("output: film.mp4\n", { type: "set", path: ["output", "size"], value: "640x360" }),
  ).toBe("output: { file: film.mp4, size: 640x360 }\n");
});

test("the weight of a layer with an objective is set inside of it", () => {
  const text = "dream:\n  layers:\n    motifs3: { weight: 1, objective: caricature }\n";
  expect(edit(text, { type: "set", path: ["dream", "layers", "motifs3"], value: 2 })).toBe(
    text.replace("weight: 1", "weight: 2"),
  );
});

test("a list of numbers keeps its layout", () => {
  const text = "motion:\n  center: [ 0.5,  0.5 ] # middle\n";
  expect(edit(text, { type: "set", path: ["motion", "center"], value: [0.25, 0.75] })).toBe(
    "motion:\n  center: [ 0.25,  0.75 ] # middle\n",
  );
});

test("a value is removed with its line, and the section with its last value", () => {
  expect(edit(scene, { type: "remove", path: ["dream", "octaves"] })).toBe(
    scene.replace("  octaves:   3\n", ""),
  );
  expect(edit(scene, { type: "remove", path: ["motion", "zoom"] })).toBe(
    scene.replace("motion:\n  zoom: 1.5 # slowly\n", ""),
  );
  expect(
    edit("dream: { layers: { a: 1, b: 2 } }\n", { type: "remove", path: ["dream", "layers", "a"] }),
  ).toBe("dream: { layers: { b: 2 } }\n");
});

test("a key at time 0 is the value itself; later ones make a timeline, in order", () => {
  const path = ["motion", "zoom"];
  const first = edit(scene, { type: "key", path, timeSec: 0, value: 1.1 });
  expect(first).toBe(scene.replace("1.5 #", "1.1 #"));
  const second = edit(first, { type: "key", path, timeSec: 4, value: 2, ease: "ease-in-out" });
  expect(second).toBe(
    `${first.trimEnd()}\n\ntimeline:\n  - at: 4s\n    ease: ease-in-out\n    motion: { zoom: 2 }\n`,
  );
  const third = edit(second, { type: "key", path, timeSec: 2, value: 1.2 });
  expect(parse(third).timeline.map(({ at }: { at: string }) => at)).toEqual(["2s", "4s"]);
  const fourth = edit(third, { type: "key", path: ["mix"], timeSec: 4.01, value: 0.5 });
  expect(parse(fourth).timeline[1]).toEqual({
    at: "4s",
    ease: "ease-in-out",
    motion: { zoom: 2 },
    mix: 0.5,
  });
});

test("the key of a frame whose time three digits miss is written as a frame, and holds there", () => {
  const key = (timeSec: number, like = ""): unknown =>
    parse(edit(`${scene}${like}`, { type: "key", path: ["mix"], timeSec, value: 0.5 })).timeline.at(
      -1,
    ).at;
  expect([1, 6, 7, 12].map((frame) => key(frame / 24))).toEqual(["1f", "0.25s", "7f", "0.5s"]);
  expect(key(10 / 24, "timeline:\n  - { at: 2%, mix: 1 }\n")).toBe("10f");
});

test("a key of one layer names the others too, since those that an entry leaves out fade to 0", () => {
  const text = "dream: { layers: { a: 1, b: 0.5 } }\n";
  const path = ["dream", "layers", "a"];
  const keyed = edit(text, { type: "key", path, timeSec: 2, value: 0.25, others: { b: 0.5 } });
  expect(parse(keyed).timeline).toEqual([{ at: "2s", dream: { layers: { b: 0.5, a: 0.25 } } }]);
  const again = edit(keyed, { type: "key", path, timeSec: 2, value: 0.75, others: { b: 9, c: 1 } });
  expect(parse(again).timeline[0].dream.layers).toEqual({ b: 0.5, a: 0.75, c: 1 });
});

const keyed = `motion: { zoom: 1 }
timeline:
  # towards the end
  - at: 96f # frames
    ease: hold
    motion: { zoom: 2, rotate: 4 }
  - { at: 50%, mix: 0.5 }
`;

test("a key that is alone in its entry moves with the entry, in the entry's own unit", () => {
  const moved = edit(keyed, {
    type: "moveKey",
    path: ["mix"],
    entry: 1,
    fromSec: 5,
    toSec: 7.5,
    value: 0.25,
  });
  expect(moved).toBe(keyed.replace("at: 50%, mix: 0.5", "at: 75%, mix: 0.25"));
});

test("a key that shares its entry leaves the others where they are, and keeps its easing", () => {
  const moved = edit(keyed, {
    type: "moveKey",
    path: ["motion", "zoom"],
    entry: 0,
    fromSec: 4,
    toSec: 6,
    value: 3,
  });
  expect(parse(moved).timeline).toEqual([
    { at: "96f", ease: "hold", motion: { rotate: 4 } },
    { at: "50%", mix: 0.5 },
    { at: "144f", ease: "hold", motion: { zoom: 3 } },
  ]);
  expect(moved).toContain("# towards the end");
  expect(moved).toContain("# frames");
});

test("weights of one entry move together and are removed together", () => {
  const text = `timeline:
  - at: 4s
    ease: hold
    dream: { layers: { a: 1, b: "t" }, stepSize: 2 }
`;
  const path = ["dream", "layers", "a"];
  const moved = edit(text, { type: "moveKey", path, entry: 0, fromSec: 4, toSec: 6, value: 0.5 });
  expect(parse(moved).timeline).toEqual([
    { at: "4s", ease: "hold", dream: { stepSize: 2 } },
    { at: "6s", ease: "hold", dream: { layers: { a: 0.5, b: "t" } } },
  ]);
  expect(parse(edit(text, { type: "removeKey", path, entry: 0, timeSec: 4 })).timeline).toEqual([
    { at: "4s", ease: "hold", dream: { stepSize: 2 } },
  ]);
});

test("a number of a list is written in the list that the text has, or else as the whole list", () => {
  const pan = (i: number): { path: (string | number)[] } => ({ path: ["motion", "pan", i] });
  const key = (i: number, value: number, timeSec: number, list: number[]): SceneEdit => ({
    type: "key",
    ...pan(i),
    value,
    timeSec,
    list,
  });
  const set = edit(scene, { type: "set", ...pan(1), value: 5, list: [0, 0] });
  expect(parse(set).motion.pan).toEqual([0, 5]);
  // The list of an edit may be older than the text.
  expect(parse(edit(set, { type: "set", ...pan(0), value: 7, list: [0, 0] })).motion.pan).toEqual([
    7, 5,
  ]);
  expect(parse(edit(set, key(0, 7, 0, [0, 0]))).motion.pan).toEqual([7, 5]);
  const keyed = edit(set, key(0, 2, 4, [0, 5]), key(1, 3, 4, [0, 5]));
  expect(parse(keyed).timeline).toEqual([{ at: "4s", motion: { pan: [2, 3] } }]);
  const moveKey = { type: "moveKey", ...pan(1), entry: 0, fromSec: 4, list: [0, 5] } as const;
  const moved = edit(keyed, { ...moveKey, value: 8, toSec: 6 });
  expect(parse(moved).timeline).toEqual([{ at: "6s", motion: { pan: [2, 8] } }]);
  const shared = edit(keyed, { type: "key", path: ["motion", "zoom"], value: 2, timeSec: 4 });
  const apart = edit(shared, { ...moveKey, value: 8, toSec: 6 });
  expect(parse(apart).timeline).toEqual([
    { at: "4s", motion: { zoom: 2 } },
    { at: "6s", motion: { pan: [2, 8] } },
  ]);
  const removed = edit(shared, { type: "removeKey", ...pan(0), entry: 0, timeSec: 4 });
  expect(parse(removed).timeline).toEqual([{ at: "4s", motion: { zoom: 2 } }]);
  const none = edit(keyed, { type: "removeKey", ...pan(0), entry: 0, timeSec: 4 });
  expect(parse(none)).toEqual(parse(set));
});

test("keys of a region are written in the list of regions, and each region keeps its place", () => {
  const regions = `source: noise
regions:
  - { matte: left.png, dream: { layers: { motifs3: 1 } } }
  - { matte: right.png, dream: { layers: { edges: 1, motifs2: 0.5 } } } # water
`;
  const strength = (i: number) => ({ path: ["regions", i, "matte", "strength"] }) as const;
  const weight = { path: ["regions", 1, "dream", "layers", "edges"] } as const;
  const at = { type: "key", timeSec: 4 } as const;
  const right = edit(regions, { ...at, ...strength(1), value: 0.5 });
  expect(right).toBe(
    `${regions}timeline:\n  - at: 4s\n    regions: [{}, { matte: { strength: 0.5 } }]\n`,
  );
  const both = edit(right, { ...at, ...strength(0), value: 0.25 });
  const [half, quarter] = [{ matte: { strength: 0.5 } }, { matte: { strength: 0.25 } }];
  expect(parse(both).timeline).toEqual([{ at: "4s", regions: [quarter, half] }]);
  const left = edit(regions, { ...at, ...strength(0), value: 0.25 });
  expect(parse(edit(left, { ...at, ...strength(1), value: 0.5 }))).toEqual(parse(both));

  const weights = { value: 2, others: { motifs2: 0.5 } };
  const more = edit(both, { ...at, ...weight, ...weights });
  expect(parse(more).timeline[0].regions[1]).toEqual({
    ...half,
    dream: { layers: { edges: 2, motifs2: 0.5 } },
  });

  const removeKey = { type: "removeKey", entry: 0, timeSec: 4 } as const;
  expect(edit(more, { ...removeKey, ...weight })).toBe(both);
  expect(parse(edit(both, { ...removeKey, ...strength(0) }))).toEqual(parse(right));
  expect(parse(edit(both, { ...removeKey, ...strength(1) }))).toEqual(parse(left));
  expect(parse(edit(right, { ...removeKey, ...strength(1) }))).toEqual(parse(regions));
  const moveKey = { type: "moveKey", entry: 0, fromSec: 4, toSec: 6 } as const;
  expect(parse(edit(right, { ...moveKey, ...strength(1), value: 1 })).timeline).toEqual([
    { at: "6s", regions: [{}, { matte: { strength: 1 } }] },
  ]);
  expect(parse(edit(both, { ...moveKey, ...strength(0), value: 1 })).timeline).toEqual([
    { at: "4s", regions: [{}, half] },
    { at: "6s", regions: [{ matte: { strength: 1 } }] },
  ]);
});

test("an entry goes with its last value, and the timeline with its last entry", () => {
  const one = edit(keyed, { type: "removeKey", path: ["mix"], entry: 1, timeSec: 5 });
  expect(one).toBe(keyed.replace("  - { at: 50%, mix: 0.5 }\n", ""));
  const none = edit(
    one,
    { type: "removeKey", path: ["motion", "zoom"], entry: 0, timeSec: 4 },
    { type: "removeKey", path: ["motion", "rotate"], entry: 0, timeSec: 4 },
  );
  expect(parse(none)).toEqual({ motion: { zoom: 1 } });
});

test("an easing is changed where it is, or added", () => {
  expect(edit(keyed, { type: "ease", path: [], entry: 0, ease: "linear" })).toBe(
    keyed.replace("hold", "linear"),
  );
  expect(
    parse(edit(keyed, { type: "ease", path: [], entry: 1, ease: "hold" })).timeline[1].ease,
  ).toBe("hold");
});

test("keys of a schedule are set, moved and removed in its text", () => {
  const text = 'motion: { zoom: "0:(1), 48:(1 + t)" } # as in Deforum\n';
  const path = ["motion", "zoom"];
  expect(edit(text, { type: "key", path, timeSec: 1, value: 1.5 })).toBe(
    'motion: { zoom: "0:(1), 24:(1.5), 48:(1 + t)" } # as in Deforum\n',
  );
  expect(edit(text, { type: "moveKey", path, fromSec: 2, toSec: 3, value: 2 })).toContain(
    '"0:(1), 72:(2)"',
  );
  expect(edit(text, { type: "removeKey", path, timeSec: 2 })).toContain('"0:(1)"');
  expect(edit(text, { type: "removeKey", path, timeSec: 0 })).toContain('"0:(1), 48:(1 + t)"');
});

test("values of a shot are set in the shot, and beats stay beats", () => {
  const text =
    "shots:\n  - source: noise\n    duration: 4s\n    timeline:\n      - { at: 2b, mix: 1 }\n  - source: noise\n    duration: 2s\n";
  const withBeats = { fps: 24, endSec: 4, beats: { bpm: 120, beatsPerBar: 4, firstSec: 0.5 } };
  const edits: SceneEdit[] = [
    { type: "set", shot: 1, path: ["motion", "zoom"], value: 2 },
    { type: "moveKey", shot: 0, path: ["mix"], entry: 0, fromSec: 1.5, toSec: 2, value: 0.5 },
    { type: "key", shot: 0, path: ["mix"], timeSec: 3, value: 0 },
  ];
  expect(editScene(text, edits, withBeats)).toBe(
    "shots:\n  - source: noise\n    duration: 4s\n    timeline:\n      - { at: 3b, mix: 0.5 }\n      - { at: 5b, mix: 0 }\n  - source: noise\n    duration: 2s\n    motion:\n      zoom: 2\n",
  );
});

test("text that is not YAML is not edited", () => {
  const broken = "motion: { zoom: 1\n";
  expect(() => edit(broken, { type: "set", path: ["motion", "zoom"], value: 2 })).toThrow(
    expect.objectContaining({ code: "SCENE_SYNTAX" }),
  );
});

const folder = join(import.meta.dirname, "../../../scenes");
const examples = readdirSync(folder)
  .filter((name) => name.endsWith(".yaml"))
  .map((name) => [name, readFileSync(join(folder, name), "utf8")] as const);

const paths = [
  ["motion", "zoom"],
  ["motion", "center"],
  ["dream", "stepSize"],
  ["dream", "layers", "motifs1"],
  ["feedback", "amount"],
  ["color", "saturation"],
  ["mix"],
] as const;

const plainIn = (text: string, path: readonly (string | number)[]): unknown =>
  path.reduce<unknown>(
    (value, key) => (value as Record<string, unknown> | undefined)?.[key],
    parse(text),
  );

test("every example takes any value, keeps all its comments, and reads back the same otherwise", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...examples),
      fc.constantFrom(...paths),
      fc.double({ min: 0, max: 4, noNaN: true }).map((value) => Number(value.toFixed(3))),
      ([name, text], path, number) => {
        const value = path[1] === "center" ? [number / 4, number / 4] : number;
        const after = edit(text, { type: "set", path, value });
        expect(plainIn(after, path), name).toEqual(value);
        const comments = text.match(/(^|\s)#.*/gm) ?? [];
        for (const comment of comments) expect(after, name).toContain(comment.trim());
        const lines = new Set(after.split("\n"));
        const lost = text.split("\n").filter((line) => !lines.has(line));
        expect(lost.length, `${name} ${path.join(".")}\n${after}`).toBeLessThanOrEqual(1);
      },
    ),
    { numRuns: 300 },
  );
});

test("in every example a key is added at a time and found there again", () => {
  for (const [name, text] of examples) {
    const shot = /^shots:/m.test(text) ? { shot: 1 } : {};
    const after = edit(text, {
      type: "key",
      ...shot,
      path: ["motion", "zoom"],
      timeSec: 1.5,
      value: 1.25,
    });
    const entries = plainIn(after, "shot" in shot ? ["shots", 1, "timeline"] : ["timeline"]);
    const found = (entries as { at: string; motion?: { zoom?: number } }[]).filter(
      ({ motion }) => motion?.zoom === 1.25,
    );
    expect(found.length, name).toBe(1);
    for (const comment of text.match(/(^|\s)#.*/gm) ?? [])
      expect(after, name).toContain(comment.trim());
  }
});

test("a key at 0 writes the value itself, and a key later makes a curve from it", () => {
  for (const [path, value, later] of [
    [["motion", "zoom"], 1.5, 2],
    [["motion", "rotate"], 0, 12],
    [
      ["motion", "center"],
      [0.5, 0.5],
      [0.2, 0.8],
    ],
  ] as const) {
    const begun = edit(scene, { type: "key", path, timeSec: 0, value });
    expect(parse(begun).motion[path[1]]).toEqual(value);
    expect(parse(begun).timeline).toBeUndefined();
    const curve = edit(begun, { type: "key", path, timeSec: 5, value: later });
    expect(parse(curve).motion[path[1]]).toEqual(value);
    expect(parse(curve).timeline).toEqual([{ at: "5s", motion: { [path[1]]: later } }]);
  }
});

test("a key at 0 is the value itself, or an entry where it is asked for", () => {
  const text = "motion:\n  zoom: 1.5 # slow\nmix: 1\n";
  const edit = { type: "key", path: ["motion", "zoom"], timeSec: 0, value: 1.5 } as const;
  const timing = { fps: 24, endSec: 4 };
  expect(editScene(text, [{ ...edit, value: 2 }], timing)).toBe(text.replace("1.5", "2"));
  const entry = editScene(text, [{ ...edit, asEntry: true }], timing);
  expect(parse(entry)).toEqual({ ...parse(text), timeline: [{ at: "0s", motion: { zoom: 1.5 } }] });
  expect(entry).toContain("# slow");
  // The next value at 0 goes to the entry.
  expect(parse(editScene(entry, [{ ...edit, value: 3 }], timing)).timeline).toEqual([
    { at: "0s", motion: { zoom: 3 } },
  ]);
});

test("every number of the examples takes a key, which moves and goes, and the scene stays valid", () => {
  const tried = new Set<string>();
  let entriesTried = 0;
  const shotsOf = (text: string): readonly unknown[] => {
    const whole = parseScene(text, { path: join(folder, "edited.yaml") });
    return whole.shots ?? [whole];
  };
  for (const [name, text] of examples) {
    const shot = shotsOf(text).length - 1;
    const place = /^shots:/m.test(text) ? { shot } : {};
    const list = "shot" in place ? ["shots", shot, "timeline"] : ["timeline"];
    const all = animatedIn(shotsOf(text)[shot]);
    for (const { path, range } of all) {
      // Each once.
      if (tried.has(path.join())) continue;
      tried.add(path.join());
      const told = `${name}: ${path.join(".")}`;
      const keysIn = (edited: string): number => {
        const value = animatedIn(shotsOf(edited)[shot]).find(
          (one) => one.path.join() === path.join(),
        )?.value;
        return typeof value === "object" && value.type === "track" ? value.keys.length : 1;
      };
      const before = keysIn(text);
      const group = path.slice(0, -1).join();
      const joint = all.filter((one) => one.path.slice(0, -1).join() === group);
      const beside =
        typeof path.at(-1) === "number"
          ? { list: joint.map((one) => Math.max(0.25, one.range.min)) }
          : /^(layers|classes)$/.test(String(path.at(-2)))
            ? { others: Object.fromEntries(joint.map((one) => [String(one.path.at(-1)), 0.5])) }
            : {};
      const value = Math.min(range.max, Math.max(range.min, 1.234));
      const of = { ...place, path, ...beside };
      const keyed = edit(text, { type: "key", ...of, value, timeSec: 0.625 });
      expect(keysIn(keyed), told).toBe(before + 1);
      const entries = (plainIn(keyed, list) ?? []) as readonly { readonly at: unknown }[];
      const entry = entries.findIndex((one) => plainIn(JSON.stringify(one), path) === value);
      if (entry < 0) continue; // A schedule.
      entriesTried++;
      const moveKey = { type: "moveKey", entry, fromSec: 0.625, toSec: 0.75 } as const;
      const moved = edit(keyed, { ...of, ...moveKey, value });
      expect(keysIn(moved), told).toBe(before + 1);
      const removed = edit(moved, { ...of, type: "removeKey", entry, timeSec: 0.75 });
      expect(keysIn(removed), told).toBe(before);
    }
  }
  expect(tried.size).toBeGreaterThan(40);
  expect(entriesTried).toBeGreaterThan(tried.size / 2);
});
