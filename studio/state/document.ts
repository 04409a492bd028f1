/**
 * The scene that is open: its text, what of it is saved, and changes made by other programs. The text lives in the editor;
 * `text` follows it. All edits, typed or by a control, are transactions of that editor, so that one history holds them.
 */
import { batch, computed, signal } from "@preact/signals";
import type { Saved, SaveRequest, SceneText } from "../../src/studio/api.ts";
import { get, put, RequestError } from "./api-client.ts";
import { onEvent, onReconnect } from "./connection.ts";
import { keptByScene, moveKept } from "./kept.ts";
import { closeFailures, succeeded, tell, tellFailure } from "./toasts.ts";

/** Path of the open scene. */
export const path = signal<string | undefined>(undefined);
export const text = signal("");
const savedText = signal("");
const version = signal("");
export const loading = signal(false);
export const failure = signal<string | undefined>(undefined);
/** What another program wrote meanwhile, where both texts differ. */
export const theirs = signal<SceneText | undefined>(undefined);
/** Whether the file is gone from the disk. */
export const gone = signal(false);
export const unsaved = computed(() => text.value !== savedText.value);
export const saving = signal(false);

let controlEdits = 0;
/** Edit the text by a control: what follows it at once need not wait for a pause in typing. */
export function byControl(edit: () => void): void {
  controlEdits++;
  try {
    edit();
  } finally {
    controlEdits--;
  }
}
/** Whether the change that is being followed was made by a control. */
export function isEditByControl(): boolean {
  return controlEdits > 0;
}

/** The editor, which holds the text. */
export interface TextHolder {
  /** Show the text of a scene, with the history that it had when it was left. */
  open(text: string, scene: string): void;
  /** Replace everything as one step of the history. */
  replace(text: string): void;
  /** A scene has another path: its history goes along. */
  move(from: string, to: string): void;
}
let holder: TextHolder | undefined;

export function setHolder(editor: TextHolder): void {
  holder = editor;
  if (path.value !== undefined) editor.open(text.value, path.value);
}

/** Texts that were not saved when another scene was opened or the page was left: they come back with their scene. */
const drafts = keptByScene<Draft>("drafts", keepDraft);

interface Draft {
  readonly text: string;
  /** What the file held, and its version. */
  readonly saved: string;
  readonly version: string;
}

/** The scene that the text is of: while another one is opened, or cannot be, it is not the open one. */
let textOf: string | undefined;

function keepDraft(): void {
  if (path.value === undefined || textOf !== path.value) return;
  drafts.delete(path.value);
  if (unsaved.value)
    drafts.set(path.value, {
      text: text.value,
      saved: savedText.value,
      version: version.value,
    });
}

let opening = 0;

/** Open a scene; the newest call wins. An unsaved text of the scene left is kept. */
export async function openScene(wanted: string): Promise<void> {
  if (wanted === path.value && failure.value === undefined) return;
  keepDraft();
  const turn = ++opening;
  if (path.value !== undefined && wanted !== path.value) closeFailures();
  batch(() => {
    loading.value = true;
    failure.value = undefined;
    path.value = wanted;
    theirs.value = undefined;
    gone.value = false;
  });
  try {
    const scene = await get<SceneText>("scene", { path: wanted });
    if (turn !== opening) return;
    const draft = drafts.get(wanted);
    drafts.delete(wanted);
    batch(() => {
      textOf = wanted;
      const base = draft && { path: wanted, text: draft.saved, version: draft.version };
      take(base ?? scene, draft?.text ?? scene.text);
      if (draft && draft.version !== scene.version) theirs.value = scene;
    });
  } catch (error) {
    if (turn !== opening) return;
    batch(() => {
      failure.value = error instanceof Error ? error.message : String(error);
      // The text of the scene that was left is not to be edited under this name.
      textOf = undefined;
      take({ path: wanted, text: "", version: "" }, "");
    });
  } finally {
    if (turn === opening) loading.value = false;
  }
}

/** No scene is open any more. */
export function closeScene(): void {
  opening++;
  batch(() => {
    path.value = undefined;
    take({ path: "", text: "", version: "" }, "");
    theirs.value = undefined;
    gone.value = false;
    loading.value = false;
  });
}

/** A scene's file has another path: what is kept of it goes along. */
export function moveScene(from: string, to: string): void {
  moveKept(from, to);
  holder?.move(from, to);
}

function take(saved: SceneText, shown: string): void {
  batch(() => {
    savedText.value = saved.text;
    version.value = saved.version;
    text.value = shown;
    holder?.open(shown, saved.path);
  });
}

/** Write the text to its file, if nobody else wrote it meanwhile. True where it is saved. */
export async function save(): Promise<boolean> {
  const name = path.value;
  if (name === undefined || name !== textOf || saving.value || theirs.value) return false;
  if (!unsaved.value && !gone.value) return true;
  const sent = text.value;
  saving.value = true;
  try {
    const body: SaveRequest = { text: sent, base: version.value };
    const saved = await put<Saved>("scene", { path: name }, body);
    batch(() => {
      if (path.value !== name) return;
      savedText.value = sent;
      version.value = saved.version;
      gone.value = false;
    });
    succeeded(`save ${name}`);
    return true;
  } catch (error) {
    if (error instanceof RequestError && error.status === 409)
      theirs.value = error.body as SceneText;
    else tellFailure(error, `save ${name}`);
    return false;
  } finally {
    saving.value = false;
  }
}

/** Settle a conflict: keep the text of this page, or take theirs, which can be undone. */
export function settle(keep: "mine" | "theirs"): void {
  const other = theirs.value;
  if (!other) return;
  batch(() => {
    theirs.value = undefined;
    savedText.value = other.text;
    version.value = other.version;
    if (keep === "theirs") holder?.replace(other.text);
  });
  if (keep === "mine") void save();
}

/** Take what the server wrote at this page's request, as a step of the history. */
export function adopt(
  scene: string,
  saved: { readonly text: string; readonly version: string },
): void {
  if (path.value !== scene || textOf !== scene) return;
  if (unsaved.value) {
    // Typed while the request was under way.
    theirs.value = { path: scene, ...saved };
    return;
  }
  byControl(() =>
    batch(() => {
      savedText.value = saved.text;
      version.value = saved.version;
      holder?.replace(saved.text);
    }),
  );
}

async function lookAtDisk(newVersion?: string): Promise<void> {
  const name = path.value;
  if (name === undefined || name !== textOf || saving.value || newVersion === version.value) return;
  try {
    const scene = await get<SceneText>("scene", { path: name });
    if (path.value !== name || scene.version === version.value) return;
    batch(() => {
      gone.value = false;
      if (scene.text === text.value || !unsaved.value) {
        savedText.value = scene.text;
        version.value = scene.version;
        if (scene.text === text.value) return;
        holder?.replace(scene.text);
        tell("The file was changed by another program; its text is shown.");
      } else theirs.value = scene;
    });
  } catch (error) {
    if (error instanceof RequestError && error.status === 404 && path.value === name)
      gone.value = true;
  }
}

export function startDocument(): void {
  onEvent("file", (event) => {
    if (event.path !== path.value) return;
    if (event.version === undefined) gone.value = true;
    else void lookAtDisk(event.version);
  });
  onReconnect(() => {
    if (failure.value !== undefined && path.value !== undefined) void openScene(path.value);
    else void lookAtDisk();
  });
  addEventListener("beforeunload", (event) => {
    if (unsaved.value || drafts.size > 0) event.preventDefault();
  });
}
