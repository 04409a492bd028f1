/** Sweeps: lists of values in `--set`, each combination of which is a film of its own. */
import { DreamError } from "../errors.ts";
import { type Output, withVariant } from "../output.ts";

/** Most combinations of one sweep. */
const most = 1000;

/** One combination of values. */
export interface Variant {
  /** Arguments of `--set`, one value each. */
  readonly set: readonly string[];
  /** The values that vary: `stepSize=2,octaves=3`; empty without lists. */
  readonly label: string;
}

/**
 * All combinations of `path=value,value` arguments. Commas within brackets, parentheses and quotes are part of a value.
 * Throws `USAGE`.
 */
export function combine(set: readonly string[]): Variant[] {
  let variants: Variant[] = [{ set: [], label: "" }];
  for (const argument of set) {
    const split = argument.indexOf("=");
    const path = argument.slice(0, Math.max(0, split));
    const values = split < 1 ? [] : splitValues(argument.slice(split + 1));
    if (values.some((value) => value.trim() === "") && values.length > 1)
      throw new DreamError("USAGE", `--set ${argument}: a value of the list is empty`, {
        hint: "Write a list as dream.stepSize=1,2,3. A comma inside a value needs quotes or brackets.",
      });
    variants =
      values.length < 2
        ? variants.map((variant) => ({ ...variant, set: [...variant.set, argument] }))
        : variants.flatMap((variant) =>
            values.map((value) => ({
              set: [...variant.set, `${path}=${value}`],
              label: [variant.label, labelOf(path, value)].filter(Boolean).join(","),
            })),
          );
    if (variants.length > most)
      throw new DreamError("USAGE", `--set: these lists have more than ${most} combinations`, {
        hint: "Submit them in parts.",
      });
  }
  return variants;
}

/** The output of a variant: `zoom.mp4` with `stepSize=2` is `zoom.stepSize=2.mp4`. */
export function variantOutput(output: Output, { label }: Variant): Output {
  return label === "" ? output : withVariant(output, label);
}

function labelOf(path: string, value: string): string {
  const name = path.split(".").at(-1)!;
  return `${name}=${value.trim()}`.replaceAll(/[^\w.=+%-]+/g, "_").slice(0, 60);
}

/** Split at the commas that are in no bracket, parenthesis or quote. */
function splitValues(text: string): string[] {
  const parts: string[] = [];
  let [depth, start, quote] = [0, 0, ""];
  for (const [i, character] of [...text].entries()) {
    if (quote !== "") {
      if (character === quote) quote = "";
    } else if (character === '"' || character === "'") quote = character;
    else if ("[({".includes(character)) depth++;
    else if ("])}".includes(character)) depth--;
    else if (character === "," && depth === 0) {
      parts.push([...text].slice(start, i).join(""));
      start = i + 1;
    }
  }
  return [...parts, [...text].slice(start).join("")];
}
