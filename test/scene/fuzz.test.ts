/** Any text is either parsed or refused, quickly. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { createRandom } from "../../src/dream/random.ts";
import { DreamError, formatError } from "../../src/errors.ts";
import { clockAt } from "../../src/scene/clock.ts";
import { evaluate } from "../../src/scene/evaluate.ts";
import { ExpressionError, parseExpression } from "../../src/scene/expression.ts";
import { parseScene } from "../../src/scene/parse.ts";
import { resolveFrame } from "../../src/scene/resolve.ts";
import { cpuMs, fuzzSeeds, fuzzTimeout, pick } from "../helpers/fuzz.ts";

const scenes = join(import.meta.dirname, "../../scenes");
const longestMs = 4000;

const spices = [
  "{",
  "}",
  "[",
  "]",
  ":",
  ",",
  "- ",
  "? ",
  "&a ",
  "*a",
  "!!set ",
  "|\n",
  ">\n",
  "\n",
  "\t",
  "#",
  '"',
  "'",
  "%",
  "<<: ",
  "\0",
  "\x1b[2J",
  "\u2028",
  "\ud800",
  "1e309",
  "-0",
  ".nan",
  "0x",
  "null",
  "~",
  "true",
  "__proto__: 1\n",
  "constructor",
  "0:(",
  "96f",
  "50%",
  "9".repeat(40),
];

/** Change a text in a few places: cut, duplicate, move, insert. */
function spoil(text: string, other: string, seed: number): string {
  const random = createRandom(seed);
  const at = (length: number): number => Math.floor(random() * length);
  let spoiled = text;
  for (let i = 1 + at(4); i > 0; i--) {
    const [from, to] = [at(spoiled.length), at(spoiled.length)].sort((a, b) => a - b) as [
      number,
      number,
    ];
    switch (at(5)) {
      case 0:
        spoiled = spoiled.slice(0, from) + pick(random, spices) + spoiled.slice(from);
        break;
      case 1:
        spoiled = spoiled.slice(0, from) + spoiled.slice(Math.min(to, from + 40));
        break;
      case 2:
        spoiled = spoiled.slice(0, from) + spoiled.slice(from, to) + spoiled.slice(from);
        break;
      case 3:
        spoiled = spoiled.slice(0, from) + other.slice(at(other.length));
        break;
      default:
        spoiled =
          spoiled.slice(0, from) + String.fromCharCode(at(0xffff)) + spoiled.slice(from + 1);
    }
  }
  return spoiled;
}

function readOrRefuse(text: string): void {
  const started = cpuMs();
  try {
    const scene = parseScene(text, { path: "x.yaml" });
    for (const shot of scene.shots ?? [scene]) resolveFrame(shot, clockAt(3, 48, 24));
  } catch (error) {
    if (!(error instanceof DreamError)) throw error;
    expect(formatError(error).length).toBeLessThan(50_000);
  }
  expect(cpuMs() - started).toBeLessThan(longestMs);
}

test("mutated scenes are parsed or refused", { timeout: fuzzTimeout }, async () => {
  const names = (await readdir(scenes)).filter((name) => name.endsWith(".yaml"));
  const texts = await Promise.all(names.map((name) => readFile(join(scenes, name), "utf8")));
  for (const seed of fuzzSeeds(1000)) {
    const text = spoil(texts[seed % texts.length]!, texts[(seed * 7) % texts.length]!, seed);
    try {
      readOrRefuse(text);
    } catch (cause) {
      throw new Error(`seed ${seed}: ${JSON.stringify(text.slice(0, 2000))}`, { cause });
    }
  }
});

test("scenes with random values at their keys are parsed or refused", {
  timeout: fuzzTimeout,
}, () => {
  const value = fc.oneof(
    fc.anything({ maxDepth: 2, withBigInt: false }),
    fc.constantFrom("sin(t)", "0:(1), 9:(2)", "3s", -1, 1e300, "x.png", null, [], {}),
  );
  const map = (...keys: string[]): fc.Arbitrary<object> =>
    fc.record(Object.fromEntries(keys.map((key) => [key, value])), { requiredKeys: [] });
  const parts = {
    dream: fc.oneof(
      value,
      map("layers", "classes", "guide", "octaves", "iterations", "stepSize", "tile"),
    ),
    motion: fc.oneof(value, map("zoom", "rotate", "pan", "center")),
    timeline: fc.oneof(value, fc.array(map("at", "ease", "dream", "motion", "mix"))),
    shots: fc.oneof(value, fc.array(map("source", "duration", "dream", "transition"))),
    output: fc.oneof(value, map("file", "size", "fps", "codec", "quality")),
    source: fc.oneof(fc.constant({ noise: {} }), value, map("image", "video", "frames", "lavfi")),
    audio: value,
    mix: value,
    seed: value,
    duration: value,
  };
  const scene = fc.record(parts, { requiredKeys: ["source"] });
  fc.assert(
    fc.property(scene, (tree) => readOrRefuse(JSON.stringify(tree))),
    { seed: 7, numRuns: fuzzSeeds(1000).length },
  );
});

test("a random expression gives a number or an error with its place", {
  timeout: fuzzTimeout,
}, () => {
  const word = fc.constantFrom(
    ..."t f n p pi e level sin( cos( min( noise( rand( clamp( ( ) , + - * / % ^ < >= == && || ! ? : 1 2.5 1e9 .5 . constructor __proto__ [ ] ' ` ; = \\".split(
      " ",
    ),
  );
  const text = fc.oneof(
    fc.array(word, { maxLength: 40 }).map((words) => words.join("")),
    fc.string({ maxLength: 600, unit: "binary" }),
  );
  fc.assert(
    fc.property(text, (source) => {
      try {
        expect(typeof evaluate(parseExpression(source), clockAt(3, 48, 24))).toBe("number");
      } catch (error) {
        if (!(error instanceof ExpressionError)) throw error;
        expect(error.index).toBeGreaterThanOrEqual(0);
        expect(error.index).toBeLessThanOrEqual(source.length);
      }
    }),
    { seed: 11, numRuns: fuzzSeeds(5000).length },
  );
});
