/** Time: the ruler, finished frames, shots, sound and curves, all on one axis, with the playhead across them. */
import type { ComponentChildren, JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { Filmstrip } from "../filmstrip/filmstrip.tsx";
import { filmLength } from "../parts/format.ts";
import { film, values } from "../state/check.ts";
import { finishedCount } from "../state/finished.ts";
import { fps, frame } from "../state/playhead.ts";
import { chosenKey, chosenValue } from "../state/selection.ts";
import { curvesHeight, lanesShown } from "../state/ui.ts";
import { moving } from "./axis.ts";
import { Curves } from "./curves.tsx";
import { Ruler } from "./ruler.tsx";
import { hasPieces, Shots, shotsHeight } from "./shots.tsx";
import { Sound } from "./sound.tsx";
import "./timeline.css";
import { Transport } from "./transport.tsx";
import { laneWidth, scrollBy, snapped, xOf, zoomAt } from "./view.ts";

export function Timeline(): JSX.Element {
  const lanes = useRef<HTMLDivElement>(null);
  const shown = film.value !== undefined && lanesShown.value;
  useEffect(() => {
    if (!lanes.current) return;
    const observer = new ResizeObserver(([entry]) => {
      if (entry) laneWidth.value = entry.contentRect.width;
    });
    observer.observe(lanes.current);
    return () => observer.disconnect();
  }, [shown]);
  const wheel = (event: WheelEvent): void => {
    const box = lanes.current?.getBoundingClientRect();
    if (!box) return;
    event.preventDefault();
    if (event.ctrlKey || event.metaKey)
      zoomAt(event.clientX - box.left, Math.exp(-event.deltaY / 300));
    else scrollBy(Math.abs(event.deltaX) > Math.abs(event.deltaY) ? event.deltaX : event.deltaY);
  };
  return (
    <section class="time" aria-label="Time">
      {shown && <Splitter />}
      <Transport />
      {film.value && lanesShown.value && (
        <div class="rows" onWheel={wheel}>
          <div class="names">
            <span class="name ruler-name" />
            <Name height={40}>
              Frames <span class="faint">{finishedCount.value > 0 ? finishedCount.value : ""}</span>
            </Name>
            {hasPieces.value && (
              <Name height={shotsHeight}>
                {film.value.shots.length > 1 ? "Shots" : "Cuts"} <Search />
              </Name>
            )}
            {film.value.sound && <Name height={36}>Sound</Name>}
            <CurveNames />
          </div>
          <div
            class="lanes"
            ref={lanes}
            onPointerUp={() => {
              snapped.value = undefined;
            }}
          >
            <Ruler />
            <Filmstrip />
            {hasPieces.value && <Shots />}
            {film.value.sound && <Sound />}
            <Curves />
            {snapped.value !== undefined && (
              <span
                class="snap-line"
                style={{ transform: `translateX(${xOf(snapped.value * fps.value)}px)` }}
              />
            )}
            <Playhead />
          </div>
        </div>
      )}
    </section>
  );
}

const leastHeight = 60;

/** Make the curves this high: the picture keeps a part of the window. */
function resize(wanted: number): void {
  const most = Math.max(leastHeight, window.innerHeight / 2 - 100);
  curvesHeight.value = Math.round(Math.min(most, Math.max(leastHeight, wanted)));
}

/** The upper edge of the timeline: dragged, or moved with the arrow keys, it sets the height of the curves. */
function Splitter(): JSX.Element {
  const from = useRef<number | undefined>(undefined);
  return (
    <hr
      class="splitter"
      aria-orientation="horizontal"
      aria-label="Height of the timeline"
      aria-valuenow={curvesHeight.value}
      aria-valuemin={leastHeight}
      tabIndex={0}
      title="Drag to make the timeline taller"
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        from.current = event.clientY + curvesHeight.value;
      }}
      onPointerMove={(event) => {
        if (from.current !== undefined) resize(from.current - event.clientY);
      }}
      onPointerUp={() => {
        from.current = undefined;
      }}
      onKeyDown={(event) => {
        const by = { ArrowUp: 12, ArrowDown: -12 }[event.key];
        if (by === undefined) return;
        event.preventDefault();
        event.stopPropagation();
        resize(curvesHeight.value + by);
      }}
    />
  );
}

function Playhead(): JSX.Element {
  return <span class="playhead" style={{ transform: `translateX(${xOf(frame.value)}px)` }} />;
}

function Name({
  height,
  children,
}: {
  readonly height: number;
  readonly children: ComponentChildren;
}): JSX.Element {
  return (
    <span class="name" style={{ height: `${height}px` }}>
      {children}
    </span>
  );
}

/** How far clips have been looked through for cuts, while that goes on or where they are too long for it. */
function Search(): JSX.Element | null {
  const now = film.value;
  if (!now || now.cuts.to >= now.frames - 1 || now.cuts.to < 0) return null;
  const to = filmLength((now.cuts.to + 1) / now.fps);
  return (
    <span class="faint" title={`Cuts are known up to ${to}. A render finds those of the rest.`}>
      {now.shots.length > 1 ? "cuts " : ""}to {to}
    </span>
  );
}

/** The values that change; the chosen one even where it does not. */
function CurveNames(): JSX.Element {
  const chosen = chosenValue.value;
  const names = new Map(moving.value.map((value) => [value.path.join("."), value.label]));
  if (chosen !== undefined && !names.has(chosen)) {
    const value = values.value.find(({ path }) => path.join(".") === chosen);
    names.set(chosen, value?.label ?? chosen);
  }
  return (
    <ul
      class="curve-names"
      style={{ height: `${curvesHeight.value + 1}px` }}
      aria-label="Values that change"
    >
      {[...names].map(([name, label]) => (
        <li key={name}>
          <button
            type="button"
            class="ellipsis"
            aria-pressed={name === chosen}
            title={name}
            onClick={() => {
              chosenKey.value = undefined;
              chosenValue.value = name === chosen ? undefined : name;
            }}
          >
            {label}
          </button>
        </li>
      ))}
    </ul>
  );
}
