/** Play, step, and where in time the page is. */
import type { JSX } from "preact";
import { NumberField } from "../knobs/number-field.tsx";
import { Button, Toggle } from "../parts/button.tsx";
import { clock } from "../parts/format.ts";
import { film } from "../state/check.ts";
import {
  fps,
  frame,
  frames,
  goToFrame,
  looping,
  markWhole,
  playing,
  range,
  speed,
  stepFrames,
  timeSec,
  togglePlay,
} from "../state/playhead.ts";
import { lanesShown, muted, snapping } from "../state/ui.ts";
import { KeyBar } from "./key-bar.tsx";
import { canSnap, isZoomed, showAll, zoomAtPlayhead } from "./view.ts";

export function Transport(): JSX.Element {
  return (
    <div class="transport" role="toolbar" aria-label="Play">
      <Button icon="first" label="First frame" keys="Home" onClick={() => goToFrame(0)} />
      <Button icon="back" label="One frame back" keys="←" onClick={() => stepFrames(-1)} />
      <Button
        icon={playing.value ? "pause" : "play"}
        label={playing.value ? "Pause" : "Play"}
        keys="Space"
        onClick={togglePlay}
      />
      <Button icon="next" label="One frame on" keys="→" onClick={() => stepFrames(1)} />
      <Button
        icon="last"
        label="Last frame"
        keys="End"
        onClick={() => goToFrame(frames.value - 1)}
      />
      <span class="clock">{clock(timeSec.value)}</span>
      <span class="frames">
        <NumberField
          label="Frame"
          value={frame.value}
          step={1}
          onChange={(wanted) => {
            goToFrame(wanted);
            return frame.value;
          }}
        />
        <span class="faint">of {Math.max(0, frames.value - 1)}</span>
      </span>
      {Math.abs(speed.value) > 1 || speed.value < 0 ? (
        <span class="speed">{speed.value}×</span>
      ) : null}
      <span class="spring" />
      <KeyBar />
      {lanesShown.value && frames.value > 0 && (
        <>
          <Button
            icon="minus"
            label="Wider"
            keys="-"
            disabled={!isZoomed.value}
            onClick={() => zoomAtPlayhead(1 / 1.5)}
          />
          <Button icon="plus" label="Closer" keys="+" onClick={() => zoomAtPlayhead(1.5)} />
        </>
      )}
      {isZoomed.value && (
        <Button small label="Show the whole film" keys="0" onClick={showAll}>
          Whole film
        </Button>
      )}
      {canSnap.value && (
        <Toggle
          of={snapping}
          icon="magnet"
          label="Snap to beats and cuts; Alt leaves a drag free"
          keys="S"
        />
      )}
      {range.value && (
        <Button
          small
          icon="close"
          label={`${range.value[0]} to ${range.value[1]}: use the whole film again`}
          keys="X"
          onClick={markWhole}
        >
          {range.value[0]} to {range.value[1]}
        </Button>
      )}
      <Toggle of={looping} icon="loop" label="Play again from the start" />
      {film.value?.sound && (
        <Button
          icon={muted.value ? "mute" : "sound"}
          label={muted.value ? "Sound on" : "Sound off"}
          pressed={!muted.value}
          onClick={() => {
            muted.value = !muted.value;
          }}
        />
      )}
      <span class="faint rate">{Number(fps.value.toFixed(3))} fps</span>
    </div>
  );
}
