/** The film's movement without the dream: frames made quickly, for playing what is not rendered yet. */
import { effect, signal, untracked } from "@preact/signals";
import type { Started } from "../../src/studio/api-events.ts";
import { post } from "./api-client.ts";
import { film, filmText } from "./check.ts";
import { clientId, onEvent } from "./connection.ts";
import { path, text } from "./document.ts";
import { finishedCount, isFinished } from "./finished.ts";
import { lookWidth } from "./look.ts";
import { frame, playing, span, waitFor } from "./playhead.ts";
import { tellFailure } from "./toasts.ts";

/** Show the movement instead of the dream. */
export const motionShown = signal(false);
/** How many frames of the movement are ready. */
export const motionReady = signal(0);

let id: string | undefined;
let asking: Promise<void> | undefined;
let key = "";
const urls = new Map<number, string>();

function clear(): void {
  urls.clear();
  id = undefined;
  motionReady.value = 0;
}

/** Ask for the frames from the playhead on, or from the start of the span. */
async function ask(): Promise<void> {
  const scene = path.peek();
  if (scene === undefined || text.peek() !== filmText.peek()) return;
  const [from, to] = span.peek();
  const now = `${scene} ${lookWidth.peek()} ${from}-${to} ${text.peek()}`;
  if (now === key) return;
  key = now;
  clear();
  const frames = [from, to];
  try {
    const body = {
      client: clientId,
      path: scene,
      text: text.peek(),
      frames,
      width: lookWidth.peek(),
    };
    coming = true;
    const started = await post<Started>("motion", body);
    if (key === now) id = started.id;
  } catch (error) {
    coming = false;
    if (key === now) key = "";
    tellFailure(error);
  }
}

/** Frames of the movement still come. */
let coming = false;

export function startMotion(): void {
  waitFor((of) => !coming || urls.has(of) || isFinished(of));
  onEvent("motion", async (event) => {
    await asking;
    if (event.id !== id) return;
    if (event.error || event.done) coming = false;
    if (event.error) return tellFailure(event.error);
    if (event.url === undefined) return;
    urls.set(event.frame, event.url);
    motionReady.value = urls.size;
  });
  effect(() => {
    const [from, to] = span.value;
    const whole = finishedCount.value >= to - from + 1;
    const wanted = motionShown.value || (playing.value && !whole);
    if (!wanted || !film.value || text.value !== filmText.value) return;
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
