/** Which knobs stand together, and which of them are always shown. */
import type { ValueSummary, WordSummary } from "../../src/studio/api-scene.ts";

export interface Group {
  readonly title: string;
  readonly about: string;
  readonly holds: (path: string) => boolean;
  /** Shown even where the text does not set them, in this order. */
  readonly main: readonly string[];
  /** Of the words, likewise. */
  readonly words?: readonly string[];
}

export const groups: readonly Group[] = [
  {
    title: "Layers",
    about: "What is amplified, and how much of each.",
    holds: (path) => /^dream\.(layers|classes|guide)\./.test(path),
    main: [],
  },
  {
    title: "Dream",
    about: "How each frame is dreamed.",
    holds: (path) => path.startsWith("dream."),
    main: [
      "dream.stepSize",
      "dream.octaves",
      "dream.octaveScale",
      "dream.iterations",
      "dream.smoothing",
    ],
    words: ["dream.preset"],
  },
  {
    title: "Motion",
    about: "How the last frame moves before the next is dreamed.",
    holds: (path) => path.startsWith("motion."),
    main: ["motion.zoom", "motion.rotate", "motion.pan.0", "motion.pan.1"],
    words: ["motion.border"],
  },
  {
    title: "Feedback",
    about: "How the last frame enters the next.",
    holds: (path) => path.startsWith("feedback."),
    main: ["feedback.amount", "mix"],
    words: ["feedback.mode", "feedback.warp"],
  },
  {
    title: "Colour",
    about: "",
    holds: (path) => path.startsWith("color."),
    main: ["color.saturation"],
    words: ["color.match"],
  },
  { title: "Mix", about: "", holds: () => true, main: ["mix", "matte.strength"] },
];

export interface Grouped {
  readonly group: Group;
  readonly shown: readonly ValueSummary[];
  readonly more: readonly ValueSummary[];
  readonly words: readonly WordSummary[];
  readonly moreWords: readonly WordSummary[];
}

/** Which words are shown at once: written ones, and the main ones of a group. */
function splitWords(
  words: readonly WordSummary[],
  main: readonly string[],
): Pick<Grouped, "words" | "moreWords"> {
  const isShown = ({ path, written }: WordSummary): boolean =>
    written || main.includes(path.join("."));
  return { words: words.filter(isShown), moreWords: words.filter((word) => !isShown(word)) };
}

/** Sort values into groups; written ones and the main ones first, the rest behind "more". */
export function inGroups(
  values: readonly ValueSummary[],
  words: readonly WordSummary[],
): readonly Grouped[] {
  const left = new Set(values);
  const leftWords = new Set(words);
  return groups.flatMap((group) => {
    const own = [...left].filter((value) => group.holds(value.path.join(".")));
    for (const value of own) left.delete(value);
    const ownWords = [...leftWords].filter(({ path }) => group.holds(path.join(".")));
    for (const word of ownWords) leftWords.delete(word);
    const isMain = (value: ValueSummary): boolean =>
      value.written ||
      value.animated ||
      /^dream\.(layers|classes)/.test(value.path.join(".")) ||
      group.main.some(
        (name) =>
          value.path.join(".").startsWith(name) &&
          !/octaveScale/.test(name) === !/octaveScale/.test(value.path.join(".")),
      );
    const rank = (value: ValueSummary): number => {
      const index = group.main.findIndex((name) => value.path.join(".").startsWith(name));
      return index < 0 ? group.main.length : index;
    };
    const shown = own.filter(isMain).sort((a, b) => rank(a) - rank(b));
    const more = own.filter((value) => !shown.includes(value));
    if (own.length === 0 && ownWords.length === 0 && group.title !== "Layers") return [];
    return [{ group, shown, more, ...splitWords(ownWords, group.words ?? []) }];
  });
}
