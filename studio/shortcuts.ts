/** The keys that concern the scene and the page. Keys of other parts are added by those parts. */
import { focusEditor, redoEdit, undoEdit } from "./editor/view.ts";
import { toggleAim, toggleMotion, toggleWipe } from "./picture/tools.tsx";
import { save } from "./state/document.ts";
import { addShortcuts } from "./state/keyboard.ts";
import {
  fps,
  frames,
  goToFrame,
  markEnd,
  markStart,
  range,
  shuttle,
  speed,
  stepFrames,
  togglePlay,
} from "./state/playhead.ts";
import { startRender } from "./state/renders.ts";
import { dialog, scenesShown, sideTab, snapping } from "./state/ui.ts";
import { showAll, zoomAtPlayhead } from "./timeline/view.ts";

export function startShortcuts(): void {
  const play = { group: "Play" as const };
  addShortcuts([
    { ...play, keys: ["Space"], does: "Play or pause", match: " ", run: togglePlay },
    {
      ...play,
      keys: ["J"],
      does: "Backwards; again for faster",
      match: "j",
      run: () => shuttle(-1),
    },
    { ...play, keys: ["K"], does: "Stop", match: "k", run: () => void (speed.value = 0) },
    { ...play, keys: ["L"], does: "Forwards; again for faster", match: "l", run: () => shuttle(1) },
    {
      ...play,
      keys: ["←"],
      does: "One frame back",
      match: "ArrowLeft",
      repeats: true,
      run: () => stepFrames(-1),
    },
    {
      ...play,
      keys: ["→"],
      does: "One frame on",
      match: "ArrowRight",
      repeats: true,
      run: () => stepFrames(1),
    },
    {
      ...play,
      keys: ["⇧", "←"],
      does: "One second back",
      match: "Shift+ArrowLeft",
      repeats: true,
      run: () => stepFrames(-Math.round(fps.value)),
    },
    {
      ...play,
      keys: ["⇧", "→"],
      does: "One second on",
      match: "Shift+ArrowRight",
      repeats: true,
      run: () => stepFrames(Math.round(fps.value)),
    },
    { ...play, keys: ["Home"], does: "First frame", match: "Home", run: () => goToFrame(0) },
    {
      ...play,
      keys: ["End"],
      does: "Last frame",
      match: "End",
      run: () => goToFrame(frames.value - 1),
    },
    {
      group: "Scene",
      keys: ["Ctrl", "Enter"],
      does: "Render the film, or the range",
      match: "Ctrl+Enter",
      whileTyping: true,
      run: () => void startRender(),
    },
    {
      group: "Timeline",
      keys: ["+"],
      does: "Closer",
      match: "+",
      repeats: true,
      run: () => zoomAtPlayhead(1.5),
    },
    {
      group: "Timeline",
      keys: ["−"],
      does: "Wider",
      match: "-",
      repeats: true,
      run: () => zoomAtPlayhead(1 / 1.5),
    },
    { group: "Timeline", keys: ["0"], does: "The whole film", match: "0", run: showAll },
    {
      group: "Timeline",
      keys: ["S"],
      does: "Snap to beats",
      match: "s",
      run: () => void (snapping.value = !snapping.value),
    },
    { group: "Timeline", keys: ["["], does: "The range begins here", match: "[", run: markStart },
    { group: "Timeline", keys: ["]"], does: "The range ends here", match: "]", run: markEnd },
    {
      group: "Timeline",
      keys: ["X"],
      does: "No range",
      match: "x",
      run: () => void (range.value = undefined),
    },
    {
      group: "Page",
      keys: ["W"],
      does: "Compare with the source or an earlier version",
      match: "w",
      run: toggleWipe,
    },
    {
      group: "Page",
      keys: ["A"],
      does: "Show the centre of the motion",
      match: "a",
      run: toggleAim,
    },
    { group: "Page", keys: ["M"], does: "Preview the movement", match: "m", run: toggleMotion },
    {
      group: "Scene",
      keys: ["Ctrl", "S"],
      does: "Save",
      match: "Ctrl+s",
      whileTyping: true,
      run: () => void save(),
    },
    {
      group: "Scene",
      keys: ["Ctrl", "Z"],
      does: "Undo, typing and knobs alike",
      match: "Ctrl+z",
      repeats: true,
      run: undoEdit,
    },
    {
      group: "Scene",
      keys: ["Ctrl", "⇧", "Z"],
      does: "Redo",
      match: "Ctrl+Shift+z",
      repeats: true,
      run: redoEdit,
    },
    {
      group: "Scene",
      keys: ["E"],
      does: "Edit the text",
      match: "e",
      run: () => {
        sideTab.value = "text";
        requestAnimationFrame(focusEditor);
      },
    },
    {
      group: "Page",
      keys: ["B"],
      does: "Show or hide the scenes",
      match: "b",
      run: () => {
        scenesShown.value = !scenesShown.value;
      },
    },
    {
      group: "Page",
      keys: ["?"],
      does: "This list",
      match: "?",
      run: () => {
        dialog.value = "help";
      },
    },
  ]);
}
