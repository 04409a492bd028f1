/** The text of the scene, with its problems below. */

import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { Icon } from "../parts/icon.tsx";
import { checking, notices, problems } from "../state/check.ts";
import "./editor.css";
import { cursor, goTo, mountEditor, showCursor } from "./view.ts";

export function Editor(): JSX.Element {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (place.current) mountEditor(place.current);
  }, []);
  return (
    <div class="editor">
      <div class="text" ref={place} />
      <Problems />
      <Status />
    </div>
  );
}

function Problems(): JSX.Element | null {
  // The list takes its room from the text.
  useEffect(showCursor, [problems.value.length]);
  if (problems.value.length === 0) return null;
  return (
    <ul class="problems" aria-label="Problems">
      {problems.value.map((problem, index) => (
        <li key={index}>
          <button type="button" onClick={() => problem.line && goTo(problem.line, problem.column)}>
            <span class="where">
              {problem.line === undefined ? "" : `${problem.line}:${problem.column ?? 1}`}
            </span>
            <span>
              {problem.message}
              {problem.hint && <span class="hint">{problem.hint}</span>}
            </span>
          </button>
        </li>
      ))}
    </ul>
  );
}

function Status(): JSX.Element {
  const count = problems.value.length;
  return (
    <footer class="status">
      {count > 0 ? (
        <span class="bad" role="status">
          {count} {count === 1 ? "problem" : "problems"}
        </span>
      ) : (
        <span role="status" class="fine">
          {checking.value ? "Checking…" : <Icon name="check" />} {!checking.value && "No problems"}
        </span>
      )}
      {notices.value.length > 0 && (
        <span class="ellipsis" title={notices.value.join("\n")}>
          {notices.value.length === 1 ? notices.value[0] : `${notices.value.length} notes`}
        </span>
      )}
      <span class="spring" />
      <span>
        {cursor.value.line}:{cursor.value.column}
      </span>
    </footer>
  );
}
