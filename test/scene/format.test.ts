import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { stringify } from "yaml";
import { clockAt } from "../../src/scene/clock.ts";
import { dreamNumbers } from "../../src/scene/dream-numbers.ts";
import { formatScene } from "../../src/scene/format.ts";
import { parseScene } from "../../src/scene/parse.ts";
import { resolveFrame } from "../../src/scene/resolve.ts";
import type { Scene } from "../../src/scene/scene.ts";

const words = fc.constantFrom("edges", "motifs3:4", "a.b/c", "pool", "e 1");
const share = fc.double({ min: 0, max: 1, noNaN: true });
const expression = fc.constantFrom(
  "p",
  "0.5 + 0.5*sin(t)",
  "noise(f / 3)^2",
  "p < 0.5 ? 0.2 : rand(f)",
);
const schedule = fc
  .uniqueArray(fc.tuple(fc.integer({ min: 1, max: 99 }), share), {
    selector: ([f]) => f,
    maxLength: 3,
  })
  .map((keys) => [[0, 0.5] as const, ...keys].map(([f, v]) => `${f}:(${v})`).join(", "));
const value = fc.oneof(share, expression);
const base = fc.oneof(value, schedule);
const weights = fc.dictionary(words, value, { minKeys: 1, maxKeys: 3 });
const time = fc.oneof(
  fc.integer({ min: 0, max: 200 }).map((f) => `${f}f`),
  fc.double({ min: 0, max: 9, noNaN: true }).map((s) => `${s.toFixed(3)}s`),
  fc.integer({ min: 0, max: 9 }).map((s) => `0:0${s}`),
);
const ease = fc.constantFrom(
  "linear",
  "hold",
  "ease-in-out",
  "steps(3)",
  "cubic-bezier(0.1, 0.2, 0.3, 1.4)",
);
const optional = <T>(
  shape: Record<string, fc.Arbitrary<T>>,
): fc.Arbitrary<Partial<Record<string, T>>> => fc.record(shape, { requiredKeys: [] });

const entry = fc.record(
  {
    at: fc.oneof(
      time,
      fc.integer({ min: 0, max: 100 }).map((n) => `${n}%`),
    ),
    ease,
    mix: value,
    dream: optional<unknown>({
      layers: weights,
      classes: weights,
      iterations: fc.array(value, { minLength: 1, maxLength: 3 }),
    }),
    motion: optional<unknown>({ rotate: value, pan: fc.tuple(value, value) }),
    feedback: optional({ amount: value }),
    color: optional({ saturation: value }),
  },
  { requiredKeys: ["at"] },
);
const shot = fc.record(
  {
    source: fc.oneof(
      fc.record({
        noise: fc.record({ seed: fc.integer(), scale: fc.integer({ min: 1, max: 9 }) }),
      }),
      fc.record({ image: fc.constant("p.png") }),
      fc.record({ frames: fc.constantFrom("f/", "f/%03d.png") }),
      fc.record({ lavfi: fc.constant("testsrc2=size=64x36") }),
      fc.record({
        video: fc.record(
          { file: fc.constant("c.mp4"), start: time, audio: fc.constantFrom("keep", "drop") },
          { requiredKeys: ["file"] },
        ),
      }),
    ),
    title: fc.string(),
    duration: time,
    seed: fc.integer(),
    model: fc.constantFrom("pocket", "nets/x.onnx"),
    dream: fc.record(
      {
        layers: weights,
        iterations: fc.oneof(base, fc.array(base, { minLength: 1, maxLength: 3 })),
        preset: fc.constantFrom("google", "hvass"),
        classes: weights,
        totalVariation: base,
        guide: fc.constantFrom("g.png", "g.mp4", { image: "g.gif", match: "mean", strength: 0.5 }),
      },
      { requiredKeys: ["layers", "iterations"] },
    ),
    motion: optional<unknown>({
      rotate: fc.oneof(base, fc.constant("0.1turn")),
      center: fc.tuple(base, base),
    }),
    feedback: optional<unknown>({
      amount: base,
      mode: fc.constantFrom("replace", "residual"),
      occlusion: fc.boolean(),
    }),
    color: optional<unknown>({
      match: fc.constantFrom("off", "source", "c.jpg", { image: "c.gif" }),
      saturation: base,
      keep: base,
    }),
    matte: fc.constantFrom("m.png", { video: "m.mov", invert: true, strength: "p" }),
    mix: base,
    timeline: fc.array(entry, { maxLength: 4 }),
  },
  { requiredKeys: ["source", "dream"] },
);
const whole = {
  output: optional<unknown>({
    file: fc.constantFrom("o.webm", "o/"),
    size: fc.constant("64x36"),
    fps: fc.constant(23.976),
    quality: fc.integer({ min: 0, max: 51 }),
  }),
  engine: fc.constantFrom("cpu", "auto"),
  audio: fc.oneof(fc.constant("s.wav"), fc.constant({ file: "s.wav", mux: false, release: "1s" })),
};
const scenes = fc
  .oneof(
    fc.tuple(shot, fc.record({ ...whole, loop: fc.boolean() }, { requiredKeys: [] })),
    fc.tuple(
      fc.record({
        shots: fc
          .array(fc.tuple(shot, fc.constantFrom("cut", { crossfade: "12f" })), {
            minLength: 1,
            maxLength: 3,
          })
          .map((list) =>
            list.map(([piece, transition], i) => (i > 0 ? { ...piece, transition } : piece)),
          ),
      }),
      fc.record(whole, { requiredKeys: [] }),
    ),
  )
  .map(([one, two]) => ({ ...one, ...two }));

