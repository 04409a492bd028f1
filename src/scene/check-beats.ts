/** Checks of times in beats. */
import type { Problem } from "./problems.ts";
import type { RawScene } from "./schema.ts";

type Path = readonly (string | number)[];

/** Problems of beats: without a tempo the first place that needs one, and keys of a tempo that is not given. */
export function checkBeats(raw: RawScene): Problem[] {
  const { bpm, offset, beatsPerBar } = typeof raw.audio === "object" ? raw.audio : {};
  const problems: Problem[] = [];
  if (offset?.unit === "beats" || offset?.unit === "bars") {
    problems.push({
      path: ["audio", "offset"],
      message: "the time of the first beat cannot be in beats; write 0.24s",
    });
  }
  if (bpm !== undefined) return problems;
  for (const [key, value] of Object.entries({ offset, beatsPerBar })) {
    if (value === undefined) continue;
    const message = `${key} has no effect without a tempo; set audio.bpm: a number, or auto`;
    problems.push({ path: ["audio", key], onKey: true, message });
  }
  const { audio, ...rest } = raw;
  const times = typeof audio === "object" ? { attack: audio.attack, release: audio.release } : {};
  const needed = firstInBeats({ ...rest, audio: times }, []);
  return needed ? [...problems, needed] : problems;
}

/** The first time in beats, or expression of `b`, in a part of a scene. */
function firstInBeats(part: unknown, path: Path): Problem | undefined {
  if (typeof part !== "object" || part === null) return undefined;
  if ("unit" in part && "value" in part) {
    const suffix = part.unit === "beats" ? "b" : part.unit === "bars" ? "bar" : undefined;
    return suffix && { path, message: needs(`${part.value}${suffix}`) };
  }
  if ("usesBeats" in part) return part.usesBeats ? { path, message: needs("b") } : undefined;
  const isSchedule = "type" in part && part.type === "schedule";
  for (const [key, inner] of Object.entries(part)) {
    const below = Array.isArray(part) ? Number(key) : key;
    const found = firstInBeats(inner, isSchedule ? path : [...path, below]);
    if (found) return isSchedule ? { ...found, path } : found;
  }
  return undefined;
}

function needs(what: string): string {
  return `${what} needs a tempo; set audio.bpm: a number, or auto to find it in the sound`;
}
