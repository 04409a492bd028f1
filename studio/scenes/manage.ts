/** Rename, copy and delete scenes of the list. */
import { signal } from "@preact/signals";
import type { Created, Deleted, Renamed } from "../../src/studio/api.ts";
import { post } from "../state/api-client.ts";
import { closeScene, moveScene, path, save, unsaved } from "../state/document.ts";
import { formatRoute, go } from "../state/route.ts";
import { refreshScenes, scenes } from "../state/scenes.ts";
import { tell, tellFailure } from "../state/toasts.ts";

/** Path of the scene whose name is being typed. */
export const renaming = signal<string | undefined>(undefined);

/** Time in which a deleted scene comes back with one click, ms; afterwards it lies in the folder's .trash. */
const undoMs = 15_000;

/** What is done with a scene is done with the text on the page. False where that cannot be saved. */
async function saved(of: string): Promise<boolean> {
  return of !== path.peek() || !unsaved.peek() || (await save());
}

async function attempt(of: string, work: () => Promise<void>): Promise<void> {
  try {
    if (await saved(of)) await work();
  } catch (error) {
    tellFailure(error);
  }
}

export function renameScene(of: string, name: string): Promise<void> {
  return attempt(of, async () => {
    const wasOpen = of === path.peek();
    const { path: to, film } = await post<Renamed>("scenes/rename", { path: of, name });
    moveScene(of, to);
    await refreshScenes();
    if (wasOpen && to !== of) location.replace(formatRoute({ type: "scene", path: to }));
    const file = to === of ? "Renamed" : `Renamed to ${to}`;
    tell(film === undefined ? `${file}.` : `${file}. Its film stays: output.file is ${film}.`);
  });
}

export function copyScene(of: string): Promise<void> {
  return attempt(of, async () => {
    const { path: copy } = await post<Created>("scenes/copy", { path: of });
    await refreshScenes();
    go({ type: "scene", path: copy });
    tell(`Copied to ${copy}.`);
  });
}

export function deleteScene(of: string): Promise<void> {
  return attempt(of, async () => {
    const list = scenes.peek() ?? [];
    const at = list.findIndex((scene) => scene.path === of);
    const next = list[at + 1] ?? list[at - 1];
    const deleted = await post<Deleted>("scenes/delete", { path: of });
    if (of === path.peek()) {
      if (next) location.replace(formatRoute({ type: "scene", path: next.path }));
      else closeScene();
    }
    await refreshScenes();
    tell(`${of} was deleted; films and clips stay.`, {
      label: "Undo",
      hint: "It lies in the folder's .trash.",
      run: () => void restore(deleted),
      ms: undoMs,
    });
  });
}

async function restore(deleted: Deleted): Promise<void> {
  try {
    const { path: back } = await post<Created>("scenes/restore", deleted);
    await refreshScenes();
    go({ type: "scene", path: back });
  } catch (error) {
    tellFailure(error);
  }
}
