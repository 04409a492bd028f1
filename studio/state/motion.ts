/** The film's movement without the dream: frames made quickly, for playing what is not rendered yet. */
import { effect, signal, untracked } from "@preact/signals";
import type { Started } from "../../src/studio/api-events.ts";
import { post } from "./api-client.ts";
import { film, filmText } from "./check.ts";
import { clientId, onEvent } from "./connection.ts";
import { path, text } from "./document.ts";
import { finishedCount, isFinished } from "./finished.ts";
import { lookWidth } from "./look.ts";
import { frame, playing, span, speed, waitFor } from "./playhead.ts";
import { type Ranges, withFrame } from "./ranges.ts";
import { tellFailure } from "./toasts.ts";

/** Show the movement instead of the dream. */
export const motionShown = signal(false);
/** How many frames of the movement are ready. */
export const motionReady = signal(0);
/** Which. */
export const motionRanges = signal<Ranges>([]);

let id: string | undefined;
let asking: Promise<void> | undefined;
let key = "";
const urls = new Map<number, string>();
/** Frames that are asked for after those under way: of the span those before the playhead. */
let rest: readonly [number, number] | undefined;

function clear(): void {
  urls.clear();
  id = undefined;
  rest = undefined;
  motionReady.value = 0;
  motionRanges.value = [];
}

/** Ask for the frames from the playhead to the end of the span, then for those before them. */
async function ask(): Promise<void> {
  const scene = path.peek();
  if (scene === undefined || text.peek() !== filmText.peek()) return;
  const [from, to] = span.peek();
  const now = `${scene} ${lookWidth.peek()} ${from}-${to} ${text.peek()}`;
  if (now === key) return;
  key = now;
  clear();
  const first = frame.peek() > from && frame.peek() < to ? frame.peek() : from;
  rest = first > from ? [from, first - 1] : undefined;
  await askFor(scene, [first, to]);
}

async function askFor(scene: string, frames: readonly [number, number]): Promise<void> {
  const now = key;
  id = undefined;
  try {
    const body = {
      client: clientId,
      path: scene,
      text: text.peek(),
      frames,
      width: lookWidth.peek(),
    };
    const started = await post<Started>("motion", body);
    if (key === now) id = started.id;
  } catch (error) {
    if (key === now) fail(error);
  }
}

/** Nothing more comes: what plays stops, and playing again asks anew. */
function fail(error: unknown): void {
  key = "";
  speed.value = 0;
  tellFailure(error);
}

function askRest(): void {
  const frames = rest;
  const scene = path.peek();
  rest = undefined;
  // Another text is asked for by itself.
  if (!frames || scene === undefined || text.peek() !== filmText.peek()) return;
  asking = askFor(scene, frames);
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
    if (event.done) askRest();
  });
  effect(() => {
    const [from, to] = span.value;
    const whole = finishedCount.value >= to - from + 1;
    const wanted = motionShown.value || (playing.value && !whole);
    if (!wanted || !film.value || text.value !== filmText.value) return;
    void lookWidth.value;
    untracked(() => {
      asking = ask();
    });
  });
  effect(() => {
    // Another scene or another text: the movement is no longer this one.
    if (path.value !== undefined && text.value !== "")
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
