/** Finished frames along the film. They come in as they are rendered. */
import type { JSX } from "preact";
import { SlowImage } from "../parts/slow-image.tsx";
import { film } from "../state/check.ts";
import { unsaved } from "../state/document.ts";
import { finished, finishedRanges, frameUrl, isFinished } from "../state/finished.ts";
import { isMotionReady, motionRanges, motionUrl } from "../state/motion.ts";
import { frames } from "../state/playhead.ts";
import type { Ranges } from "../state/ranges.ts";
import { ink, Lane } from "../timeline/lane.tsx";
import { scrub } from "../timeline/ruler.tsx";
import { extentOf, frameAt, laneWidth, pad, xOf } from "../timeline/view.ts";
import "./filmstrip.css";

const stripHeight = 36;
const barHeight = 4;

function drawBar(context: CanvasRenderingContext2D, _: number, height: number): void {
  const last = Math.max(0, frames.value - 1);
  context.fillStyle = ink.lifted;
  context.fillRect(xOf(0), 0, xOf(last) - xOf(0), height);
  const fill = (color: string, ranges: Ranges): void => {
    context.fillStyle = color;
    for (const range of ranges) {
      const [from, to] = extentOf(range);
      context.fillRect(from, 0, Math.max(1, to - from), height);
    }
  };
  fill(ink.faint, motionRanges.value);
  fill(ink.accent, finishedRanges.value);
}

interface Cell {
  readonly x: number;
  readonly frame: number;
}

/**
 * One cell per picture's width; each shows the frame in its middle, or the nearest one in the cell that is finished, else
 * whose movement is ready.
 */
function cells(width: number): Cell[] {
  const last = Math.max(0, frames.value - 1);
  const [from, to] = [Math.max(pad, xOf(0)), Math.min(laneWidth.value - pad, xOf(last))];
  const first = Math.floor((from - xOf(0)) / width);
  const count = Math.ceil((to - from) / width) + 1;
  const found: Cell[] = [];
  for (let i = first; i < first + count; i++) {
    const x = xOf(0) + i * width;
    if (x >= to - 1) break;
    // Frames that reach into the cell.
    const [a, b] = [Math.round(frameAt(x)), Math.min(last, Math.ceil(frameAt(x + width) - 0.5))];
    const middle = Math.min(last, Math.round(frameAt(x + Math.min(width, to - x) / 2)));
    const within = [Math.min(a, middle), Math.max(b, middle), middle] as const;
    const frame = nearest(...within, isFinished) ?? nearest(...within, isMotionReady) ?? middle;
    found.push({ x, frame });
  }
  return found;
}

function nearest(
  from: number,
  to: number,
  middle: number,
  isThere: (frame: number) => boolean,
): number | undefined {
  for (let by = 0; by <= to - from; by++) {
    if (middle - by >= from && isThere(middle - by)) return middle - by;
    if (middle + by <= to && isThere(middle + by)) return middle + by;
  }
  return undefined;
}

/** A finished frame; else its movement, darker. It ends where the bar below it ends. */
function Picture({ frame, ...cell }: Cell & { readonly width: number }): JSX.Element | null {
  if (isFinished(frame))
    return (
      <span class="shown" style={cutTo(finishedRanges.value, frame, cell)}>
        <SlowImage url={frameUrl(frame, 160)} pace="quick" />
      </span>
    );
  const movement = motionUrl(frame);
  if (movement === undefined) return null;
  return (
    <span
      class="shown moving"
      title="The movement, without the dream"
      style={cutTo(motionRanges.value, frame, cell)}
    >
      <SlowImage url={movement} pace="quick" />
    </span>
  );
}

/** Cut a cell to the range that its frame is in. */
function cutTo(
  ranges: Ranges,
  frame: number,
  { x, width }: { readonly x: number; readonly width: number },
): { readonly clipPath: string } | undefined {
  const range = ranges.find(([from, to]) => from <= frame && frame <= to);
  if (!range) return undefined;
  const [from, to] = extentOf(range);
  const [left, right] = [Math.max(0, from - x), Math.max(0, x + width - to)];
  return { clipPath: `inset(0 ${right}px 0 ${left}px)` };
}

export function Filmstrip(): JSX.Element {
  const size = film.value?.size ?? { width: 16, height: 9 };
  const width = Math.max(28, Math.round((stripHeight * size.width) / size.height));
  return (
    <div
      class="lane strip"
      style={{ height: `${stripHeight + barHeight}px` }}
      onPointerDown={scrub}
      onPointerMove={scrub}
    >
      <div class="cells">
        {finishedRanges.value.length === 0 && motionRanges.value.length === 0 && (
          <span class="none">
            {unsaved.value && (finished.value?.ranges.length ?? 0) > 0
              ? "Save to see which rendered frames still hold"
              : "Rendered frames appear here"}
          </span>
        )}
        {cells(width).map(({ x, frame }) => (
          <span key={x} class="cell" style={{ left: `${x}px`, width: `${width}px` }}>
            <Picture {...{ x, frame, width }} />
          </span>
        ))}
      </div>
      <Lane class="bar-of-frames" height={barHeight} draw={drawBar} />
    </div>
  );
}
