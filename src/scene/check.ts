/** Checks that concern several keys together. */
import { mergeShot } from "./build.ts";
import { checkBeats } from "./check-beats.ts";
import { checkDreams, checkModels } from "./check-dreams.ts";
import type { Problem } from "./problems.ts";
import type { RawScene, RawShot } from "./schema.ts";
import { isSchedule } from "./timeline.ts";
import type { AnimatedValue } from "./values.ts";

type Path = readonly (string | number)[];

/** Each timeline entry with a layer adds a key to all layers. */
const maxKeys = 100_000;

/** Check that there is a source, also in a scene with other problems. */
export function checkSource(raw: { source?: unknown; shots?: unknown }): Problem[] {
  if (raw.source !== undefined) return [];
  if (!Array.isArray(raw.shots)) return [{ path: ["source"], message: "is missing" }];
  return raw.shots.flatMap((shot: unknown, i): Problem[] => {
    const given = typeof shot !== "object" || shot === null || "source" in shot;
    const message = "has no source, and the scene has none either";
    return given ? [] : [{ path: ["shots", i], message }];
  });
}

/** Problems of a scene whose single keys are all valid. */
export function checkScene(raw: RawScene): Problem[] {
  return [...checkBeats(raw), ...checkModels(raw), ...checkParts(raw), ...checkFarm(raw)];
}

/** Only a long feedback over a clip needs to be split. */
function checkFarm({ farm, shots, loop, source, feedback, timeline = [] }: RawScene): Problem[] {
  if (!farm) return [];
  const feeds =
    feedback?.amount !== 0 || timeline.some((entry) => entry.feedback?.amount !== undefined);
  const reason = shots
    ? "a scene with shots cannot be split further: machines dream its shots at once as they are; remove farm"
    : loop
      ? "a loop cannot be split: its end turns into its beginning; remove loop or farm"
      : source?.noise || source?.image !== undefined
        ? "only a clip can be split, a source that is video, frames or lavfi: nothing in a still picture covers a seam; remove farm"
        : feeds
          ? undefined
          : "there is nothing to split: with feedback.amount 0 machines dream all frames at once as they are; remove farm";
  return reason === undefined ? [] : [{ path: ["farm"], onKey: true, message: reason }];
}

function checkParts(raw: RawScene): Problem[] {
  const { shots } = raw;
  if (!shots) return checkTimeline(raw, []);
  const problems: Problem[] = [];
  if (raw.timeline) {
    problems.push({
      path: ["timeline"],
      onKey: true,
      message: "a scene with shots has no timeline of its own; give each shot a timeline",
    });
  }
  if (raw.loop) {
    problems.push({
      path: ["loop"],
      onKey: true,
      message:
        "a scene with several shots cannot loop; end with a crossfade to a copy of the first shot",
    });
  }
  if (shots[0]!.transition && shots[0]!.transition !== "cut") {
    problems.push({
      path: ["shots", 0, "transition"],
      onKey: true,
      message: "the first shot cannot have a transition; set it on the later of two shots",
    });
  }
  return [
    ...problems,
    ...shots.flatMap((shot, i) => checkTimeline(mergeShot(raw, shot), ["shots", i])),
  ];
}

function checkTimeline(shot: RawShot, place: Path): Problem[] {
  const { timeline = [] } = shot;
  const names = new Set(
    timeline.flatMap(({ dream, regions = [] }) =>
      [{ dream }, ...regions].flatMap((part, i) =>
        [part.dream?.layers, part.dream?.classes].flatMap((map) =>
          Object.keys(map ?? {}).map((name) => `${i} ${name}`),
        ),
      ),
    ),
  ).size;
  if (names * timeline.length > maxKeys) {
    const message = `${timeline.length} entries that name ${names} layers and classes exceed the limit of ${maxKeys} keys; use fewer of either`;
    return [{ path: [...place, "timeline"], onKey: true, message }];
  }
  return [
    ...checkDreams(shot, place),
    ...timeline.flatMap((entry, i) =>
      schedulesIn(entry, [...place, "timeline", i]).map((path) => ({
        path,
        message:
          "a timeline entry cannot contain a schedule; set the schedule outside the timeline",
      })),
    ),
  ];
}

/** Paths of values that are schedules. */
function schedulesIn(value: unknown, path: Path): Path[] {
  if (typeof value !== "object" || value === null) return [];
  if (isSchedule(value as AnimatedValue)) return [path];
  return Object.entries(value).flatMap(([key, inner]) =>
    schedulesIn(inner, [...path, Array.isArray(value) ? Number(key) : key]),
  );
}
