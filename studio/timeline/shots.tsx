/** The shots of the film, with their fades, and the cuts of its clips. */
import { computed } from "@preact/signals";
import type { JSX } from "preact";
import { film } from "../state/check.ts";
import { ink, Lane, laneFont } from "./lane.tsx";
import { scrub } from "./ruler.tsx";
import { xOf } from "./view.ts";

export const shotsHeight = 24;

/** Whether the film has several pieces to show: shots, or what a clip cuts between. */
export const hasPieces = computed(
  () =>
    film.value !== undefined && (film.value.shots.length > 1 || film.value.cuts.frames.length > 0),
);

interface Piece {
  readonly from: number;
  /** Behind its last frame. */
  readonly to: number;
  readonly fade: number;
  readonly title: string;
}

/** Shots, or of a single one the pieces between its cuts. */
function pieces(): Piece[] {
  const now = film.value;
  if (!now) return [];
  if (now.shots.length > 1)
    return now.shots.map(({ index, title, startFrame, endFrame, fadeFrames }) => ({
      from: startFrame,
      to: endFrame + 1,
      fade: fadeFrames,
      title: title ?? `Shot ${index + 1}`,
    }));
  const { frames } = now.cuts;
  return [0, ...frames].map((from, i) => ({
    from,
    to: frames[i] ?? now.frames,
    fade: 0,
    title: String(i + 1),
  }));
}

function draw(context: CanvasRenderingContext2D, width: number, height: number): void {
  context.font = laneFont;
  context.textBaseline = "middle";
  for (const [index, piece] of pieces().entries()) {
    const [from, to] = [xOf(piece.from), xOf(piece.to)];
    const fade = xOf(piece.from + piece.fade);
    if (to < 0 || from > width) continue;
    context.fillStyle = index % 2 === 0 ? "#2f2f2f" : "#3a3a3a";
    context.beginPath();
    // A fade begins as a slope, over the shot before.
    context.moveTo(from, height - 3);
    context.lineTo(piece.fade > 0 ? fade : from, 3);
    context.lineTo(to - 1, 3);
    context.lineTo(to - 1, height - 3);
    context.fill();
    if (to - fade < 24) continue;
    context.save();
    context.beginPath();
    context.rect(fade, 0, to - fade - 4, height);
    context.clip();
    context.fillStyle = ink.soft;
    context.fillText(piece.title, Math.max(fade, 0) + 8, height / 2 + 1);
    context.restore();
  }
  if ((film.value?.shots.length ?? 0) > 1) drawCuts(context, width, height, ink.faint);
}

/** Lines where clips cut. */
export function drawCuts(
  context: CanvasRenderingContext2D,
  width: number,
  height: number,
  color: string = ink.lineStrong,
): void {
  context.fillStyle = color;
  for (const cut of film.value?.cuts.frames ?? []) {
    const x = Math.round(xOf(cut));
    if (x >= 0 && x <= width) context.fillRect(x, 0, 1, height);
  }
}

export function Shots(): JSX.Element {
  return (
    <div class="lane" onPointerDown={scrub} onPointerMove={scrub}>
      <Lane height={shotsHeight} draw={draw} />
    </div>
  );
}
