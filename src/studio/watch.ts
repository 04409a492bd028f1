/** Tells which files of the studio's folder have changed on the disk. */
import { type FSWatcher, watch } from "node:fs";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { isListed } from "./scene-folder.ts";

/** Editors write a file in several steps. */
const settleMs = 80;
/** Most folders that are watched: systems limit them. */
const maxFolders = 500;

/**
 * Watch folders, and those that are made in them; `onChange` receives the paths of changed files, each once it has been quiet
 * for a moment. Gives a function that ends it. A system that cannot watch leaves changes unseen until they are asked for.
 */
export function watchFolders(
  folders: readonly string[],
  onChange: (file: string) => void,
): () => void {
  const timers = new Map<string, NodeJS.Timeout>();
  const watchers = new Map<string, FSWatcher>();
  const settled = async (file: string): Promise<void> => {
    timers.delete(file);
    const found = await stat(file).catch(() => undefined);
    if (found?.isDirectory()) add(file);
    else onChange(file);
  };
  const drop = (folder: string): void => {
    watchers.get(folder)?.close();
    watchers.delete(folder);
  };
  const add = (folder: string): void => {
    if (watchers.has(folder) || watchers.size >= maxFolders) return;
    try {
      const watcher = watch(folder, { persistent: false }, (_, name) => {
        if (name === null || !isListed(name)) return;
        const file = join(folder, name);
        clearTimeout(timers.get(file));
        timers.set(
          file,
          setTimeout(() => void settled(file), settleMs),
        );
      });
      watcher.on("error", () => drop(folder));
      watchers.set(folder, watcher);
    } catch {
      // Removed meanwhile, or the system's limit is reached.
    }
  };
  for (const folder of folders) add(folder);
  return () => {
    for (const folder of [...watchers.keys()]) drop(folder);
    for (const timer of timers.values()) clearTimeout(timer);
  };
}
