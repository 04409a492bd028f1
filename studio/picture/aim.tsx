/** Where the zoom, rotation, tilt and turn have their fixed point; a click in the picture moves it. */
import { computed, signal } from "@preact/signals";
import type { JSX } from "preact";
import { newDrag } from "../knobs/drag.ts";
import { Pace } from "../knobs/pace.ts";
import { setPair, valueNow } from "../knobs/set.ts";
import { film, isBehind, values } from "../state/check.ts";
import { text } from "../state/document.ts";
import { motionShown, playing } from "../state/playhead.ts";

/** Where it was aimed last, until the scene says so itself: a second key press builds on the first. */
const aimed = signal<{ readonly at: readonly [number, number]; readonly text: string } | undefined>(
  undefined,
);

function aimAt(at: readonly [number, number], drag?: number): void {
  setPair(center, at, drag);
  aimed.value = { at, text: text.peek() };
}

export const aimShown = signal(true);

const pace = new Pace();
const center = ["motion", "center"] as const;
const round = (share: number): number => Number(Math.min(1, Math.max(0, share)).toFixed(3));

/** Movement that has a fixed point, with the numbers that mean none. */
const still: Readonly<Record<string, number>> = { zoom: 1, rotate: 0, tilt: 0, turn: 0 };

/** Whether the film moves around a point: elsewhere a click would change nothing. */
export const canAim = computed(
  () =>
    film.value?.feedsBack === true &&
    values.value.some(
      ({ path: [group, key], value, animated }) =>
        group === "motion" &&
        key !== undefined &&
        key in still &&
        (animated || value !== still[key]),
    ),
);

export function Aim(): JSX.Element | null {
  if (
    !aimShown.value ||
    !canAim.value ||
    !film.value?.feedsBack ||
    (playing.value && !motionShown.value)
  )
    return null;
  const newest = aimed.value?.text === text.value && isBehind.value ? aimed.value.at : undefined;
  const x = newest?.[0] ?? valueNow([...center, 0]) ?? 0.5;
  const y = newest?.[1] ?? valueNow([...center, 1]) ?? 0.5;
  let drag = 0;
  const aim = (event: PointerEvent): void => {
    const target = event.currentTarget as HTMLElement;
    if (!target.hasPointerCapture(event.pointerId)) return;
    const box = target.getBoundingClientRect();
    const to = [
      round((event.clientX - box.left) / box.width),
      round((event.clientY - box.top) / box.height),
    ] as const;
    pace.run(() => aimAt(to, drag));
  };
  const step = (event: KeyboardEvent): void => {
    const by = {
      ArrowLeft: [-0.01, 0],
      ArrowRight: [0.01, 0],
      ArrowUp: [0, -0.01],
      ArrowDown: [0, 0.01],
    }[event.key];
    if (!by) return;
    event.preventDefault();
    aimAt([round(x + by[0]!), round(y + by[1]!)]);
  };
  return (
    <div
      class="aim"
      role="slider"
      tabIndex={0}
      data-keys
      aria-label="Centre of the motion: click, or move it with the arrow keys"
      aria-valuenow={Math.round(x * 100)}
      aria-valuetext={`${Math.round(x * 100)} % from the left, ${Math.round(y * 100)} % from the top`}
      onPointerDown={(event) => {
        if (event.button !== 0) return;
        drag = newDrag();
        event.currentTarget.setPointerCapture(event.pointerId);
        aim(event);
      }}
      onPointerMove={aim}
      onPointerUp={() => pace.flush()}
      onKeyDown={step}
    >
      <span class="mark" style={{ left: `${x * 100}%`, top: `${y * 100}%` }} />
    </div>
  );
}