/** A scene without the locations of it and its keys. */
function meaning(scene: Scene): unknown {
  return JSON.parse(
    JSON.stringify(scene, (key, part: unknown) =>
      ["path", "places"].includes(key) ? undefined : part,
    ),
  );
}

function values(scene: Scene): unknown {
  const sound = { level: 0.1, bass: 0.2, mid: 0.3, treble: 0.4, beat: 0.5 };
  const defaults = Object.fromEntries([...dreamNumbers, "iterations"].map((name) => [name, 1]));
  return (scene.shots ?? [scene]).map((part) =>
    [0, 7, 50, 99].map((f) =>
      resolveFrame(part, clockAt(f, 100, 24, { seed: 3, sound }), defaults),
    ),
  );
}

describe("a formatted scene", () => {
  test("has the same meaning when it is parsed again", () => {
    fc.assert(
      fc.property(scenes, (tree) => {
        const first = parseScene(stringify(tree), { path: "/films/x.yaml" });
        const again = parseScene(formatScene(first), { path: "/elsewhere/y.yaml" });
        expect(meaning(again)).toEqual(meaning(first));
        expect(values(again)).toEqual(values(first));
        expect(formatScene(again)).toBe(formatScene(first));
      }),
      { seed: 20261124, numRuns: 300 },
    );
  });

  test("is split as before", () => {
    const text = "source: a.mp4\naudio: { file: s.wav, bpm: 90 }\nfarm: { split: 2bar }";
    const first = parseScene(text, { path: "/films/x.yaml" });
    const again = parseScene(formatScene(first), { path: "/elsewhere/y.yaml" });
    expect(again.farm).toEqual({
      split: { unit: "bars", value: 2 },
      preroll: { unit: "seconds", value: 1 },
    });
    expect(meaning(again)).toEqual(meaning(first));
  });

  test("contains every default", () => {
    const text = formatScene(parseScene("source: { noise: {} }", { path: "/films/x.yaml" }));
    for (const line of [
      `file: ${join(process.cwd(), "out/x.mp4")}`,
      "quality: 18",
      "scale: 4",
      "match: first",
      "zoom: 1",
    ])
      expect(text).toContain(line);
  });
});
