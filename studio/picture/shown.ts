/** Which picture the stage shows at each moment, and what it is compared with. */
import { computed, effect, signal } from "@preact/signals";
import type { LookEvent, Started } from "../../src/studio/api-events.ts";
import { post } from "../state/api-client.ts";
import { film, isBehind } from "../state/check.ts";
import { clientId, onEvent, onReconnect } from "../state/connection.ts";
import { path, text } from "../state/document.ts";
import { frameUrl, isFinished } from "../state/finished.ts";
import { lookWidth, type Picture, picture, versions } from "../state/look.ts";
import { motionReady, nearestMotion } from "../state/motion.ts";
import { frame, motionShown, playing } from "../state/playhead.ts";
import { bitmapOf, loadBitmap } from "./bitmaps.ts";

/** What the right side of the wipe shows. */
export type Against =
  | { readonly type: "source" }
  | { readonly type: "version"; readonly picture: Picture };
export const wipe = signal<Against | undefined>(undefined);
/** Where the wipe's line is, 0..1. */
export const wipeAt = signal(0.5);
const sourceUrl = signal<{ readonly url: string; readonly frame: number } | undefined>(undefined);

/** Address of the picture for the present moment. */
export const shownUrl = computed<string | undefined>(() => {
  const now = frame.value;
  if (motionShown.value && motionReady.value > 0) return nearestMotion(now);
  if (playing.value && !motionShown.value) {
    if (isFinished(now)) return frameUrl(now, lookWidth.value);
    return motionReady.value > 0 ? nearestMotion(now) : undefined;
  }
  return picture.value?.path === path.value ? picture.value?.url : undefined;
});

export const againstUrl = computed<string | undefined>(() => {
  const other = wipe.value;
  if (other?.type === "version") return other.picture.url;
  return other ? sourceUrl.value?.url : undefined;
});

/** The decoded pictures that are on the stage. The last one stays until the next is decoded, so nothing flashes. */
export const shown = signal<ImageBitmap | undefined>(undefined);
export const against = signal<ImageBitmap | undefined>(undefined);

/** Frames that are fetched before they are played. */
const ahead = 16;

function follow(
  url: { readonly value: string | undefined },
  into: { value: ImageBitmap | undefined },
): void {
  effect(() => {
    const wanted = url.value;
    if (wanted === undefined) return;
    const ready = bitmapOf(wanted);
    if (ready) {
      into.value = ready;
      return;
    }
    void loadBitmap(wanted).then((bitmap) => {
      if (bitmap && url.value === wanted) into.value = bitmap;
    });
  });
}

let sourceId: string | undefined;
let sourceEarly: LookEvent[] = [];

function takeSource(event: LookEvent): void {
  if (event.kind !== "source") return;
  if (sourceId === undefined) sourceEarly.push(event);
  else if (event.id === sourceId && event.url !== undefined)
    sourceUrl.value = { url: event.url, frame: event.frame };
}

let sourceTurn = 0;

async function askSource(): Promise<void> {
  const mine = ++sourceTurn;
  sourceId = undefined;
  sourceEarly = [];
  const body = {
    client: clientId,
    path: path.peek(),
    text: text.peek(),
    frame: frame.peek(),
    width: lookWidth.peek(),
    kind: "source",
  };
  try {
    const { id } = await post<Started>("look", body);
    // Answers may come in another order than their requests; only the newest look goes on.
    if (mine !== sourceTurn) return;
    sourceId = id;
    for (const event of sourceEarly) takeSource(event);
  } catch {
    // The stage says what failed for the dream.
  }
}

function askSourceAgain(): void {
  if (wipe.peek()?.type === "source" && path.peek() !== undefined) void askSource();
}

export function startShown(): void {
  follow(shownUrl, shown);
  follow(againstUrl, against);
  onEvent("look", takeSource);
  onReconnect(askSourceAgain);
  effect(() => {
    if (wipe.value?.type !== "source" || !film.value || playing.value) return;
    if (path.value === undefined || isBehind.value || frame.value < 0) return;
    void askSource();
  });
  effect(() => {
    if (path.value === undefined) return;
    wipe.value = undefined;
    shown.value = undefined;
    against.value = undefined;
    motionShown.value = false;
  });
  effect(() => {
    // A version that was dropped can no longer be compared with.
    const other = wipe.value;
    if (other?.type === "version" && versions.value.length === 0) wipe.value = undefined;
  });
  effect(() => {
    if (!playing.value) return;
    for (let f = frame.value; f < frame.value + ahead; f++)
      if (isFinished(f)) void loadBitmap(frameUrl(f, lookWidth.value));
  });
}
