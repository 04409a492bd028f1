/** The keys that concern the scene and the page. Keys of other parts are added by those parts. */
import { focusEditor, redoEdit, undoEdit } from "./editor/view.ts";
import { save } from "./state/document.ts";
import { addShortcuts } from "./state/keyboard.ts";
import { dialog, scenesShown, sideTab } from "./state/ui.ts";

export function startShortcuts(): void {
  addShortcuts([
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
