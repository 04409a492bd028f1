import { expect, test } from "vitest";
import { combine, variantOutput } from "../../src/farm/value-lists.ts";
import { parseOutput } from "../../src/output.ts";

test("lists of values give every combination, named by the values", () => {
  const variants = combine(["dream.stepSize=1,2", "seed=7", "dream.octaves=3,4"]);
  expect(variants.map(({ label }) => label)).toEqual([
    "stepSize=1,octaves=3",
    "stepSize=1,octaves=4",
    "stepSize=2,octaves=3",
    "stepSize=2,octaves=4",
  ]);
  expect(variants[2]!.set).toEqual(["dream.stepSize=2", "seed=7", "dream.octaves=3"]);
  expect(variants.map((one) => variantOutput(parseOutput("a/film.mp4"), one))).toContainEqual({
    type: "video",
    file: "a/film.stepSize=2,octaves=4.mp4",
  });
  expect(variantOutput(parseOutput("frames/"), variants[0]!)).toEqual({
    type: "frames",
    folder: "frames.stepSize=1,octaves=3/",
  });
});

test("without lists there is one film of the given name", () => {
  expect(combine([])).toEqual([{ set: [], label: "" }]);
  const [only] = combine(["motion.zoom=1.5"]);
  expect(variantOutput(parseOutput("film.mp4"), only!)).toEqual(parseOutput("film.mp4"));
});

test("commas in brackets, parentheses and quotes belong to a value", () => {
  const values = (text: string): string[] => combine([`x=${text}`]).map(({ set }) => set[0]!);
  expect(values("[1, 2],[3, 4]")).toEqual(["x=[1, 2]", "x=[3, 4]"]);
  expect(values("max(1, 2)")).toEqual(["x=max(1, 2)"]);
  expect(values('"a,b"')).toEqual(['x="a,b"']);
  expect(values("{ a: 1, b: 2 }")).toEqual(["x={ a: 1, b: 2 }"]);
});

test("empty values and absurd numbers of combinations are refused", () => {
  expect(() => combine(["a=1,,2"])).toThrow(expect.objectContaining({ code: "USAGE" }));
  const ten = Array.from({ length: 10 }, (_, i) => i).join(",");
  expect(() => combine([1, 2, 3, 4].map((i) => `a${i}=${ten}`))).toThrow(/more than 1000/);
});
