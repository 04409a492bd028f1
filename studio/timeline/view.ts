/** The part of the film that the timeline shows, and how frames become places on the page. */
import { computed, effect, signal } from "@preact/signals";
import { film } from "../state/check.ts";
import { path } from "../state/document.ts";
import { fps, frame, frames, playing } from "../state/playhead.ts";
import { snapping } from "../state/ui.ts";

/** Room on both sides of the first and last frame, px. */
export const pad = 12;
/** Width of the lanes without the names, px. */
export const laneWidth = signal(600);

/** How many times larger than the whole film. */
const zoom = signal(1);
/** Frame at the left edge. */
const left = signal(0);

const last = computed(() => Math.max(1, frames.value - 1));
/** Pixels of one frame. */
export const perFrame = computed(() => ((laneWidth.value - 2 * pad) * zoom.value) / last.value);
export const isZoomed = computed(() => zoom.value > 1);

export function xOf(at: number): number {
  return pad + (at - left.value) * perFrame.value;
}

export function frameAt(x: number): number {
  return left.value + (x - pad) / perFrame.value;
}

/** From where to where frames reach on the page: each half a frame to both sides, within the film. */
export function extentOf([from, to]: readonly [number, number]): readonly [number, number] {
  const end = Math.max(0, frames.value - 1);
  return [xOf(Math.max(0, from - 0.5)), xOf(Math.min(end, to + 0.5))];
}

function place(to: number): void {
  const shown = (laneWidth.value - 2 * pad) / perFrame.value;
  left.value = Math.max(0, Math.min(to, last.value - shown));
}

/** Zoom around a place, px from the left of the lanes. */
export function zoomAt(x: number, factor: number): void {
  const held = frameAt(x);
  // Down to a frame of 40 px.
  const most = Math.max(1, (last.value * 40) / Math.max(1, laneWidth.value - 2 * pad));
  zoom.value = Math.max(1, Math.min(most, zoom.value * factor));
  place(held - (x - pad) / perFrame.value);
}

export function zoomAtPlayhead(factor: number): void {
  zoomAt(xOf(frame.value), factor);
}

export function showAll(): void {
  zoom.value = 1;
  left.value = 0;
}

export function scrollBy(px: number): void {
  place(left.value + px / perFrame.value);
}

/** Film times, s, that things snap to: beats, cuts of clips, starts of shots. */
const snapTimes = computed<readonly number[]>(() => {
  const now = film.value;
  if (!now) return [];
  const frames = [...now.cuts.frames, ...now.shots.slice(1).map(({ startFrame }) => startFrame)];
  const times = [...(now.sound?.beats ?? []), ...frames.map((at) => at / now.fps)];
  return times.sort((a, b) => a - b);
});
export const canSnap = computed(() => snapTimes.value.length > 0);

/** Where what is being dragged has snapped to, s. */
export const snapped = signal<number | undefined>(undefined);
/** How near on the page, px. */
const snapPx = 7;

/** A film time, s, moved to a beat or a cut that is near on the page; else to the frame. */
export function snap(seconds: number, free = false): number {
  const near = snapping.value && !free ? nearestTo(seconds, snapTimes.value) : undefined;
  const isNear =
    near !== undefined && Math.abs(near - seconds) * fps.value * perFrame.value < snapPx;
  snapped.value = isNear ? near : undefined;
  return isNear ? near : Math.round(seconds * fps.value) / fps.value;
}

function nearestTo(wanted: number, times: readonly number[]): number | undefined {
  let [low, high] = [0, times.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (times[middle]! < wanted) low = middle + 1;
    else high = middle;
  }
  const [before, after] = [times[low - 1], times[low]];
  if (before === undefined || after === undefined) return before ?? after;
  return wanted - before <= after - wanted ? before : after;
}

export function startTimelineView(): void {
  let of: string | undefined;
  effect(() => {
    if (path.value === of) return;
    of = path.value;
    showAll();
  });
  effect(() => {
    // A shorter film: what is shown stays within it.
    if (left.value > last.value) place(left.value);
  });
  effect(() => {
    // The playhead stays in view while it plays.
    if (!playing.value || !isZoomed.value) return;
    const x = xOf(frame.value);
    if (x > laneWidth.value - 24 || x < 0) place(frame.value - 24 / perFrame.value);
  });
}

/** A step of the ruler, s, so that marks are at least this far apart: whole frames below a second. */
export function rulerStep(least: number): number {
  const seconds = least / (perFrame.value * fps.value);
  const steps = [...frameSteps(fps.value), 1, 2, 5, 10, 15, 30, 60, 120, 300, 600];
  return steps.find((step) => step >= seconds) ?? 1200;
}

/** The parts of a second that are whole frames, s. */
function frameSteps(rate: number): number[] {
  const whole = Math.round(rate);
  const counts = Array.from({ length: Math.floor(whole / 2) }, (_, i) => i + 1);
  return counts.filter((count) => whole % count === 0).map((count) => count / rate);
}
