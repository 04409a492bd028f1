/** A value that is a word or a switch: its choices side by side where they are few, else in a menu. */
import type { JSX } from "preact";
import type { WordSummary } from "../../src/studio/api-scene.ts";
import { describeValue } from "../editor/schema.ts";
import { Icon } from "../parts/icon.tsx";
import { useEntered } from "./entered.ts";
import { setWord } from "./set.ts";

/** Most letters of all choices that stand side by side. */
const mostLetters = 22;

type Choice = string | boolean;

function wordOf(choice: Choice): string {
  return choice === true ? "on" : choice === false ? "off" : choice;
}

export function WordKnob({ word }: { readonly word: WordSummary }): JSX.Element {
  const { path, shot, label, written, none } = word;
  const [value, enter] = useEntered<Choice>(word.value);
  const name = path.join(".");
  const id = `word-${shot ?? ""}-${path.join("-")}`;
  const choices = choicesOf(word);
  const choose = (choice: Choice): void => {
    const taken = setWord(word, choice === none ? undefined : choice);
    enter(taken ? choice : undefined);
  };
  const letters = choices.reduce((sum, choice) => sum + wordOf(choice).length, 0);
  return (
    <div class={written ? "knob word written" : "knob word"}>
      <label class="ellipsis" for={id} id={`${id}-label`}>
        {label}
      </label>
      <span class="tip" role="tooltip" id={`${id}-tip`}>
        {describeValue(path)}
        <code>
          {name}
          {written ? "" : " · default"}
        </code>
      </span>
      {letters <= mostLetters && choices.length <= 3 ? (
        <span
          class="segments"
          role="radiogroup"
          aria-labelledby={`${id}-label`}
          aria-describedby={`${id}-tip`}
        >
          {choices.map((choice) => (
            <label key={wordOf(choice)} class={choice === value ? "chosen" : ""}>
              <input
                type="radio"
                name={id}
                id={choice === value ? id : undefined}
                checked={choice === value}
                onChange={() => choose(choice)}
              />
              {wordOf(choice)}
            </label>
          ))}
        </span>
      ) : (
        <select
          id={id}
          class="choice"
          aria-describedby={`${id}-tip`}
          value={wordOf(value)}
          onChange={({ currentTarget }) => {
            const chosen = choices.find((choice) => wordOf(choice) === currentTarget.value);
            if (chosen !== undefined) choose(chosen);
          }}
        >
          {choices.map((choice) => (
            <option key={wordOf(choice)}>{wordOf(choice)}</option>
          ))}
        </select>
      )}
      <button
        type="button"
        class="mark"
        aria-label={`Default for ${label}`}
        title={written ? "Back to the default" : "This is the default"}
        disabled={!written}
        onClick={() => setWord(word, undefined)}
      >
        {written && <Icon name="reset" size={13} />}
      </button>
    </div>
  );
}

/** The choices, with none and with what the text writes besides. */
function choicesOf({ choices, none, value }: WordSummary): readonly Choice[] {
  const all = none === undefined ? choices : [none, ...choices];
  return all.includes(value) ? all : [...all, value];
}
