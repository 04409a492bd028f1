/** Every number of the scene at hand. */
import type { JSX } from "preact";
import { Button } from "../parts/button.tsx";
import { film, problems } from "../state/check.ts";
import { path } from "../state/document.ts";
import { shot } from "../state/playhead.ts";
import { go } from "../state/route.ts";
import { sideTab } from "../state/ui.ts";
import { FilmSettings, FilmWords } from "./film-settings.tsx";
import { type Grouped, inGroups } from "./groups.ts";
import { Knob } from "./knob.tsx";
import { valuesHere, wordsHere } from "./set.ts";
import { WordKnob } from "./word-knob.tsx";
import "./knobs.css";

export function Knobs(): JSX.Element {
  if (!film.value)
    return (
      <p class="hollow">
        {problems.value.length > 0 && "The knobs come back when the text has no problems."}
      </p>
    );
  const several = film.value.shots.length > 1;
  return (
    <div class="knobs">
      {problems.value.length > 0 && (
        <button
          type="button"
          class="note bad ellipsis"
          onClick={() => {
            sideTab.value = "text";
          }}
        >
          The text has a problem: knobs as before
        </button>
      )}
      {several && (
        <p class="shot soft">
          Shot {(shot.value?.index ?? 0) + 1} of {film.value.shots.length}
          {shot.value?.title ? `: ${shot.value.title}` : ""}
        </p>
      )}
      <FilmSettings />
      {inGroups(valuesHere(), wordsHere()).map((grouped) => (
        <Section key={grouped.group.title} grouped={grouped} />
      ))}
      <FilmWords />
    </div>
  );
}

function Section({ grouped }: { readonly grouped: Grouped }): JSX.Element {
  const { group, shown, more, words, moreWords } = grouped;
  const isLayers = group.title === "Layers";
  return (
    <section aria-label={group.title}>
      <header>
        <h3 title={group.about}>{group.title}</h3>
        {isLayers && (
          <Button
            small
            icon="layers"
            label="Browse layers and channels by eye"
            keys="⇧ L"
            onClick={() => go({ type: "layers", path: path.value ?? "" })}
          >
            Browse
          </Button>
        )}
      </header>
      {shown.map((value) => (
        <Knob key={value.path.join(".")} value={value} />
      ))}
      {isLayers && shown.length === 1 && (
        <p class="soft">
          One layer has all the weight. The strength of the dream is step size and steps, below.
        </p>
      )}
      {words.map((word) => (
        <WordKnob key={word.path.join(".")} word={word} />
      ))}
      {more.length + moreWords.length > 0 && (
        <details>
          <summary>{more.length + moreWords.length} more</summary>
          {more.map((value) => (
            <Knob key={value.path.join(".")} value={value} />
          ))}
          {moreWords.map((word) => (
            <WordKnob key={word.path.join(".")} word={word} />
          ))}
        </details>
      )}
    </section>
  );
}
