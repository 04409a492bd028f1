/** The keys of the page, in the order in which `?` lists them. */
import type { Signal } from "@preact/signals";
import { focusEditor, redoEdit, undoEdit } from "./editor/view.ts";
import { aimShown } from "./picture/aim.tsx";
import { toggleWipe } from "./picture/tools.tsx";
import { path } from "./state/document.ts";
import { renderOnFarm } from "./state/farm.ts";
import { addShortcuts, type Shortcut } from "./state/keyboard.ts";
import { toggleMotion } from "./state/motion.ts";
import * as play from "./state/playhead.ts";
import { saveAndTell, startRender } from "./state/renders.ts";
import { go } from "./state/route.ts";
import { dialog, lanesShown, type SideTab, scenesShown, sideTab, snapping } from "./state/ui.ts";
import { showAll, zoomAtPlayhead } from "./timeline/view.ts";

type Options = Pick<Shortcut, "whileTyping" | "repeats">;
type Row = readonly [keys: string, does: string, match: string, run: () => void, options?: Options];

const repeats: Options = { repeats: true };
const typing: Options = { whileTyping: true };

function set<T>(to: Signal<T>, value: T): () => void {
  return () => {
    to.value = value;
  };
}

function toggle(to: Signal<boolean>): () => void {
  return () => {
    to.value = !to.value;
  };
}

const second = (direction: 1 | -1) => (): void =>
  play.stepFrames(direction * Math.round(play.fps.value));

/** Show a panel and put the focus on its tab: Tab then goes into it. */
function showTab(tab: SideTab): () => void {
  return () => {
    sideTab.value = tab;
    requestAnimationFrame(() =>
      document.querySelector<HTMLElement>('.side [role="tab"][aria-selected="true"]')?.focus(),
    );
  };
}

function editText(): void {
  sideTab.value = "text";
  requestAnimationFrame(focusEditor);
}

const table: Readonly<Record<Shortcut["group"], readonly Row[]>> = {
  Play: [
    ["Space", "Play or pause", " ", play.togglePlay],
    ["J", "Backwards; again for faster", "j", () => play.shuttle(-1)],
    ["K", "Stop", "k", set(play.speed, 0)],
    ["L", "Forwards; again for faster", "l", () => play.shuttle(1)],
    ["←", "One frame back", "ArrowLeft", () => play.stepFrames(-1), repeats],
    ["→", "One frame on", "ArrowRight", () => play.stepFrames(1), repeats],
    ["⇧ ←", "One second back", "Shift+ArrowLeft", second(-1), repeats],
    ["⇧ →", "One second on", "Shift+ArrowRight", second(1), repeats],
    ["Home", "First frame", "Home", () => play.goToFrame(0)],
    ["End", "Last frame", "End", () => play.goToFrame(play.frames.value - 1)],
  ],
  Timeline: [
    ["[", "The range begins here", "[", play.markStart],
    ["]", "The range ends here; a drag with ⇧ marks it too", "]", play.markEnd],
    ["X", "The whole film again", "x", play.markWhole],
    ["+", "Closer", "+", () => zoomAtPlayhead(1.5), repeats],
    ["-", "Wider", "-", () => zoomAtPlayhead(1 / 1.5), repeats],
    ["0", "All of the timeline", "0", showAll],
    ["S", "Snap to beats and cuts; Alt leaves a drag free", "s", toggle(snapping)],
    ["T", "Show or hide the lanes", "t", toggle(lanesShown)],
    ["Enter", "On a curve: the next key; arrows move it", "", () => {}],
  ],
  Scene: [
    ["Ctrl S", "Save", "Ctrl+s", () => void saveAndTell(), typing],
    ["Ctrl Z", "Undo, typing and knobs alike", "Ctrl+z", undoEdit, repeats],
    ["Ctrl ⇧ Z", "Redo", "Ctrl+Shift+z", redoEdit, repeats],
    ["Ctrl Enter", "Render the film, or the range", "Ctrl+Enter", () => void startRender(), typing],
    ["Ctrl ⇧ Enter", "Render on the farm", "Ctrl+Shift+Enter", () => void renderOnFarm(), typing],
    ["F2", "On a scene of the list: rename it", "", () => {}],
    ["N", "New scene", "n", set(dialog, "new")],
    ["E", "Edit the text", "e", editText],
    [
      "⇧ L",
      "Choose layers by eye",
      "Shift+l",
      () => go({ type: "layers", path: path.value ?? "" }),
    ],
    ["1", "Knobs", "1", showTab("knobs")],
    ["2", "Text", "2", showTab("text")],
    ["3", "Renders", "3", showTab("renders")],
  ],
  Page: [
    ["W", "Compare with the source or an earlier version", "w", toggleWipe],
    ["A", "Show the centre of the motion", "a", toggle(aimShown)],
    ["M", "Preview the movement", "m", toggleMotion],
    ["B", "Show or hide the scenes", "b", toggle(scenesShown)],
    ["?", "This list", "?", set(dialog, "help")],
  ],
};

export function startShortcuts(): void {
  for (const [group, rows] of Object.entries(table) as [Shortcut["group"], readonly Row[]][])
    addShortcuts(
      rows.map(([keys, does, match, run, options]) => ({
        group,
        keys: keys.split(" "),
        does,
        match,
        run,
        ...options,
      })),
    );
}
