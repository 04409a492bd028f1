/** The one editor of the page. It exists from the start, shown or not, since it holds the text and its history. */
import {
  autocompletion,
  closeBrackets,
  closeBracketsKeymap,
  completionKeymap,
} from "@codemirror/autocomplete";
import {
  defaultKeymap,
  historyField,
  historyKeymap,
  indentWithTab,
  redoDepth,
  undoDepth,
} from "@codemirror/commands";
import { yaml } from "@codemirror/lang-yaml";
import { bracketMatching, indentOnInput, indentUnit } from "@codemirror/language";
import { type Diagnostic, lintGutter, setDiagnostics } from "@codemirror/lint";
import { highlightSelectionMatches, searchKeymap } from "@codemirror/search";
import { EditorState, type Extension } from "@codemirror/state";
import {
  drawSelection,
  EditorView,
  highlightActiveLine,
  keymap,
  lineNumbers,
} from "@codemirror/view";
import { effect, signal } from "@preact/signals";
import type { Problem } from "../../src/studio/api-scene.ts";
import { problems } from "../state/check.ts";
import { byControl, setHolder, text } from "../state/document.ts";
import { keptByScene } from "../state/kept.ts";
import { complete, hover } from "./completion.ts";
import { applyText, oneHistory, redo, undo } from "./history.ts";
import { look } from "./theme.ts";

export const canUndo = signal(false);
export const canRedo = signal(false);
/** Where the cursor is, from 1. */
export const cursor = signal({ line: 1, column: 1 });

/** The server allows styles with this number only; CodeMirror makes some as it runs. */
const nonce = document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content;

const extensions: Extension = [
  nonce ? EditorView.cspNonce.of(nonce) : [],
  lineNumbers(),
  lintGutter(),
  oneHistory,
  drawSelection(),
  indentOnInput(),
  indentUnit.of("  "),
  bracketMatching(),
  closeBrackets(),
  highlightActiveLine(),
  highlightSelectionMatches(),
  autocompletion({ override: [complete], icons: false }),
  hover,
  yaml(),
  look,
  EditorView.lineWrapping,
  EditorView.contentAttributes.of({ "aria-label": "Text of the scene", spellcheck: "false" }),
  keymap.of([
    ...closeBracketsKeymap,
    ...completionKeymap,
    ...searchKeymap,
    ...historyKeymap,
    ...defaultKeymap,
    // Tab indents only after the text was entered with Enter or a click; Escape gives Tab back for moving on.
    indentWithTab,
  ]),
  EditorView.updateListener.of((update) => {
    if (update.docChanged) text.value = update.state.doc.toString();
    showState(update.state);
  }),
];

/** Whether there is something to undo, and where the cursor is. */
function showState(state: EditorState): void {
  canUndo.value = undoDepth(state) > 0;
  canRedo.value = redoDepth(state) > 0;
  const { head } = state.selection.main;
  const line = state.doc.lineAt(head);
  const [before, column] = [cursor.peek(), head - line.from + 1];
  if (before.line !== line.number || before.column !== column)
    cursor.value = { line: line.number, column };
}

const view = new EditorView({ state: EditorState.create({ extensions }) });

/** Place the editor in the page. */
export function mountEditor(parent: HTMLElement): void {
  parent.append(view.dom);
}

export function focusEditor(): void {
  view.focus();
}

/** Put the cursor at a line and column, from 1, in the middle of the view. */
export function goTo(line: number, column = 1): void {
  const { from, to } = view.state.doc.line(Math.min(Math.max(1, line), view.state.doc.lines));
  const anchor = Math.min(from + column - 1, to);
  view.dispatch({
    selection: { anchor },
    effects: EditorView.scrollIntoView(anchor, { y: "center" }),
  });
  view.focus();
}

/** Keep the cursor in view when the text has less room, while it is being typed. */
export function showCursor(): void {
  if (!view.hasFocus) return;
  const { head } = view.state.selection.main;
  view.dispatch({ effects: EditorView.scrollIntoView(head, { yMargin: 24 }) });
}

/** An edit by a control: see `applyText`. */
export function editText(after: string, drag?: number): void {
  byControl(() => applyText(view, after, drag));
}

export function undoEdit(): void {
  byControl(() => undo(view));
}

export function redoEdit(): void {
  byControl(() => redo(view));
}

function toDiagnostic(problem: Problem): Diagnostic | undefined {
  if (problem.line === undefined || problem.line > view.state.doc.lines) return undefined;
  const line = view.state.doc.line(problem.line);
  const from = Math.min(line.from + (problem.column ?? 1) - 1, line.to);
  const word = /^("[^"]*"|'[^']*'|[^\s,{}[\]:]+)/.exec(line.text.slice(from - line.from))?.[0];
  const message =
    problem.hint === undefined ? problem.message : `${problem.message}\n${problem.hint}`;
  return { from, to: Math.min(from + (word?.length ?? 1), line.to), severity: "error", message };
}

/** Scenes that were left, with their histories: the last ones stay. */
const left = new Map<string, EditorState>();
const mostLeft = 30;
/** Path of the scene in the editor. */
let shown: string | undefined;

const withHistory = { history: historyField };
/** The same as JSON, for the page that is loaded next. */
const stored = keptByScene<unknown>("histories", (map) => {
  const last = shown === undefined ? [] : ([[shown, view.state]] as const);
  for (const [scene, state] of [...left, ...last]) {
    map.delete(scene);
    map.set(scene, state.toJSON(withHistory));
  }
});

/** A scene as it was before the page was loaded anew. */
function restored(scene: string): EditorState | undefined {
  const json = stored.get(scene);
  stored.delete(scene);
  try {
    return json === undefined ? undefined : EditorState.fromJSON(json, { extensions }, withHistory);
  } catch {
    // Of another version of the page.
    return undefined;
  }
}

function open(text: string, scene: string): void {
  if (shown !== undefined && shown !== scene) {
    left.delete(shown);
    left.set(shown, view.state);
    for (const old of [...left.keys()].slice(0, -mostLeft)) left.delete(old);
  }
  const known = shown === scene ? view.state : (left.get(scene) ?? restored(scene));
  left.delete(scene);
  shown = scene;
  view.setState(known ?? EditorState.create({ doc: text, extensions }));
  // The problems that it had are found anew.
  view.dispatch(setDiagnostics(view.state, []));
  // What another program wrote meanwhile is one more step.
  applyText(view, text);
  showState(view.state);
}

function move(from: string, to: string): void {
  const state = left.get(from);
  left.delete(from);
  if (state) left.set(to, state);
  if (shown === from) shown = to;
}

export function startEditor(): void {
  setHolder({ open, move, replace: (value) => applyText(view, value) });
  effect(() => {
    const found = problems.value.map(toDiagnostic).filter((problem) => problem !== undefined);
    view.dispatch(setDiagnostics(view.state, found));
  });
}
