/** What the parser says of the text as it is typed, and the film that it describes. */
import { batch, computed, effect, signal, untracked } from "@preact/signals";
import type { CutsEvent, SoundEvent } from "../../src/studio/api-events.ts";
import type {
  CheckResult,
  Problem,
  SceneSummary,
  ValueSummary,
} from "../../src/studio/api-scene.ts";
import { writtenAt } from "../../src/studio/edit/yaml-text.ts";
import { post, RequestError } from "./api-client.ts";
import { connection, onEvent, onReconnect } from "./connection.ts";
import { failure, isEditByControl, loading, path, text } from "./document.ts";

export const problems = signal<readonly Problem[]>([]);
export const notices = signal<readonly string[]>([]);
/** The film of the newest text without problems: it stays while a problem is being mended. */
export const film = signal<SceneSummary | undefined>(undefined);
/** The text that `film` describes. */
export const filmText = signal("");
/** Whether the text has changed since: the parser has not answered yet, or has found a problem. */
export const isBehind = computed(() => filmText.value !== text.value);
export const checking = signal(false);

/** Order in which the values of the open scene came: a knob stays where it is when it gets a key. */
const places = new Map<string, number>();
const placeOf = ({ path: of, shot }: ValueSummary): number => {
  const name = `${shot ?? ""} ${of.join(".")}`;
  const known = places.get(name) ?? places.size;
  places.set(name, known);
  return known;
};

/** A value as the text gives it. One that moves needs the server. */
function asWritten(value: ValueSummary): ValueSummary {
  if (value.samples || value.expression !== undefined) return value;
  const inShot = value.shot === undefined ? undefined : ["shots", value.shot, ...value.path];
  const found =
    (inShot && writtenAt(text.value, inShot)) ?? writtenAt(text.value, value.path) ?? "";
  const number = found.trim() === "" ? Number.NaN : Number(found);
  return Number.isFinite(number) ? { ...value, value: number, written: true } : value;
}

const newest = computed<readonly ValueSummary[]>(() => {
  const known = film.value?.values ?? [];
  const isAlone = connection.value === "offline" && isBehind.value;
  return isAlone ? known.map(asWritten) : known;
});

export const values = computed<readonly ValueSummary[]>(() => {
  const found = newest.value.map((value) => ({ value, place: placeOf(value) }));
  return found.sort((a, b) => a.place - b.place).map(({ value }) => value);
});

/** Pause in typing before the parser is asked. */
const pauseMs = 120;

let timer: ReturnType<typeof setTimeout> | undefined;
let running: AbortController | undefined;

/** The newest events of the open scene: they may come before the answer that they belong to. */
let soundFound: SoundEvent | undefined;
let cutsFound: CutsEvent | undefined;

/** The answer for a text with what events have said of it. The sound of the text before stays until its own is known. */
function completed(answer: SceneSummary, checked: string): SceneSummary {
  const before = film.peek()?.sound;
  const heard = soundFound?.text === checked ? soundFound.sound : before;
  const { sound = heard } = answer;
  const summary = sound === undefined ? answer : { ...answer, sound };
  return cutsFound?.text === checked ? withCuts(summary, cutsFound) : summary;
}

/** A summary with the cuts of an event, unless more of them is known. */
function withCuts(summary: SceneSummary, { cuts }: CutsEvent): SceneSummary {
  return cuts.to > summary.cuts.to ? { ...summary, cuts } : summary;
}

function clear(): void {
  soundFound = undefined;
  cutsFound = undefined;
  places.clear();
  running?.abort();
  running = undefined;
  next = undefined;
  clearTimeout(timer);
  batch(() => {
    film.value = undefined;
    filmText.value = "";
    problems.value = [];
    notices.value = [];
  });
}

/** What waits until the parser has answered what it was asked before. */
let next: (() => void) | undefined;

async function check(scene: string, checked: string): Promise<void> {
  if (running) {
    // Not cancelled: a drag would never see an answer.
    next = () => void check(scene, checked);
    return;
  }
  const mine = new AbortController();
  running = mine;
  checking.value = true;
  try {
    const result = await post<CheckResult>("check", { path: scene, text: checked }, mine.signal);
    batch(() => {
      problems.value = result.problems;
      notices.value = result.notices;
      if (!result.scene) return;
      filmText.value = checked;
      film.value = completed(result.scene, checked);
    });
  } catch (error) {
    if (mine.signal.aborted) return;
    // The next connection checks again.
    if (error instanceof RequestError && error.status !== 0 && error.status !== 503)
      problems.value = [
        { path: [], message: error.message, ...(error.hint ? { hint: error.hint } : {}) },
      ];
  } finally {
    if (running === mine) {
      running = undefined;
      checking.value = next !== undefined;
      const following = next;
      next = undefined;
      following?.();
    }
  }
}

/** Check soon: after a pause in typing, at once for a control. */
function checkSoon(scene: string, checked: string, pause: number): void {
  clearTimeout(timer);
  // Even without a pause, the picture is asked for first.
  timer = setTimeout(check, pause, scene, checked);
}

export function startCheck(): void {
  let seen: string | undefined;
  effect(() => {
    const scene = path.value;
    const now = text.value;
    const opening = loading.value || failure.value !== undefined;
    untracked(() => {
      if (seen !== scene) clear();
      if (scene === undefined || opening) return;
      checkSoon(scene, now, seen === scene && !isEditByControl() ? pauseMs : 0);
      seen = scene;
    });
  });
  onEvent("sound", (event) => {
    if (event.path !== path.value) return;
    soundFound = event;
    if (film.value && event.text === filmText.value)
      film.value = { ...film.value, sound: event.sound };
  });
  onEvent("cuts", (event) => {
    if (event.path !== path.value) return;
    cutsFound = event;
    if (film.value && event.text === filmText.value) film.value = withCuts(film.value, event);
  });
  onReconnect(() => {
    if (path.value !== undefined) checkSoon(path.value, text.value, 0);
  });
}
