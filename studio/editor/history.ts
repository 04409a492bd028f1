/** One undo history for what is typed and what controls do: a drag of a control is one step. */
import { history, isolateHistory, redo, undo } from "@codemirror/commands";
import { Annotation, type Extension } from "@codemirror/state";
import { EditorView } from "@codemirror/view";

/** Number of the drag that made a change. */
const dragOf = Annotation.define<number>();
let lastDrag: number | undefined;
let lastChange = 0;

/** Pause after which typing begins a new step, ms. */
const pauseMs = 500;

const grouped: Extension = history({
  // Its own pause would split a slow drag. Less than the time since 1970, by which it isolates a step.
  newGroupDelay: 1e11,
  joinToEvent: (transaction, isAdjacent) => {
    const drag = transaction.annotation(dragOf);
    if (drag !== undefined) return drag === lastDrag;
    return lastDrag === undefined && isAdjacent && performance.now() - lastChange < pauseMs;
  },
});

/** Remembers who made the last change; the history does not ask about the first one. */
const lastEdit: Extension = EditorView.updateListener.of(({ docChanged, transactions }) => {
  if (!docChanged) return;
  lastDrag = transactions.at(-1)?.annotation(dragOf);
  lastChange = performance.now();
});

export const oneHistory: Extension = [grouped, lastEdit];

/** The smallest change that makes `before` into `after`. */
export function changeBetween(
  before: string,
  after: string,
): { readonly from: number; readonly to: number; readonly insert: string } | undefined {
  if (before === after) return undefined;
  const shorter = Math.min(before.length, after.length);
  let from = 0;
  while (from < shorter && before[from] === after[from]) from++;
  let end = 0;
  while (end < shorter - from && before.at(-1 - end) === after.at(-1 - end)) end++;
  return { from, to: before.length - end, insert: after.slice(from, after.length - end) };
}

/** Make the text `after`. Changes of one `drag` are one step; a change without one is a step of its own. */
export function applyText(view: EditorView, after: string, drag?: number): void {
  const changes = changeBetween(view.state.doc.toString(), after);
  if (!changes) return;
  const mark = drag === undefined ? isolateHistory.of("full") : dragOf.of(drag);
  view.dispatch({ changes, annotations: mark, scrollIntoView: false });
}

export { redo, undo };
