/** The bar at the top: which scene is open, whether it is saved, and what can be done with it. */
import type { JSX } from "preact";
import { canRedo, canUndo, redoEdit, undoEdit } from "./editor/view.ts";
import { Button, Toggle } from "./parts/button.tsx";
import { Icon } from "./parts/icon.tsx";
import { RenderChoice } from "./renders/render-choice.tsx";
import { film } from "./state/check.ts";
import { connection } from "./state/connection.ts";
import { gone, path, saving, theirs, unsaved } from "./state/document.ts";
import { farmHere } from "./state/farm.ts";
import { range } from "./state/playhead.ts";
import { renderHere, saveAndTell } from "./state/renders.ts";
import { go } from "./state/route.ts";
import { scenes } from "./state/scenes.ts";
import { dialog, scenesShown, sideTab } from "./state/ui.ts";

export function Bar(): JSX.Element {
  const open = path.value !== undefined;
  const output = scenes.value?.find((scene) => scene.path === path.value)?.output;
  return (
    <header class="bar">
      <Toggle
        of={scenesShown}
        label={scenesShown.value ? "Hide the scenes" : "Show the scenes"}
        icon="menu"
        keys="B"
      />
      <h1>
        <span class="ellipsis">
          {(open && film.value?.title) || path.value || "dreamreel studio"}
        </span>
        {open && film.value?.title && <span class="path ellipsis">{path.value}</span>}
      </h1>
      {open && <SaveState />}
      <span class="spring" />
      {(connection.value === "offline" || connection.value === "locked") && (
        <span class="offline">
          <Icon name="warn" /> Not connected
        </span>
      )}
      <Button label="Undo" icon="undo" keys="Ctrl Z" disabled={!canUndo.value} onClick={undoEdit} />
      <Button
        label="Redo"
        icon="redo"
        keys="Ctrl Shift Z"
        disabled={!canRedo.value}
        onClick={redoEdit}
      />
      {open && output !== undefined && (
        <Button
          icon="play"
          label="Play the finished film"
          onClick={() => go({ type: "result", path: path.value ?? "" })}
        >
          Finished film
        </Button>
      )}
      {open && <RenderButton />}
      <Button
        label="Keyboard and help"
        icon="help"
        keys="?"
        onClick={() => {
          dialog.value = "help";
        }}
      />
    </header>
  );
}

/** Starts a render; while one of this scene runs, shows how far it is. */
function RenderButton(): JSX.Element {
  const running = renderHere.value ?? farmHere.value;
  if (running) {
    const share = running.frames > 0 ? Math.floor((100 * running.framesDone) / running.frames) : 0;
    const word =
      { rendering: `Rendering ${share} %`, paused: `Paused at ${share} %` }[
        running.state as string
      ] ?? "Waiting";
    return (
      <Button
        kind="framed"
        icon="film"
        label={`${word}: show the renders`}
        onClick={() => {
          sideTab.value = "renders";
        }}
      >
        {word}
      </Button>
    );
  }
  return (
    <RenderChoice
      kind="main"
      label={range.value ? "Render the range" : "Render the film"}
      disabled={!film.value}
    >
      Render
    </RenderChoice>
  );
}

function SaveState(): JSX.Element {
  if (theirs.value || gone.value)
    return (
      <span class="saved bad">
        {gone.value ? "The file is gone" : "Changed by another program"}
      </span>
    );
  if (saving.value) return <span class="saved">Saving…</span>;
  if (!unsaved.value) return <span class="saved">Saved</span>;
  return (
    <Button
      small
      kind="framed"
      label="Save the scene"
      icon="save"
      keys="Ctrl S"
      onClick={() => void saveAndTell()}
    >
      Save
    </Button>
  );
}
