/** What is dreamed, of a shot or of one of its regions. */
import type { Animated } from "./animated.ts";
import { ranges } from "./ranges.ts";
import type { SceneDream, SceneObjective } from "./scene.ts";
import type { RawShot } from "./schema.ts";
import type { LayerOptions } from "./schema-dream.ts";
import { animate, type Fragment } from "./timeline.ts";
import type { AnimatedValue } from "./values.ts";

type Path = readonly (string | number)[];

/** A dream within a scene, as written. */
export interface DreamPart {
  readonly path: Path;
  /** What the shot or a timeline entry sets of it. */
  of(fragment: Fragment): RawDream | undefined;
}

type RawDream = Pick<NonNullable<Fragment["dream"]>, "layers" | "classes" | "iterations">;

/** Weights, objectives and numbers of steps of a dream. */
export function buildPart(
  shot: RawShot,
  part: DreamPart,
  toPath: (file: string) => string,
): Pick<SceneDream, "layers" | "objectives" | "classes" | "iterations"> {
  const parts: [string, unknown][] = [
    ["layers", weights(shot, part, "layers")],
    ["objectives", objectives(part.of(shot), toPath)],
    ["classes", weights(shot, part, "classes")],
    ["iterations", iterations(shot, part)],
  ];
  return Object.fromEntries(parts.filter(([, value]) => value !== undefined));
}

/** A map of weights: every name in the shot with its timeline, 0 where a map omits it. */
function weights(
  shot: RawShot,
  { path, of }: DreamPart,
  key: "layers" | "classes",
): Record<string, Animated> | undefined {
  const maps = [shot, ...(shot.timeline ?? [])].flatMap(
    (fragment): Record<string, AnimatedValue | LayerOptions>[] => {
      const map = of(fragment)?.[key];
      return map ? [map] : [];
    },
  );
  if (maps.length === 0) return undefined;
  const names = new Set(maps.flatMap((map) => Object.keys(map)));
  const get =
    (name: string) =>
    (fragment: Fragment): AnimatedValue | undefined => {
      const map = of(fragment)?.[key];
      const given = map && (Object.hasOwn(map, name) ? map[name] : 0);
      return hasObjective(given) ? given.weight : given;
    };
  return Object.fromEntries(
    [...names].map((name) => [
      name,
      animate(shot, [...path, key, name], ranges.weight, get(name), 0)!,
    ]),
  );
}

/** What of each layer is amplified, where it is not the energy; undefined if there is none. */
function objectives(
  dream: RawDream | undefined,
  toPath: (file: string) => string,
): Record<string, SceneObjective> | undefined {
  const found = Object.entries(dream?.layers ?? {}).flatMap(
    ([name, given]): [string, SceneObjective][] => {
      if (!hasObjective(given) || given.objective === "energy") return [];
      const { objective: type, at = [0.5, 0.5], file = "" } = given;
      if (type === "neuron") return [[name, { type, at }]];
      return [[name, type === "direction" ? { type, file: toPath(file) } : { type }]];
    },
  );
  return found.length > 0 ? Object.fromEntries(found) : undefined;
}

/** Whether a layer is given by more than its weight. */
function hasObjective(value: AnimatedValue | LayerOptions | undefined): value is LayerOptions {
  return typeof value === "object" && "objective" in value;
}

/** Iterations: one number, or a list if any key has a list; a short list repeats its last number. */
function iterations(
  shot: RawShot,
  { path, of }: DreamPart,
): Animated | readonly Animated[] | undefined {
  const given = [shot, ...(shot.timeline ?? [])].flatMap((x) => of(x)?.iterations ?? []);
  const lists = [shot, ...(shot.timeline ?? [])].flatMap((x) => {
    const own = of(x)?.iterations;
    return Array.isArray(own) ? [own.length] : [];
  });
  if (given.length === 0) return undefined;
  if (lists.length === 0) {
    const get = (x: Fragment): AnimatedValue | undefined =>
      of(x)?.iterations as AnimatedValue | undefined;
    return animate(shot, [...path, "iterations"], ranges.iterations, get);
  }
  return Array.from({ length: Math.max(...lists) }, (_, i) => {
    const get = (x: Fragment): AnimatedValue | undefined => {
      const value = of(x)?.iterations;
      return Array.isArray(value) ? (value[i] ?? value.at(-1)) : value;
    };
    return animate(shot, [...path, "iterations", i], ranges.iterations, get)!;
  });
}
