/** Tells which files of the studio's folder have changed on the disk. */
import { type FSWatcher, watch } from "node:fs";
import { join } from "node:path";

/** Editors write a file in several steps. */
const settleMs = 80;

/**
 * Watch a folder and those in it; `onChange` receives the paths of changed files, each once they have been quiet for a
 * moment. Gives a function that ends it. A system that cannot watch leaves changes unseen until they are asked for.
 */
export function watchFolder(folder: string, onChange: (file: string) => void): () => void {
  const timers = new Map<string, NodeJS.Timeout>();
  let watcher: FSWatcher | undefined;
  try {
    watcher = watch(folder, { recursive: true, persistent: false }, (_, name) => {
      if (name === null || /(?:^|[/\\])(?:\.|node_modules[/\\])|work[/\\]/.test(name)) return;
      const file = join(folder, name);
      clearTimeout(timers.get(file));
      const tell = (): void => {
        timers.delete(file);
        onChange(file);
      };
      timers.set(file, setTimeout(tell, settleMs));
    });
    watcher.on("error", () => {});
  } catch {
    // The number of watches is limited on some systems.
  }
  return () => {
    watcher?.close();
    for (const timer of timers.values()) clearTimeout(timer);
  };
}
