/** What yaml complains about, in the words of someone who writes a scene. */
import type { YAMLError } from "yaml";
import type { Problem } from "./problems.ts";

/** By how the library's message begins. */
const words: readonly (readonly [RegExp, string])[] = [
  [/^tabs are not allowed/, "a tab indents this line; indent with two spaces for each level"],
  [
    /^all mapping items must start/,
    "this line is indented unlike the keys around it; keys of one map begin in the same column, and what belongs to a key stands two spaces further right",
  ],
  [
    /^sequence item without - indicator/,
    "this line is indented unlike the entry above it; the keys of an entry begin in the same column, behind its dash",
  ],
  [/^flow map in block/, "a { is never closed before this; close it with }"],
  [/^flow sequence in block/, "a [ is never closed before this; close it with ]"],
  [
    /^nested mappings are not allowed/,
    "two keys stand in one line; put the second on a line of its own, two spaces further right, or write key: { key: value }",
  ],
  [/^implicit map keys need/, 'a key needs a colon and a space behind it, as in "octaves: 3"'],
  [/^missing closing ["']/, "a quote is never closed"],
];

const belowValue =
  "this key has a value, so nothing can stand below it; begin the next line in the same column as the key";

/** One problem for each place at which yaml complains. */
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
