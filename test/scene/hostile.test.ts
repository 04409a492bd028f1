/** Malicious scenes give one error with its place, quickly. */
import { describe, expect, test } from "vitest";
import { formatError } from "../../src/errors.ts";
import { planRender } from "../../src/pipeline/plan/plan.ts";
import { ExpressionError, parseExpression } from "../../src/scene/expression.ts";
import { parseScene } from "../../src/scene/parse.ts";
import { cpuMs } from "../helpers/fuzz.ts";

const valid = "source: { noise: {} }\nduration: 2f\n";
const many = (count: number, line: (i: number) => string): string =>
  Array.from({ length: count }, (_, i) => line(i)).join("\n");

function failure(text: string, set: readonly string[] = []): string {
  try {
    parseScene(text, { path: "x.yaml", set });
  } catch (error) {
    return formatError(error);
  }
  return "accepted";
}

const letters = "abcdefgh";
const bomb = many(
  8,
  (i) =>
    `${letters[i]}: &${letters[i]} [${new Array(9).fill(i === 0 ? "x" : `*${letters[i - 1]}`).join(",")}]`,
);

const cases: readonly [string, string, RegExp][] = [
  ["an alias bomb", bomb, /^SCENE_SYNTAX.*alias count/],
  ["nested lists", `source: ${"[".repeat(100_000)}`, /^SCENE_SYNTAX: x\.yaml:1:40.*nested/],
  ["nested maps", `source: ${"{a: ".repeat(5000)}`, /^SCENE_SYNTAX.*nested/],
  [
    "maps nested by indentation",
    many(900, (i) => `${" ".repeat(i)}a:`),
    /^SCENE_SYNTAX: x\.yaml:33:33.*nested/,
  ],
  ["lists nested in one line", "- ".repeat(20_000), /^SCENE_SYNTAX.*nested/],
  ["more than a megabyte", `${valid}# ${"x".repeat(2 ** 20)}`, /^SCENE_SYNTAX.*megabyte/],
  [
    "20 000 unknown keys",
    valid + many(20_000, (i) => `k${i}: 1`),
    /20000 problems.*and 19980 more/s,
  ],
  ["one key 20 000 times", many(20_000, () => "a: 1"), /19999 problems.*"a" is given twice/s],
  ["20 000 anchors", "&a ".repeat(20_000), /^SCENE_SYNTAX.*problems/],
  ["20 000 commas", `[${",".repeat(20_000)}`, /^SCENE_SYNTAX.*problems/],
  [
    "20 000 moments",
    `${valid}timeline:\n${many(20_000, (i) => `- {at: ${i}f, mix: 1}`)}`,
    /timeline: .*2000/,
  ],
  ["20 000 shots", `${valid}shots:\n${many(20_000, (i) => `- {seed: ${i}}`)}`, /shots: .*1000/],
  [
    "a thousand moments of a thousand layers",
    `${valid}timeline:\n${many(1000, (i) => `- {at: ${i}f, dream: {layers: {l${i}: 1}}}`)}`,
    /1000 entries that name 1000 layers/,
  ],
  ["100 000 iterations", `${valid}dream: {iterations: [${"1,".repeat(100_000)}1]}`, /iterations/],
  [
    "an angle of 100 000 digits",
    `${valid}motion: {rotate: "${"1".repeat(100_000)}x"}`,
    /longer than 500/,
  ],
  ["a layer named __proto__", `${valid}dream: {layers: {__proto__: 1}}`, /x\.yaml:3:18.*__proto__/],
  ["__proto__ at the top level", `${valid}__proto__: {a: 1}`, /x\.yaml:3:1.*__proto__/],
  ["constructor at the top level", `${valid}constructor: 1`, /unknown key "constructor"/],
  ["a list as a key", `${valid}? [1, 2]\n: 3`, /x\.yaml:3:3: a key must be plain text/],
  ["two documents", `${valid}---\n${valid}`, /x\.yaml:3:1.*second document/],
  ["a NUL byte", `${valid}output: {file: "a\\0.mp4"}`, /NUL/],
  ["a duration of 400 digits", `source: {noise: {}}\nduration: ${"9".repeat(400)}s`, /not a time/],
  ["an endless duration", "source: {noise: {}}\nduration: .inf", /not Infinity/],
  ["a value that is not a number", `${valid}mix: .nan\nseed: .nan`, /mix: .*NaN.*seed: .*NaN/s],
  ["a rate of 1e9", `${valid}output: {fps: 1e9}`, /output\.fps/],
  ["a size of 1e9", `${valid}output: {size: 1000000000x1000000000}`, /16384/],
  ["a million octaves", `${valid}dream: {octaves: 1e6}`, /1 to 20/],
];

