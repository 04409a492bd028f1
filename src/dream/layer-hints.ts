import { closest, distance } from "fastest-levenshtein";

/** Naming schemes of layers and the network that uses each, in order of priority. */
const homes: readonly (readonly [RegExp, string])[] = [
  [/^inception_[345][a-e](\/.*)?$/, "googlenet"],
  [/^(mixed|inception)[345][a-e]$/, "googlenet"],
  [/^(mixed\d+|Mixed_\d[a-e])$/, "inception-v3"],
  [/^(relu|conv)[1-5]_[1-4]$/, "vgg16"],
  [/^layer[1-4]$/, "resnet50"],
  [/^fire\d(\/.*)?$/, "squeezenet"],
  [/^(edges|strokes|patterns|motifs|creatures)\d*$/, "pocket"],
];

/** The bundled or downloadable network whose layers are named like `name`, other than `own`. */
export function homeOfLayer(name: string, own: string): string | undefined {
  return homes.find(([form, home]) => home !== own && form.test(name))?.[1];
}

/** The most similar name in `known`: one that `name` is a prefix of, or one with a similar spelling. */
export function meantLayer(name: string, known: readonly string[]): string | undefined {
  if (known.length === 0 || name === "") return undefined;
  const within = known.filter((other) => other.startsWith(`${name}/`));
  const whole = within.find((other) => other === `${name}/output`) ?? within[0];
  if (whole !== undefined) return whole;
  const best = closest(name, known);
  return distance(name, best) <= Math.max(2, name.length / 3) ? best : undefined;
}
