/** The shots of the film, with their fades, and the cuts found in a clip. */
import type { JSX } from "preact";
import { film } from "../state/check.ts";
import { ink, Lane, laneFont } from "./lane.tsx";
import { scrub } from "./ruler.tsx";
import { xOf } from "./view.ts";

export const shotsHeight = 24;

function draw(context: CanvasRenderingContext2D, _: number, height: number): void {
  const now = film.value;
  if (!now) return;
  context.font = laneFont;
  context.textBaseline = "middle";
  for (const { index, title, startFrame, endFrame, fadeFrames } of now.shots) {
    const [from, to, fade] = [xOf(startFrame), xOf(endFrame + 1), xOf(startFrame + fadeFrames)];
    context.fillStyle = index % 2 === 0 ? "#2f2f2f" : "#3a3a3a";
    context.beginPath();
    // A fade begins as a slope, over the shot before.
    context.moveTo(from, height - 3);
    context.lineTo(fadeFrames > 0 ? fade : from, 3);
    context.lineTo(to - 1, 3);
    context.lineTo(to - 1, height - 3);
    context.fill();
    if (to - fade < 24) continue;
    context.save();
    context.beginPath();
    context.rect(fade, 0, to - fade - 4, height);
    context.clip();
    context.fillStyle = ink.soft;
    context.fillText(title ?? `Shot ${index + 1}`, Math.max(fade, 0) + 8, height / 2 + 1);
    context.restore();
  }
  context.fillStyle = ink.faint;
  for (const cut of now.cuts) context.fillRect(Math.round(xOf(cut)), 3, 1, height - 6);
}

export function Shots(): JSX.Element {
  return (
    <div class="lane" onPointerDown={scrub} onPointerMove={scrub}>
      <Lane height={shotsHeight} draw={draw} />
    </div>
  );
}
