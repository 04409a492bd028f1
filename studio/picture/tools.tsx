/** What can be done with the picture. */
import type { JSX } from "preact";
import { Button, Toggle } from "../parts/button.tsx";
import { versions } from "../state/look.ts";
import { motionReady, toggleMotion } from "../state/motion.ts";
import { motionShown, span } from "../state/playhead.ts";
import { aimShown, canAim } from "./aim.tsx";
import { wipe } from "./shown.ts";

export function toggleWipe(): void {
  wipe.value = wipe.value ? undefined : { type: "source" };
}

export function Tools(): JSX.Element {
  const [from, to] = span.value;
  const count = to - from + 1;
  return (
    <div class="tools" role="toolbar" aria-label="Picture">
      <span class="soft ellipsis">
        {motionShown.value &&
          (motionReady.value < count
            ? `Movement: ${motionReady.value} of ${count} frames`
            : "Movement without the dream")}
      </span>
      <span class="spring" />
      <Button
        small
        icon="motion"
        label="Motion preview: the movement without the dream"
        keys="M"
        pressed={motionShown.value}
        onClick={toggleMotion}
      >
        Motion preview
      </Button>
      {canAim.value && (
        <Toggle
          of={aimShown}
          small
          icon="aim"
          label="Aim: a click in the picture sets motion.center"
          keys="A"
        >
          Aim
        </Toggle>
      )}
      <Button
        small
        icon="wipe"
        label="Compare with the source or an earlier version"
        keys="W"
        pressed={wipe.value !== undefined}
        onClick={toggleWipe}
      >
        Compare
      </Button>
      {wipe.value && <Choice />}
    </div>
  );
}

function Choice(): JSX.Element {
  const now = wipe.value;
  const chosen =
    now?.type === "version" ? versions.value.findIndex(({ url }) => url === now.picture.url) : -1;
  return (
    <select
      class="choice"
      aria-label="Compare with"
      value={String(chosen)}
      onChange={(event) => {
        const index = Number(event.currentTarget.value);
        const version = versions.value[index];
        wipe.value = version ? { type: "version", picture: version } : { type: "source" };
      }}
    >
      <option value="-1">Source</option>
      {versions.value.map((version, index) => (
        <option key={version.url} value={String(index)}>
          {index + 1} {index === 0 ? "edit" : "edits"} ago, frame {version.frame}
        </option>
      ))}
    </select>
  );
}
