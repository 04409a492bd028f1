import { closest, distance } from "fastest-levenshtein";

/** `; did you mean "octaves"?` where something is near enough, else what there is. */
export function didYouMean(word: string, known: readonly string[]): string {
  if (known.length === 0) return "";
  if (word.length > 200) return `; there are ${known.join(", ")}`;
  const best = closest(word, known);
  return distance(word, best) <= Math.max(2, Math.floor(word.length / 3))
    ? `; did you mean "${best}"?`
    : `; there are ${known.join(", ")}`;
}
