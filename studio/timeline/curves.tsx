/** Curves of every value that changes. The chosen one is in front, with its keys. */
import { computed } from "@preact/signals";
import type { JSX } from "preact";
import type { ValueSummary } from "../../src/studio/api-scene.ts";
import { plainNumber } from "../parts/format.ts";
import { film, values } from "../state/check.ts";
import { fps } from "../state/playhead.ts";
import { chosenKey, chosenValue, isKeyed } from "../state/selection.ts";
import { curvesHeight } from "../state/ui.ts";
import { onCurvesKey, onCurvesPointer } from "./curve-keys.ts";
import { curveOf, heldOf } from "./held-key.ts";
import { ink, Lane, laneFont } from "./lane.tsx";
import { drawCuts } from "./shots.tsx";
import { pad, xOf } from "./view.ts";

/** Of a curve whose key is held. */
const curveSamples = 600;
/** Room above and below a curve, px. */
const margin = 16;

/** Every value that changes over the film. */
export const moving = computed(() =>
  values.value.filter((value) => value.animated || isKeyed(value)),
);
/** The chosen value in each shot, or the first that changes. */
export const front = computed(() => {
  const name = chosenValue.value;
  return values.value.filter((value) => value.path.join(".") === name);
});

/** Film frame at which a value's shot begins. */
export function startOf(value: ValueSummary): number {
  return value.shot === undefined ? 0 : (film.value?.shots[value.shot]?.startFrame ?? 0);
}

function lengthOf(value: ValueSummary): number {
  const shot = film.value?.shots[value.shot ?? 0];
  return shot ? shot.endFrame - shot.startFrame : 0;
}

/** Lowest and highest value that the lane shows. */
export function axisOf(value: ValueSummary): readonly [number, number] {
  const now = heldOf(value);
  if (now) return now.axis;
  const numbers = [
    value.value,
    ...(value.samples ?? []),
    ...value.keys.flatMap((key) => (typeof key.value === "number" ? [key.value] : [])),
  ];
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const number of numbers) {
    low = Math.min(low, number);
    high = Math.max(high, number);
  }
  const kind = value.path.at(-2);
  // Weights share one scale, so that they can be compared.
  if (kind === "layers" || kind === "classes") return [Math.min(0, low), Math.max(1, high)];
  if (high - low < 1e-9) {
    const [from, to] = value.span;
    return [Math.min(from, low), Math.max(to, high)];
  }
  // A small change is no cliff: at least a fifth of the knob's span is shown.
  const lacking = (value.span[1] - value.span[0]) / 5 - (high - low);
  return lacking > 0 ? [low - lacking / 2, high + lacking / 2] : [low, high];
}

export function yOf(
  number: number,
  [low, high]: readonly [number, number],
  height = curvesHeight.value,
): number {
  const share = high > low ? (number - low) / (high - low) : 0.5;
  return height - margin - share * (height - 2 * margin);
}

export function numberAtY(
  y: number,
  [low, high]: readonly [number, number],
  height = curvesHeight.value,
): number {
  return low + ((height - margin - y) / (height - 2 * margin)) * (high - low);
}

function trace(context: CanvasRenderingContext2D, value: ValueSummary, width: number): void {
  const axis = axisOf(value);
  const [start, length] = [startOf(value), Math.max(1, lengthOf(value))];
  const now = heldOf(value);
  const samples = (now && curveOf(now.keys, curveSamples, length / fps.value)) ??
    value.samples ?? [value.value, value.value];
  const step = length / Math.max(1, samples.length - 1);
  context.beginPath();
  for (let i = 0; i < samples.length; i++) {
    const x = xOf(start + i * step);
    // One sample beyond each edge keeps the line going.
    if (x < -200 || x > width + 200) continue;
    context.lineTo(x, yOf(samples[i]!, axis));
  }
  context.stroke();
}

function drawKeys(context: CanvasRenderingContext2D, value: ValueSummary): void {
  const axis = axisOf(value);
  const now = heldOf(value);
  (now?.keys ?? value.keys).forEach((key, index) => {
    if (typeof key.value !== "number") return;
    const chosen = (now?.index ?? chosenKey.value) === index;
    const x = xOf(startOf(value) + key.timeSec * fps.value);
    diamond(context, x, yOf(key.value, axis), chosen);
  });
}

function diamond(context: CanvasRenderingContext2D, x: number, y: number, chosen: boolean): void {
  const r = chosen ? 6 : 4.5;
  context.beginPath();
  context.moveTo(x, y - r);
  context.lineTo(x + r, y);
  context.lineTo(x, y + r);
  context.lineTo(x - r, y);
  context.closePath();
  context.fillStyle = chosen ? ink.text : ink.accent;
  context.strokeStyle = ink.ground;
  context.lineWidth = 1.5;
  context.fill();
  context.stroke();
}

function draw(context: CanvasRenderingContext2D, width: number, height: number): void {
  drawCuts(context, width, height);
  context.lineWidth = 1;
  context.strokeStyle = ink.curve;
  const chosen = front.value;
  for (const value of moving.value) if (!chosen.includes(value)) trace(context, value, width);
  for (const value of chosen) {
    context.strokeStyle = ink.accent;
    context.lineWidth = 1.75;
    trace(context, value, width);
    drawKeys(context, value);
  }
  const [first] = chosen;
  if (!first) return;
  const [low, high] = axisOf(first);
  context.font = laneFont;
  context.fillStyle = ink.faint;
  context.textAlign = "right";
  context.textBaseline = "middle";
  // Beside the last key and the playhead on it, and above and below the curve.
  context.fillText(plainNumber(high), width - pad - 8, 7);
  context.fillText(plainNumber(low), width - pad - 8, height - 6);
  context.textAlign = "left";
}

export function Curves(): JSX.Element {
  const name = chosenValue.value;
  return (
    <div
      class="lane curves"
      role="application"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: keys are chosen and moved with the keyboard
      tabIndex={0}
      data-keys
      aria-label={
        name
          ? `Curve of ${name}: Tab chooses a key, arrow keys move it, Delete removes it`
          : "Curves: choose a value at the left"
      }
      onPointerDown={onCurvesPointer}
      onPointerMove={onCurvesPointer}
      onPointerUp={onCurvesPointer}
      onPointerCancel={onCurvesPointer}
      onKeyDown={onCurvesKey}
    >
      {moving.value.length === 0 && front.value.length === 0 && (
        <p class="none">
          Nothing changes yet. The diamond beside a knob sets a key at the playhead; a second one
          later makes a curve.
        </p>
      )}
      <Lane height={curvesHeight.value} draw={draw} />
    </div>
  );
}
