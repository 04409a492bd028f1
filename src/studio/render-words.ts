/** What the program says, in the words of the page: it has no options of a command. */
import type { ApiError } from "./api.ts";

/** Hints that are said in another way, by the code of their error. */
const hints: Readonly<Record<string, string>> = {
  OUTPUT_EXISTS: "Replace it, or write another name after output.file.",
};

/** Phrases of hints, and what the page says for them. */
const phrases: readonly (readonly [RegExp, string])[] = [
  [
    /, choose another disk with -o, or use --force to start anyway/g,
    ", or choose another disk with output.file",
  ],
  [/, or with -o\b/g, ""],
  [/ or -o\b/g, ""],
  [/, even with --force/g, ""],
  [/, then run the same command again/g, ", then go on with the render"],
];

/** An error of another request than a render, whose hint may tell of a command. */
export function requestError(error: ApiError): ApiError {
  if (error.hint === undefined) return error;
  return {
    ...error,
    hint: error.hint.replace(/, then run the same command again/, ", then try again"),
  };
}

/** An error of a render. Sentences on options of the command line are left out. */
export function renderError(error: ApiError): ApiError {
  const { hint, ...rest } = error;
  const own = hints[error.code] ?? hint;
  if (own === undefined) return error;
  const said = phrases.reduce((text, [from, to]) => text.replace(from, to), own);
  const kept = said.split(/(?<=\.)\s+/).filter((sentence) => !/(^|\s)--?[a-z]/.test(sentence));
  return kept.length > 0 ? { ...rest, hint: kept.join(" ") } : rest;
}

/** A notice of a render; undefined where the page shows the same by itself. */
export function renderNotice(message: string): string | undefined {
  return /already in the cache|run the same command|^jobs\b/.test(message) ? undefined : message;
}
