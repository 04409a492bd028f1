/** The editor's colours: neutral, with keys, numbers and comments apart. */
import { HighlightStyle, syntaxHighlighting } from "@codemirror/language";
import type { Extension } from "@codemirror/state";
import { EditorView } from "@codemirror/view";
import { tags } from "@lezer/highlight";

const view = EditorView.theme(
  {
    "&": {
      height: "100%",
      color: "var(--text)",
      backgroundColor: "var(--ground)",
      fontSize: "12.5px",
    },
    "&.cm-focused": { outline: "none" },
    ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "1.6" },
    ".cm-content": { padding: "8px 0", caretColor: "var(--accent)" },
    ".cm-cursor": { borderLeftColor: "var(--accent)", borderLeftWidth: "2px" },
    ".cm-gutters": { backgroundColor: "var(--ground)", color: "#7d7d7d", border: "0" },
    ".cm-lineNumbers .cm-gutterElement": { padding: "0 4px 0 10px", minWidth: "34px" },
    ".cm-activeLine": { backgroundColor: "rgb(255 255 255 / 3.5%)" },
    ".cm-activeLineGutter": { backgroundColor: "transparent", color: "var(--text)" },
    "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground":
      { backgroundColor: "rgb(242 184 102 / 22%)" },
    ".cm-selectionMatch": { backgroundColor: "rgb(255 255 255 / 10%)" },
    ".cm-matchingBracket": { backgroundColor: "rgb(255 255 255 / 14%)", outline: "none" },
    ".cm-foldGutter .cm-gutterElement": { color: "#7d7d7d" },
    ".cm-panels": {
      backgroundColor: "var(--raised)",
      color: "var(--text)",
      borderColor: "var(--line)",
    },
    ".cm-textfield": {
      backgroundColor: "var(--ground)",
      border: "1px solid var(--line-strong)",
      borderRadius: "4px",
    },
    ".cm-button": {
      background: "var(--lifted)",
      border: "0",
      borderRadius: "4px",
      color: "var(--text)",
    },
    ".cm-tooltip": {
      backgroundColor: "var(--raised)",
      border: "1px solid var(--line-strong)",
      borderRadius: "6px",
      boxShadow: "var(--shadow)",
      maxWidth: "46ch",
    },
    ".cm-tooltip-autocomplete > ul": { fontFamily: "var(--mono)", maxHeight: "16em" },
    ".cm-tooltip-autocomplete > ul > li": { padding: "3px 8px" },
    ".cm-tooltip-autocomplete > ul > li[aria-selected]": {
      background: "var(--accent)",
      color: "var(--on-accent)",
    },
    ".cm-completionDetail": { fontStyle: "normal", opacity: "0.75" },
    ".cm-completionInfo": { padding: "8px 10px", fontFamily: "var(--sans)" },
    ".cm-hover": { padding: "8px 10px", fontFamily: "var(--sans)", lineHeight: "1.45" },
    ".cm-hover code": { color: "var(--accent)" },
    ".cm-diagnostic": { padding: "6px 10px", fontFamily: "var(--sans)", whiteSpace: "pre-wrap" },
    ".cm-diagnostic-error": { borderLeft: "3px solid var(--bad)" },
    ".cm-lintRange-error": {
      backgroundImage: "none",
      textDecoration: "underline wavy var(--bad) 1px",
      textUnderlineOffset: "3px",
    },
    ".cm-lint-marker-error": { content: '""' },
    ".cm-lint-marker": {
      width: "8px",
      height: "8px",
      margin: "5px 2px",
      borderRadius: "4px",
      background: "var(--bad)",
    },
  },
  { dark: true },
);

const words = HighlightStyle.define([
  { tag: [tags.propertyName, tags.definition(tags.propertyName)], color: "#f0d6ae" },
  { tag: [tags.string, tags.special(tags.string)], color: "#b9d3b4" },
  { tag: tags.content, color: "#ececec" },
  { tag: [tags.lineComment, tags.comment], color: "#939393", fontStyle: "italic" },
  { tag: [tags.punctuation, tags.separator, tags.brace, tags.squareBracket], color: "#a8a8a8" },
  { tag: [tags.keyword, tags.typeName, tags.labelName], color: "#c7b6e2" },
]);

export const look: Extension = [view, syntaxHighlighting(words)];