describe("a scene with", () => {
  test.each(cases)("%s is refused within seconds", (_, text, says) => {
    const started = cpuMs();
    const message = failure(text);
    expect(message).toMatch(says);
    expect(message.length).toBeLessThan(20_000);
    expect(cpuMs() - started).toBeLessThan(10_000);
  });

  test("terminal escapes in keys and values shows them escaped", () => {
    const message = failure(`${valid}"\\e[31mred\\x07\\u009b\\u202e": 1\nmix: "\\e]0;title\\x07"`);
    expect(message).toContain("\\u001b[31mred\\u0007\\u009b\\u202e");
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they must not be there.
    expect(message).not.toMatch(/[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]/);
  });

  test("a key for each of 20 000 frames is planned in seconds", () => {
    const keys = Array.from({ length: 20_000 }, (_, i) => `${i}:(0.5)`).join(",");
    const started = cpuMs();
    const plan = planOf(`duration: 20000f\nmotion: {zoom: 2+sin(t)}\nmix: "${keys}"`);
    expect(plan.frames).toBe(20_000);
    expect(cpuMs() - started).toBeLessThan(5000);
  });
});

describe("--set of", () => {
  test.each([
    ["a prototype", "__proto__.polluted=1", /no such key/],
    ["a nested prototype", "dream.layers.__proto__=1", /no such key/],
    ["a constructor", "constructor.prototype.polluted=1", /unknown key "constructor"/],
    ["a list index of a hundred million", "timeline.99999999.at=1", /0 entries/],
    ["a path of 20 000 parts", `a${".a".repeat(20_000)}=1`, /no such key/],
    ["nested lists", `title=${"[".repeat(20_000)}`, /nested/],
    ["a value without parts", "duration.x=1", /duration/],
  ])("%s is refused and has no side effects", (_, argument, says) => {
    const message = failure(valid, [argument]);
    expect(message).toMatch(says);
    expect(message.length).toBeLessThan(5000);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });
});

function planOf(rest: string): ReturnType<typeof planRender> {
  const shot = parseScene(`source: { noise: {} }\n${rest}`, { path: "x.yaml" });
  const size = { width: 32, height: 24 };
  const source = { size, fps: { num: 24, den: 1 }, frameCount: undefined, still: true };
  return planRender([{ shot, source, settings: {} as never }]);
}

describe("the plan of", () => {
  test.each(["1e300", "99999999999999f", "8294401f"])("%s is refused", (duration) => {
    expect(() => planOf(`duration: ${duration}`)).toThrow(/the maximum is 8294400/);
  });

  test("days of costly expressions takes seconds", () => {
    const costly = `${"sin(t)*".repeat(60)}0+1`;
    const layers = Array.from({ length: 100 }, (_, i) => `l${i}: ${costly}`).join(", ");
    const started = cpuMs();
    planOf(`duration: 8294400f\ndream: {layers: {${layers}}}`);
    expect(cpuMs() - started).toBeLessThan(20_000);
  });

  test("a short scene checks every frame", () => {
    expect(() => planOf("duration: 2000f\nmix: 'f == 1777 ? 2 : 1'")).toThrow(/frame 1777/);
  });
});

describe("an expression", () => {
  test.each([
    "constructor",
    "__proto__",
    "constructor(1)",
    "sin.constructor(1)",
    "this",
    "t.constructor",
    "t['constructor']",
    "sin(1)(2)",
    "`$" + "{t}`",
    "'a'+1",
    "[1,2]",
    "t = 1",
    "x => x",
    "new Date()",
    "eval(1)",
    "process",
    "globalThis",
    "1;2",
    "t++",
    "",
    "(".repeat(400),
    "-".repeat(499),
    `${"(".repeat(100_000)}1${")".repeat(100_000)}`,
    `${"sin(".repeat(100)}t`,
  ])("%s is refused", (text) => {
    expect(() => parseExpression(text)).toThrow(ExpressionError);
  });
});
