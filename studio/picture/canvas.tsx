/** Draws the picture, and beside the wipe's line the other one. */

import { effect } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { against, shown, wipe, wipeAt } from "./shown.ts";

export interface CanvasProps {
  /** Of the picture on the page, CSS px. */
  readonly width: number;
  readonly height: number;
}

export function Canvas({ width, height }: CanvasProps): JSX.Element {
  const place = useRef<HTMLCanvasElement>(null);
  const scale = Math.min(2, devicePixelRatio || 1);
  const [w, h] = [Math.round(width * scale), Math.round(height * scale)];
  useEffect(() => {
    const context = place.current?.getContext("2d");
    if (!context) return;
    return effect(() =>
      draw(context, shown.value, wipe.value ? against.value : undefined, wipeAt.value),
    );
  }, [w, h]);
  return (
    <canvas
      ref={place}
      width={w}
      height={h}
      style={{ width: `${width}px`, height: `${height}px` }}
    />
  );
}

function draw(
  context: CanvasRenderingContext2D,
  left: ImageBitmap | undefined,
  right: ImageBitmap | undefined,
  at: number,
): void {
  const { width, height } = context.canvas;
  context.clearRect(0, 0, width, height);
  context.imageSmoothingQuality = "high";
  if (left && left.width > 0) context.drawImage(left, 0, 0, width, height);
  if (!right || right.width === 0) return;
  const x = Math.round(width * at);
  context.save();
  context.beginPath();
  context.rect(x, 0, width - x, height);
  context.clip();
  context.drawImage(right, 0, 0, width, height);
  context.restore();
}
