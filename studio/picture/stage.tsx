/** The picture in the middle: the dream of the frame at the playhead, compared and aimed where wanted. */
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { film, problems } from "../state/check.ts";
import { failure, path } from "../state/document.ts";
import { isOfOtherFrame, lookFailure, lookWidth } from "../state/look.ts";
import { scenes } from "../state/scenes.ts";
import { Aim } from "./aim.tsx";
import { Canvas } from "./canvas.tsx";
import { NoFilm, NoScenes, NotOpened, Opening } from "./empty.tsx";
import { shown } from "./shown.ts";
import { Standing } from "./standing.tsx";
import { Tools } from "./tools.tsx";
import { WipeLine } from "./wipe-line.tsx";
import "./stage.css";

/** Room for the tools above the picture and the words below it, px. */
const edge = { x: 16, top: 40, bottom: 32 };

/** Widths at which pictures are dreamed: fixed steps, so that a small change of the window asks for nothing. */
const widths = [320, 480, 640];

export function Stage(): JSX.Element {
  const place = useRef<HTMLElement>(null);
  const [room, setRoom] = useState({ width: 0, height: 0 });
  useEffect(() => {
    if (!place.current) return;
    const observer = new ResizeObserver(([entry]) => {
      if (entry) setRoom({ width: entry.contentRect.width, height: entry.contentRect.height });
    });
    observer.observe(place.current);
    return () => observer.disconnect();
  }, []);
  return (
    <main ref={place} class="stage" aria-label="Picture">
      <Content width={room.width - 2 * edge.x} height={room.height - edge.top - edge.bottom} />
    </main>
  );
}

function Content({
  width,
  height,
}: {
  readonly width: number;
  readonly height: number;
}): JSX.Element | null {
  const size = film.value?.size;
  useEffect(() => {
    if (!size || width <= 0) return;
    const shownWide = size.width * Math.min(width / size.width, height / size.height);
    lookWidth.value = Math.min(
      size.width,
      widths.find((step) => step >= shownWide * 0.75) ?? widths.at(-1)!,
    );
  }, [size?.width, size?.height, width, height]);
  if (failure.value !== undefined) return <NotOpened message={failure.value} />;
  if (path.value === undefined) return scenes.value?.length === 0 ? <NoScenes /> : null;
  if (!size) return problems.value.length > 0 ? <NoFilm /> : <Opening />;
  const fit = Math.min(width / size.width, height / size.height);
  const [w, h] = [
    Math.max(1, Math.floor(size.width * fit)),
    Math.max(1, Math.floor(size.height * fit)),
  ];
  return (
    <>
      <Tools />
      <div
        class={isOfOtherFrame.value ? "picture other" : "picture"}
        style={{ width: `${w}px`, height: `${h}px` }}
      >
        {!shown.value && <div class="waiting" />}
        <Canvas width={w} height={h} />
        <Aim />
        <WipeLine />
        {lookFailure.value && (
          <p class="failed" role="alert">
            {lookFailure.value.message}
            {lookFailure.value.hint && <span>{lookFailure.value.hint}</span>}
          </p>
        )}
      </div>
      <Standing />
    </>
  );
}
