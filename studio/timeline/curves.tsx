/** Curves of every value that changes. The chosen one is in front, with its keys. */
import type { JSX } from "preact";
import type { ValueSummary } from "../../src/studio/api-scene.ts";
import { plainNumber } from "../parts/format.ts";
import { film } from "../state/check.ts";
import { fps } from "../state/playhead.ts";
import { chosenKeyOf, chosenValue } from "../state/selection.ts";
import { curvesHeight } from "../state/ui.ts";
import { axisOf, front, moving, startOf, yOf } from "./axis.ts";
import { onCurvesKey, onCurvesPointer } from "./curve-keys.ts";
import { curveOf, heldOf, keysOf } from "./held-key.ts";
import { ink, Lane, laneFont } from "./lane.tsx";
import { drawCuts } from "./shots.tsx";
import { pad, xOf } from "./view.ts";

/** Of a curve whose key is held. */
const curveSamples = 600;
function lengthOf(value: ValueSummary): number {
  const shot = film.value?.shots[value.shot ?? 0];
  return shot ? shot.endFrame - shot.startFrame : 0;
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
  keysOf(value).forEach((key, index) => {
    if (typeof key.value !== "number") return;
    const chosen = (now?.index ?? chosenKeyOf(value)) === index;
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
          ? `Curve of ${name}: Enter chooses a key, arrow keys move it, Delete removes it`
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
