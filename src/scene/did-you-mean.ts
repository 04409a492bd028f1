import { closest, distance } from "fastest-levenshtein";

/** `; did you mean "octaves"?` if a known word is similar, else the list of known words. */
export function didYouMean(word: string, known: readonly string[]): string {
  if (known.length === 0) return "";
  if (word.length > 200) return `; use one of ${known.join(", ")}`;
  const best = closest(word, known);
  return distance(word, best) <= Math.max(2, Math.floor(word.length / 3))
    ? `; did you mean "${best}"?`
    : `; use one of ${known.join(", ")}`;
}
