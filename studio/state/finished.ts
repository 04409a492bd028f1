/** Frames that a render has finished and that the present text would give again. */
import { computed, effect, signal } from "@preact/signals";
import type { Finished } from "../../src/studio/api-render.ts";
import { apiUrl, get } from "./api-client.ts";
import { film, isBehind } from "./check.ts";
import { onEvent, onReconnect } from "./connection.ts";
import { path, unsaved } from "./document.ts";
import { Newest } from "./newest.ts";
import { withFrame } from "./ranges.ts";

const found = signal<(Finished & { readonly path: string }) | undefined>(undefined);
/** Of the open scene: when another one is opened, those of the last one are none of its own. */
export const finished = computed<Finished | undefined>(() =>
  found.value?.path === path.value ? found.value : undefined,
);
/** They belong to the saved text only. */
export const finishedRanges = computed(() => (unsaved.value ? [] : (finished.value?.ranges ?? [])));
export const finishedCount = computed(() =>
  finishedRanges.value.reduce((sum, [from, to]) => sum + to - from + 1, 0),
);

export function isFinished(frame: number): boolean {
  return finishedRanges.value.some(([from, to]) => frame >= from && frame <= to);
}

/** Address of a finished frame. */
export function frameUrl(frame: number, width?: number): string {
  return apiUrl("frames", {
    path: path.value,
    frame,
    version: finished.value?.version,
    width,
  });
}

let timer: ReturnType<typeof setTimeout> | undefined;
const asked = new Newest();
/** Frames that were finished since it was asked. */
let since: number[] = [];

async function ask(): Promise<void> {
  const scene = path.value;
  if (scene === undefined) return;
  since = [];
  try {
    const now = await asked.of(() => get<Finished>("finished", { path: scene }));
    if (now) found.value = { ...now, path: scene, ranges: since.reduce(withFrame, now.ranges) };
  } catch {
    // A scene with problems has no frames.
    found.value = undefined;
  }
}

function askSoon(pause = 150): void {
  clearTimeout(timer);
  timer = setTimeout(ask, pause);
}

/** One more frame, without asking for all of them. */
function add(frame: number): void {
  since.push(frame);
  const known = found.value;
  if (!known || known.path !== path.value) {
    askSoon();
    return;
  }
  found.value = { ...known, ranges: withFrame(known.ranges, frame) };
}

export function startFinished(): void {
  effect(() => {
    if (path.value === undefined) return;
    // Asked again when the saved text has been understood.
    if (film.value && !unsaved.value && !isBehind.value) askSoon(0);
  });
  onEvent("frame", (event) => {
    if (event.path === path.peek()) add(event.frame);
  });
  onEvent("render", ({ renders }) => {
    if (renders.some((render) => render.path === path.peek() && render.state !== "rendering"))
      askSoon();
  });
  onEvent("frames", (event) => {
    if (event.path === path.peek()) askSoon();
  });
  onReconnect(() => askSoon(0));
}
