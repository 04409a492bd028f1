/** Where in the film the page is, and how it plays. */
import { batch, computed, effect, signal } from "@preact/signals";
import { film } from "./check.ts";
import { path } from "./document.ts";
import { keptByScene } from "./kept.ts";
import { chosenKey, chosenValue } from "./selection.ts";

export const frame = signal(0);
/** Times the film's own speed; negative backwards, 0 stands. */
export const speed = signal(0);
export const looping = signal(true);
/** Show the movement instead of the dream. */
export const motionShown = signal(false);
type Range = readonly [number, number];

/** As it was marked. The film may have become shorter since. */
const marked = signal<Range | undefined>(undefined);

export const frames = computed(() => film.value?.frames ?? 0);
export const fps = computed(() => film.value?.fps ?? 24);
export const timeSec = computed(() => frame.value / fps.value);
export const playing = computed(() => speed.value !== 0);
/** First and last frame of the part that is played and rendered; undefined is the whole film. */
export const range = computed<Range | undefined>(() => {
  const last = frames.value - 1;
  if (!marked.value || marked.value[0] > last) return undefined;
  const [from, to] = [marked.value[0], Math.min(marked.value[1], last)];
  return from === 0 && to === last ? undefined : [from, to];
});
/** What is played: the range, or the film. */
export const span = computed<Range>(() => range.value ?? [0, Math.max(0, frames.value - 1)]);
/** The shot under the playhead; of two in a cross-fade the later one. */
export const shot = computed(() =>
  film.value?.shots.findLast(({ startFrame }) => startFrame <= frame.value),
);
/** Seconds from the start of that shot. */
export const shotTimeSec = computed(
  () => (frame.value - (shot.value?.startFrame ?? 0)) / fps.value,
);

export function goToFrame(wanted: number): void {
  frame.value = Math.max(0, Math.min(Math.round(wanted), Math.max(0, frames.value - 1)));
}

/** A step stops what plays. */
export function stepFrames(by: number): void {
  speed.value = 0;
  goToFrame(frame.value + by);
}

export function togglePlay(): void {
  if (speed.value !== 0) {
    speed.value = 0;
    return;
  }
  const [from, to] = span.value;
  batch(() => {
    if (frame.value >= to || frame.value < from) frame.value = from;
    speed.value = 1;
  });
}

/** As in editing programs: the same direction again doubles the speed, up to 8. */
export function shuttle(direction: 1 | -1): void {
  const same = Math.sign(speed.value) === direction;
  speed.value = same ? Math.max(-8, Math.min(8, speed.value * 2)) : direction;
}

/** Mark the frames between two, in either order; all frames are no range. */
export function markRange(one: number, other: number): void {
  const [from, to] = [Math.min(one, other), Math.max(one, other)];
  marked.value = from === 0 && to === frames.value - 1 ? undefined : [from, to];
}

export function markWhole(): void {
  marked.value = undefined;
}

export function markStart(): void {
  const [, to] = span.value;
  markRange(frame.value, Math.max(frame.value, to));
}

export function markEnd(): void {
  const [from] = span.value;
  markRange(Math.min(from, frame.value), frame.value);
}

/** Time of the sound that is heard, in seconds of the film; undefined while none is. */
let heardSec: () => number | undefined = () => undefined;

export function followSound(heard: () => number | undefined): void {
  heardSec = heard;
}

/** Share of the distance from the sound that each drawing of the page makes up for. */
const pull = 0.2;
/** Sound further away, s, is moved itself. */
const farSec = 0.5;

let lastMoment = 0;
/** Part of a frame that has passed. */
let rest = 0;

function advance(now: number): void {
  if (speed.peek() === 0) return;
  let passed = ((now - lastMoment) / 1000) * fps.peek() * speed.peek() + rest;
  lastMoment = now;
  // A sound begins a little later than it is asked to, and keeps its own time: the picture goes with it.
  const heard = heardSec();
  if (heard !== undefined && speed.peek() > 0) {
    const ahead = (frame.peek() + passed) / fps.peek() - heard;
    if (Math.abs(ahead) < farSec) passed = Math.max(rest, passed - pull * ahead * fps.peek());
  }
  const whole = Math.trunc(passed);
  rest = passed - whole;
  if (whole !== 0) playOn(whole);
  requestAnimationFrame(advance);
}

/** Whether playing waits for the next frame's picture. */
export const waiting = signal(false);

/** Whether there is something to show for a frame; playing waits where there is not yet. */
let isReady: (frame: number) => boolean = () => true;

export function waitFor(ready: (frame: number) => boolean): void {
  isReady = ready;
}

function playOn(by: number): void {
  const [from, to] = span.peek();
  const now = frame.peek();
  const inside = now + by >= from && now + by <= to;
  if (!inside && (!looping.peek() || to <= from)) {
    batch(() => {
      if (isReady(by > 0 ? to : from)) frame.value = by > 0 ? to : from;
      speed.value = 0;
    });
    return;
  }
  // A clock that runs over a picture that stands would say a wrong time: the last frame that is ready is held.
  let next = inside ? now + by : by > 0 ? from : to;
  const back = by > 0 ? -1 : 1;
  while (inside && next !== now && !isReady(next)) next += back;
  waiting.value = !isReady(next) || next === now;
  if (!waiting.peek()) frame.value = next;
}

/** Where the playhead was in each scene, and the range. */
interface Place {
  readonly frame: number;
  readonly range?: Range;
}

let placeOf: string | undefined;
const places = keptByScene<Place>("places", keepPlace);

function keepPlace(map: Map<string, Place>): void {
  if (placeOf === undefined) return;
  map.delete(placeOf);
  map.set(placeOf, {
    frame: frame.peek(),
    ...(marked.peek() === undefined ? {} : { range: marked.peek()! }),
  });
}

export function startPlayhead(): void {
  effect(() => {
    waiting.value = false;
    if (!playing.value) return;
    lastMoment = performance.now();
    rest = 0;
    requestAnimationFrame(advance);
  });
  effect(() => {
    if (path.value === placeOf) return;
    keepPlace(places);
    placeOf = path.value;
    const place = placeOf === undefined ? undefined : places.get(placeOf);
    batch(() => {
      speed.value = 0;
      frame.value = place?.frame ?? 0;
      marked.value = place?.range;
      chosenValue.value = undefined;
      chosenKey.value = undefined;
    });
  });
  effect(() => {
    if (frames.value > 0 && frame.value >= frames.value) frame.value = frames.value - 1;
  });
}
