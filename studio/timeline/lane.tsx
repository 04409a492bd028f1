/** A canvas as wide as the lanes, drawn anew when a signal it reads changes, at most once a frame of the screen. */
import { effect } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { laneWidth } from "./view.ts";

export interface LaneProps {
  readonly height: number;
  readonly draw: (context: CanvasRenderingContext2D, width: number, height: number) => void;
  readonly class?: string;
}

/** Colours of the canvases; the same as in `tokens.css`. */
export const ink = {
  line: "#2b2b2b",
  lineStrong: "#4a4a4a",
  faint: "#939393",
  soft: "#b4b4b4",
  text: "#ececec",
  raised: "#222222",
  lifted: "#2c2c2c",
  curve: "#6f6f6f",
  accent: "#f2b866",
  ground: "#121212",
} as const;

export const laneFont =
  '11px ui-sans-serif, system-ui, "Segoe UI", Roboto, "Liberation Sans", Arial, sans-serif';

export function Lane({ height, draw, class: name }: LaneProps): JSX.Element {
  const place = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const canvas = place.current;
    const context = canvas?.getContext("2d");
    if (!canvas || !context) return;
    let asked = 0;
    const paint = (): void => {
      asked = 0;
      const width = laneWidth.peek();
      const scale = devicePixelRatio || 1;
      const [w, h] = [Math.round(width * scale), Math.round(height * scale)];
      if (canvas.width !== w) canvas.width = w;
      if (canvas.height !== h) canvas.height = h;
      context.setTransform(scale, 0, 0, scale, 0, 0);
      context.clearRect(0, 0, width, height);
      draw(context, width, height);
    };
    // The first run draws, to learn which signals are read; later changes wait for the screen.
    let first = true;
    let dispose = (): void => {};
    const watch = (): void => {
      dispose();
      first = true;
      dispose = effect(() => {
        if (first) {
          first = false;
          void laneWidth.value;
          paint();
        } else if (asked === 0) asked = requestAnimationFrame(watch);
      });
    };
    watch();
    return () => {
      dispose();
      cancelAnimationFrame(asked);
    };
  }, [height, draw]);
  return <canvas ref={place} class={name} style={{ width: "100%", height: `${height}px` }} />;
}
