/** Seconds and beats along the film; pressed, it moves the playhead, and with Shift it marks a range. */
import type { JSX } from "preact";
import { clock } from "../parts/format.ts";
import { film } from "../state/check.ts";
import { fps, frame, frames, goToFrame, markRange, range, speed } from "../state/playhead.ts";
import { ink, Lane, laneFont } from "./lane.tsx";
import { extentOf, frameAt, perFrame, rulerStep, snap, xOf } from "./view.ts";

export const rulerHeight = 24;

function draw(context: CanvasRenderingContext2D, width: number, height: number): void {
  const rate = fps.value;
  const step = rulerStep(64);
  const end = Math.max(0, frames.value - 1) / rate;
  if (range.value) {
    const [from, to] = extentOf(range.value);
    context.fillStyle = "rgb(242 184 102 / 22%)";
    context.fillRect(from, height - 5, Math.max(2, to - from), 5);
  }
  context.font = laneFont;
  context.textBaseline = "middle";
  const first = Math.max(0, Math.floor(frameAt(0) / rate / step));
  for (let i = first; i * step <= end + 1e-6; i++) {
    const x = xOf(i * step * rate);
    if (x > width) break;
    context.fillStyle = ink.lineStrong;
    context.fillRect(Math.round(x), height - 7, 1, 7);
    context.fillStyle = ink.faint;
    drawLabel(context, label(i * step, step), x, step * rate * perFrame.value, width, height);
  }
  drawBeats(context, width, height);
}

/** A label behind its mark; before it where the lane ends and there is room. */
function drawLabel(
  context: CanvasRenderingContext2D,
  text: string,
  x: number,
  apart: number,
  width: number,
  height: number,
): void {
  const room = context.measureText(text).width + 6;
  const fits = x + room <= width;
  if (fits || apart >= 2 * room)
    context.fillText(text, fits ? x + 4 : x + 2 - room, height / 2 - 1);
}

/** Tenths of a second where the step is some, else frames. */
function label(seconds: number, step: number): string {
  const tenths = step * 10;
  const isTenths = tenths > 0.99 && Math.abs(tenths - Math.round(tenths)) < 1e-6;
  if (step < 1) return isTenths ? clock(seconds, 1) : `${Math.round(seconds * fps.value)}f`;
  return `${Math.floor(seconds / 60)}:${String(Math.round(seconds % 60)).padStart(2, "0")}`;
}

function drawBeats(context: CanvasRenderingContext2D, width: number, height: number): void {
  const sound = film.value?.sound;
  if (!sound) return;
  const bar = sound.beatsPerBar ?? 4;
  sound.beats.forEach((beat, index) => {
    const x = xOf(beat * fps.value);
    if (x < 0 || x > width) return;
    const strong = sound.bpm !== undefined && index % bar === 0;
    context.fillStyle = strong ? ink.soft : ink.lineStrong;
    context.fillRect(Math.round(x), height - (strong ? 5 : 3), 1, strong ? 5 : 3);
  });
}

/** The range that is being marked: where it begins, and whether the pointer has left that frame. */
let marking: { readonly from: number; moved: boolean } | undefined;

/** Move the playhead with the pointer, on whichever lane it is; a drag with Shift marks a range. */
export function scrub(event: PointerEvent): void {
  const target = event.currentTarget as HTMLElement;
  const pressed = event.type === "pointerdown";
  if (pressed) {
    if (event.button !== 0) return;
    target.setPointerCapture(event.pointerId);
    speed.value = 0;
  } else if (!target.hasPointerCapture(event.pointerId)) return;
  const at = frameAt(event.clientX - target.getBoundingClientRect().left);
  goToFrame(snap(at / fps.value, event.altKey) * fps.value);
  if (pressed) marking = event.shiftKey ? { from: frame.value, moved: false } : undefined;
  if (!marking) return;
  // A click with Shift only moves the playhead.
  marking.moved ||= frame.value !== marking.from;
  if (marking.moved) markRange(marking.from, frame.value);
}

export function Ruler(): JSX.Element {
  return (
    <div
      class="ruler"
      role="slider"
      tabIndex={0}
      aria-label="Playhead"
      title="Drag to move the playhead; Shift-drag marks a range to play and render"
      aria-valuemin={0}
      aria-valuemax={Math.max(0, frames.value - 1)}
      aria-valuenow={frame.value}
      aria-valuetext={`Frame ${frame.value}, ${clock(frame.value / fps.value)}`}
      onPointerDown={scrub}
      onPointerMove={scrub}
    >
      <Lane height={rulerHeight} draw={draw} />
    </div>
  );
}
