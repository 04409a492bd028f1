import { closest, distance } from "fastest-levenshtein";

/** Whose layers have names of this form, in this order. */
const homes: readonly (readonly [RegExp, string])[] = [
  [/^inception_[345][a-e](\/.*)?$/, "googlenet"],
  [/^(mixed|inception)[345][a-e]$/, "googlenet"],
  [/^(mixed\d+|Mixed_\d[a-e])$/, "inception-v3"],
  [/^(relu|conv)[1-5]_[1-4]$/, "vgg16"],
  [/^layer[1-4]$/, "resnet50"],
  [/^fire\d(\/.*)?$/, "squeezenet"],
  [/^(edges|strokes|patterns|motifs|creatures)\d*$/, "pocket"],
];

/** The network that comes with dreamreel or can be pulled whose layers are named as `name` is, but for `own`. */
export function homeOfLayer(name: string, own: string): string | undefined {
  return homes.find(([form, home]) => home !== own && form.test(name))?.[1];
}

/** The name among `known` that was meant by `name`: the whole of which it is the first part, or one written alike. */
export function meantLayer(name: string, known: readonly string[]): string | undefined {
  if (known.length === 0 || name === "") return undefined;
  const within = known.filter((other) => other.startsWith(`${name}/`));
  const whole = within.find((other) => other === `${name}/output`) ?? within[0];
  if (whole !== undefined) return whole;
  const best = closest(name, known);
  return distance(name, best) <= Math.max(2, name.length / 3) ? best : undefined;
}
