/** Length, size, frame rate and seed of the film, as the text writes them. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { Problem } from "../../src/studio/api-scene.ts";
import { writtenAt } from "../../src/studio/edit/yaml-text.ts";
import { filmLength } from "../parts/format.ts";
import { film, filmText, problems } from "../state/check.ts";
import { text } from "../state/document.ts";
import { shot } from "../state/playhead.ts";
import { applyEdits, filmWords, timingOf } from "./set.ts";
import { WordKnob } from "./word-knob.tsx";

interface Setting {
  readonly label: string;
  readonly path: readonly string[];
  /** What holds where the text is silent. */
  readonly otherwise: string;
  readonly hint: string;
  readonly shot?: number;
}

function settings(): readonly Setting[] {
  const now = film.value;
  if (!now) return [];
  const index =
    writtenAt(text.value, ["shots"]) === undefined ? undefined : (shot.value?.index ?? 0);
  const here = now.shots[index ?? 0];
  const seconds = here ? (here.endFrame - here.startFrame + 1) / now.fps : now.durationSec;
  return [
    {
      label: index === undefined ? "length" : "shot length",
      path: ["duration"],
      otherwise: filmLength(seconds),
      hint: "8s, 1:30, 96f; with a tempo 16b or 4bar",
      ...(index === undefined ? {} : { shot: index }),
    },
    {
      label: "size",
      path: ["output", "size"],
      otherwise: `${now.size.width}x${now.size.height}`,
      hint: "640x360",
    },
    {
      label: "fps",
      path: ["output", "fps"],
      otherwise: String(Number(now.fps.toFixed(3))),
      hint: "24",
    },
    {
      label: "seed",
      path: ["seed"],
      otherwise: "1",
      hint: "another whole number gives another dream",
    },
  ];
}

export function FilmSettings(): JSX.Element {
  return (
    <section aria-label="Film">
      <header>
        <h3>Film</h3>
      </header>
      <div class="settings">
        {settings().map((setting) => (
          <Field key={setting.path.join(".")} setting={setting} />
        ))}
      </div>
    </section>
  );
}

/** What of the whole film is a word or a switch. */
export function FilmWords(): JSX.Element {
  return (
    <section aria-label="Rendering">
      <header>
        <h3>Rendering</h3>
      </header>
      {filmWords().map((word) => (
        <WordKnob key={word.path.join(".")} word={word} />
      ))}
    </section>
  );
}

/** The problem of what is written at a place of the text. */
function problemAt(place: readonly (string | number)[]): Problem | undefined {
  return problems.value.find(({ path }) => place.every((part, i) => path[i] === part));
}

function wordsOf({ message, hint }: Problem): string {
  return hint === undefined ? message : `${message}; ${hint}`;
}

function Field({ setting }: { readonly setting: Setting }): JSX.Element {
  const { label, path, otherwise, hint, shot: index } = setting;
  const [draft, setDraft] = useState<string>();
  const whole = index === undefined ? path : ["shots", index, ...path];
  const written = writtenAt(text.value, whole);
  const problem = problemAt(whole);
  const write = (wanted: string): void => {
    if (wanted === (written ?? "")) return;
    const at = { path, ...(index === undefined ? {} : { shot: index }) };
    const value = /^-?\d+(\.\d+)?$/.test(wanted) ? Number(wanted) : wanted;
    applyEdits(
      [wanted === "" ? { type: "remove", ...at } : { type: "set", value, ...at }],
      timingOf(index),
    );
  };
  const commit = (): void => {
    setDraft(undefined);
    if (draft !== undefined) write(draft.trim());
  };
  // Of a wrong value back to what the text said when it had no problems.
  const restore = (): void => {
    setDraft(undefined);
    if (problem) write(writtenAt(filmText.value, whole) ?? "");
  };
  return (
    <label>
      <span class="soft">{label}</span>
      <input
        class="field"
        title={problem ? wordsOf(problem) : hint}
        aria-invalid={problem !== undefined}
        placeholder={otherwise}
        value={draft ?? written ?? ""}
        onInput={(event) => setDraft(event.currentTarget.value)}
        onBlur={commit}
        onKeyDown={(event) => {
          if (event.key === "Enter") commit();
          if (event.key === "Escape") restore();
        }}
      />
    </label>
  );
}
