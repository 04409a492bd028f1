/** Completion and hover texts from the schema, and from the names of the scene's own network. */
import type { Completion, CompletionContext, CompletionResult } from "@codemirror/autocomplete";
import { hoverTooltip } from "@codemirror/view";
import { names } from "./names.ts";
import { placeAt } from "./place.ts";
import { choicesAt, describe, keysAt, type Schema } from "./schema.ts";

/** Keys whose own keys are names of layers or classes. */
function namesFor(path: readonly string[]): readonly Completion[] | undefined {
  if (path.at(-1) === "layers")
    return names.value?.layers.map(({ name, channels, about }) => ({
      label: name,
      type: "variable",
      detail: `${channels} channels`,
      ...(about === undefined ? {} : { info: about }),
    }));
  if (path.at(-1) === "classes")
    return names.value?.classes.map((label) => ({ label, type: "variable" }));
  return undefined;
}

function keyCompletion([label, form]: readonly [string, Schema]): Completion {
  const nested = form.properties !== undefined && form.anyOf === undefined;
  const info = describeForm(form);
  return {
    label,
    type: "property",
    apply: nested ? `${label}:` : `${label}: `,
    ...(info === undefined ? {} : { info }),
  };
}

function describeForm(form: Schema): string | undefined {
  return form.description ?? form.anyOf?.find(({ description }) => description)?.description;
}

const files = /^(image|video|file|audio|frames|source|match|matte|guide|labels)$/;

function valuesFor(path: readonly string[]): readonly Completion[] {
  const last = path.at(-1) ?? "";
  const choices = choicesAt(path).map((label) => ({ label, type: "constant" }));
  const own = last === "[]" ? namesFor(path.slice(0, -1)) : namesFor(path);
  const media = files.test(last)
    ? (names.value?.files ?? []).map((label) => ({ label, type: "text" }))
    : [];
  const eases =
    last === "ease"
      ? (names.value?.easings ?? []).map((label) => ({ label, type: "constant" }))
      : [];
  const networks =
    last === "model" ? (names.value?.networks ?? []).map((label) => ({ label, type: "text" })) : [];
  return [...choices, ...(own ?? []), ...media, ...eases, ...networks];
}

export function complete(context: CompletionContext): CompletionResult | null {
  const text = context.state.doc.toString();
  const { path, part, from } = placeAt(text, context.pos);
  const typed = text.slice(from, context.pos);
  if (typed.startsWith("#") || (typed === "" && !context.explicit && part === "key")) return null;
  const options =
    part === "key"
      ? (namesFor(path)?.map((name) => ({ ...name, apply: `${quoted(name.label)}: ` })) ??
        [...keysAt(path)].map(keyCompletion))
      : valuesFor(path);
  if (options.length === 0) return null;
  return { from, options, validFor: /^[\w./:-]*$/ };
}

function quoted(name: string): string {
  return /^[\w./-]+$/.test(name) ? name : JSON.stringify(name);
}

/** The description of the key under the mouse. */
export const hover = hoverTooltip((view, pos) => {
  const line = view.state.doc.lineAt(pos);
  const word = view.state.wordAt(pos);
  if (!word || word.to > line.to) return null;
  const text = view.state.doc.toString();
  if (!/^["']?\s*:(\s|$)/.test(text.slice(word.to, word.to + 4))) return null;
  const { path } = placeAt(text, word.to + 1 + (/^["']/.test(text.slice(word.to)) ? 1 : 0));
  const about = describe(path);
  if (about === undefined) return null;
  return {
    pos: word.from,
    end: word.to,
    above: true,
    create: () => {
      const dom = document.createElement("div");
      dom.className = "cm-hover";
      const key = document.createElement("code");
      key.textContent = path.filter((part) => part !== "[]").join(".");
      dom.append(key, document.createElement("br"), about);
      return { dom };
    },
  };
});
