/** Checks of networks, and of what a timeline changes of dreams. */
import type { Problem } from "./problems.ts";
import type { RawKey, RawScene, RawShot } from "./schema.ts";
import { isInBeats, type ShotTime } from "./time.ts";

type Path = readonly (string | number)[];
type RawDream = Pick<NonNullable<RawKey["dream"]>, "layers" | "classes" | "iterations">;

/** Problems of a scene, or a shot, that has `model` and `models`. */
export function checkModels(raw: RawScene): Problem[] {
  const places: [RawShot, Path][] = [
    [raw, []],
    ...(raw.shots ?? []).map((shot, i): [RawShot, Path] => [shot, ["shots", i]]),
  ];
  return places.flatMap(([{ model, models }, path]) =>
    model !== undefined && models !== undefined
      ? [
          {
            path: [...path, "model"],
            onKey: true,
            message: "model and models exclude each other; give all networks in models",
          },
        ]
      : [],
  );
}

/** A dream of a shot: its own, or a region's. */
interface DreamPart {
  readonly path: Path;
  of(fragment: RawShot | RawKey): RawDream | undefined;
}

/** Problems of what the timeline of a shot at `place` changes of its dreams. */
export function checkDreams(shot: RawShot, place: Path): Problem[] {
  const { timeline = [], regions = [] } = shot;
  const parts: DreamPart[] = [
    { path: ["dream"], of: (fragment) => fragment.dream },
    ...regions.map(
      (_, i): DreamPart => ({
        path: ["regions", i, "dream"],
        of: (fragment) => fragment.regions?.[i]?.dream,
      }),
    ),
  ];
  return [
    ...timeline.flatMap(({ regions: own = [] }, i): Problem[] =>
      own.length > regions.length
        ? [
            {
              path: [...place, "timeline", i, "regions"],
              onKey: true,
              message: `has ${own.length} entries, but the shot has ${regions.length} regions; each entry is for the region in its place`,
            },
          ]
        : [],
    ),
    ...parts.flatMap((part) => [
      ...(["layers", "iterations"] as const).flatMap((key) => missingStart(shot, part, key, place)),
      ...objectivesInTimeline(shot, part, place),
    ]),
  ];
}

/** Maps and lists have no default start value, so the scene must set one. */
function missingStart(
  shot: RawShot,
  { path, of }: DreamPart,
  key: "layers" | "iterations",
  place: Path,
): Problem[] {
  const { timeline = [] } = shot;
  const dream = of(shot) ?? {};
  const named = timeline.flatMap((entry, i) => (of(entry)?.[key] === undefined ? [] : [i]));
  // The first beat may be after the start.
  const isStart = (at: ShotTime): boolean => at.value === 0 && !isInBeats(at);
  const starts = named.some((i) => isStart(timeline[i]!.at));
  const classesStart = key === "layers" && dream.classes !== undefined;
  if (named.length === 0 || starts || dream[key] !== undefined || classesStart) return [];
  return [
    {
      path: [...place, "timeline", named[0]!, ...path, key],
      onKey: true,
      message: `the timeline changes ${key}, but they have no start value; set ${path.join(".")}.${key}, or add an entry at: 0s`,
    },
  ];
}

function objectivesInTimeline({ timeline = [] }: RawShot, part: DreamPart, place: Path): Problem[] {
  return timeline.flatMap((entry, i) =>
    Object.entries(part.of(entry)?.layers ?? {}).flatMap(([name, given]): Problem[] =>
      typeof given === "object" && "objective" in given
        ? [
            {
              path: [...place, "timeline", i, ...part.path, "layers", name],
              message: "a timeline entry sets weights only; set the objective outside the timeline",
            },
          ]
        : [],
    ),
  );
}
