/** Translates YAML errors into messages for scene authors. */
import type { YAMLError } from "yaml";
import type { Problem } from "./problems.ts";

/** By the start of the library's message. */
const words: readonly (readonly [RegExp, string])[] = [
  [/^tabs are not allowed/, "a tab indents this line; indent with two spaces for each level"],
  [
    /^all mapping items must start/,
    "this line is indented differently from the keys around it; align the keys of one map, and indent their values by two more spaces",
  ],
  [
    /^sequence item without - indicator/,
    "this line is indented differently from the entry above it; align the keys of an entry after its dash",
  ],
  [/^flow map in block/, "a { is not closed before this; close it with }"],
  [/^flow sequence in block/, "a [ is not closed before this; close it with ]"],
  [
    /^nested mappings are not allowed/,
    "two keys are on one line; put the second on its own line, indented by two more spaces, or write key: { key: value }",
  ],
  [/^implicit map keys need/, 'a key needs a colon and a space after it, as in "octaves: 3"'],
  [/^missing closing ["']/, "a quote is not closed"],
];

const belowValue =
  "this key has a value, so it cannot have keys below it; align the next line with the key";

/** One problem for each position of a YAML error. */
export function yamlProblems(errors: readonly YAMLError[]): Problem[] {
  const places = [...new Set(errors.map(({ pos }) => pos[0]))];
  return places.map((position): Problem => {
    const [first, second] = errors.filter(({ pos }) => pos[0] === position);
    const below = first!.code === "BLOCK_AS_IMPLICIT_KEY" && second !== undefined;
    return { path: [], position, message: below ? belowValue : inWords(first!.message) };
  });
}

function inWords(message: string): string {
  const text = message.charAt(0).toLowerCase() + message.slice(1);
  return words.find(([pattern]) => pattern.test(text))?.[1] ?? text;
}
