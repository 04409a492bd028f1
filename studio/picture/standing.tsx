/** What the picture is: which frame, how far it is dreamed, and how far it can be trusted. */
import type { JSX } from "preact";
import { film, problems } from "../state/check.ts";
import { isFinished } from "../state/finished.ts";
import { dreaming, isCurrent, lookWidth, picture } from "../state/look.ts";
import { isMotionReady } from "../state/motion.ts";
import { frame, motionShown, playing, waiting } from "../state/playhead.ts";

export function Standing(): JSX.Element {
  const size = film.value?.size;
  // Wherever another size is shown, the words and the numbers say so.
  const isWhole = isCurrent.value && picture.value?.exact === true;
  return (
    <div class="standing">
      {dreaming.value && <Octaves />}
      <span class="ellipsis" role="status">
        {words()}
      </span>
      <span class="spring" />
      {size && (
        <span class="faint">
          {lookWidth.value < size.width && !isWhole
            ? `Preview: ${lookWidth.value} of ${size.width} px wide`
            : `${size.width}×${size.height}`}
        </span>
      )}
    </div>
  );
}

function words(): string {
  const size = film.value?.size;
  const now = picture.value;
  if (playing.value && waiting.value)
    return problems.value.length > 0
      ? "The text has a problem: its movement cannot be played"
      : "Waits here: the movement of the next frames is still being made";
  if (motionShown.value)
    return playing.value || isMotionReady(frame.value)
      ? ""
      : "The movement of this frame is still being made";
  if (playing.value)
    return isFinished(frame.value) ? "" : "Not rendered here: the movement is shown";
  if (problems.value.length > 0) return "The text has a problem: this is the picture from before";
  if (dreaming.value)
    return isCurrent.value && now
      ? `Dreaming frame ${frame.value}`
      : `Dreaming frame ${frame.value}…`;
  if (!now || !isCurrent.value) return "";
  if (now.kind === "render") return "Rendered";
  if (now.exact) return "As it will be rendered";
  if (now.from === "source") return "A sketch: the frames before it are not rendered yet";
  if (size && lookWidth.value < size.width)
    return "A preview, smaller than the film: forms look larger in it";
  if (now.from !== undefined) return "Goes on from rendered frames";
  return "";
}

function Octaves(): JSX.Element {
  const { octave = 0, octaves: known = 0 } = (isCurrent.value && picture.value) || {};
  const octaves = known || 3;
  const count = Math.min(8, Math.max(1, octaves));
  const done = Math.round((octave / Math.max(1, octaves)) * count);
  return (
    <span class="octaves" role="img" aria-label={`Octave ${octave} of ${octaves}`}>
      {Array.from({ length: count }, (_, index) => (
        <i key={index} class={index < done ? "done" : ""} />
      ))}
    </span>
  );
}
