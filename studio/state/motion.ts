/** The film's movement without the dream: frames made quickly, for playing what is not rendered yet. */
import { computed, effect, signal, untracked } from "@preact/signals";
import type { MotionRequest, Started, StopRequest } from "../../src/studio/api-events.ts";
import { post } from "./api-client.ts";
import { film, isBehind } from "./check.ts";
import { clientId, onEvent } from "./connection.ts";
import { path, text } from "./document.ts";
import { finishedCount, isFinished } from "./finished.ts";
import { lookWidth } from "./look.ts";
import { frame, motionShown, playing, span, speed, togglePlay, waitFor } from "./playhead.ts";
import { type Ranges, withFrame } from "./ranges.ts";
import { tellFailure } from "./toasts.ts";

/** How many frames of the movement are ready. */
export const motionReady = signal(0);
/** Which. */
export const motionRanges = signal<Ranges>([]);

/** Edits of the dream leave it as it is. */
const movement = computed(() => film.value?.movement);

/** What the frames are of. */
let key = "";
const urls = new Map<number, string>();
/** Of the frames that are being made; undefined until it is known. */
let id: string | undefined;
let making = false;
/** Requests go one after the other: a stop must not end what is asked for after it. */
let asking: Promise<void> = Promise.resolve();

function clear(): void {
  urls.clear();
  making = false;
  motionReady.value = 0;
  motionRanges.value = [];
}

/** Ask for the frames of the span that are not here: first those from the playhead on. */
function ask(): void {
  const scene = path.peek();
  // Another text is asked for by itself.
  if (scene === undefined || isBehind.peek()) return;
  const now = `${scene} ${lookWidth.peek()} ${span.peek()} ${movement.peek()}`;
  if (now !== key) clear();
  key = now;
  const frames = making ? undefined : nextMissing();
  if (!frames) return;
  making = true;
  id = undefined;
  const body: MotionRequest = {
    client: clientId,
    path: scene,
    text: text.peek(),
    frames,
    width: lookWidth.peek(),
  };
  asking = asking.then(async () => {
    try {
      const started = await post<Started>("motion", body);
      if (key === now && making) id = started.id;
    } catch (error) {
      if (key === now && making) fail(error);
    }
  });
}

function nextMissing(): readonly [number, number] | undefined {
  const [from, to] = span.peek();
  const at = Math.min(to, Math.max(from, frame.peek()));
  return missingIn(at, to) ?? missingIn(from, at - 1);
}

function missingIn(from: number, to: number): readonly [number, number] | undefined {
  let first = from;
  while (first <= to && urls.has(first)) first++;
  if (first > to) return undefined;
  let last = first;
  while (last < to && !urls.has(last + 1)) last++;
  return [first, last];
}

/** Nobody watches: what is made stays, and the machine is free for the picture. */
function stop(): void {
  if (!making) return;
  making = false;
  id = undefined;
  const request: StopRequest = { client: clientId, what: "motion" };
  asking = asking.then(() =>
    post("stop", request).then(
      () => {},
      () => {},
    ),
  );
}

/** Nothing more comes: what plays stops, and playing again asks anew. */
function fail(error: unknown): void {
  key = "";
  clear();
  speed.value = 0;
  tellFailure(error);
}

/** Show the movement, and play it; or the dream again. */
export function toggleMotion(): void {
  motionShown.value = !motionShown.value;
  if (motionShown.value) {
    if (!playing.value) togglePlay();
  } else if (!isFinished(frame.value)) speed.value = 0;
}

export function startMotion(): void {
  waitFor((of) => urls.has(of) || isFinished(of));
  onEvent("motion", async (event) => {
    await asking;
    if (event.id !== id) return;
    if (event.error) return fail(event.error);
    if (event.url !== undefined) {
      urls.set(event.frame, event.url);
      motionReady.value = urls.size;
      motionRanges.value = withFrame(motionRanges.peek(), event.frame);
    }
    if (!event.done) return;
    making = false;
    // A film that turns out to be shorter would be asked for without end.
    if (event.url !== undefined || urls.has(event.frame)) ask();
  });
  effect(() => {
    const [from, to] = span.value;
    const whole = finishedCount.value >= to - from + 1;
    const wanted = motionShown.value || (playing.value && !whole);
    if (!wanted) return untracked(stop);
    if (!film.value || isBehind.value) return;
    void lookWidth.value;
    untracked(ask);
  });
  effect(() => {
    // Another scene or an edit of what moves it: the movement is no longer this one.
    if (path.value !== undefined && movement.value !== undefined)
      untracked(() => motionReady.value > 0 && !motionShown.value && !playing.value && forget());
  });
}

/** Whether the movement of a frame is here. */
export function isMotionReady(of: number): boolean {
  return motionReady.value > 0 && urls.has(of);
}

/** The picture of a frame's movement, if it is here. */
export function motionUrl(of: number): string | undefined {
  return motionReady.value > 0 ? urls.get(of) : undefined;
}

function forget(): void {
  key = "";
  clear();
}

/** The frame that playing shows: the nearest before the playhead that is ready. */
export function nearestMotion(wanted = frame.peek()): string | undefined {
  for (let f = wanted; f >= Math.max(0, wanted - 12); f--) {
    const url = urls.get(f);
    if (url !== undefined) return url;
  }
  return undefined;
}
