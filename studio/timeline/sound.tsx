/** The waveform of the sound with its beats. */
import type { JSX } from "preact";
import { film } from "../state/check.ts";
import { fps } from "../state/playhead.ts";
import { ink, Lane } from "./lane.tsx";
import { scrub } from "./ruler.tsx";
import { xOf } from "./view.ts";

export const soundHeight = 36;

function draw(context: CanvasRenderingContext2D, width: number, height: number): void {
  const sound = film.value?.sound;
  if (!sound) return;
  const { peaks, durationSec, beats } = sound;
  const pairs = peaks.length / 2;
  const middle = height / 2;
  context.fillStyle = ink.line;
  for (const beat of beats) {
    const x = Math.round(xOf(beat * fps.value));
    if (x >= 0 && x <= width) context.fillRect(x, 0, 1, height);
  }
  context.fillStyle = "#808080";
  const from = xOf(0);
  const to = xOf(durationSec * fps.value);
  for (let x = Math.max(0, Math.floor(from)); x < Math.min(width, to); x++) {
    const [first, last] = [x, x + 1].map((at) => ((at - from) / (to - from)) * pairs) as [
      number,
      number,
    ];
    let [low, high] = [0, 0];
    for (let i = Math.max(0, Math.floor(first)); i <= Math.min(pairs - 1, Math.floor(last)); i++) {
      low = Math.min(low, peaks[2 * i]!);
      high = Math.max(high, peaks[2 * i + 1]!);
    }
    const top = middle - high * (middle - 2);
    context.fillRect(x, top, 1, Math.max(1, (high - low) * (middle - 2)));
  }
}

export function Sound(): JSX.Element {
  return (
    <div class="lane" onPointerDown={scrub} onPointerMove={scrub}>
      <Lane height={soundHeight} draw={draw} />
    </div>
  );
}
