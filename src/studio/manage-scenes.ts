/** Rename, copy and delete scenes. No film, clip or other file is touched, and a deleted scene can be got back. */
import { mkdir, rm } from "node:fs/promises";
import { basename, dirname, extname, join, relative, sep } from "node:path";
import { exists } from "../disk/exists.ts";
import { nameOnce } from "../disk/name-once.ts";
import { DreamError } from "../errors.ts";
import { outputPath } from "../output.ts";
import { workFolderOf } from "../pipeline/cache/cache-folder.ts";
import { outputOf } from "../pipeline/plan/output-name.ts";
import { Refused } from "./answer.ts";
import type { Created, Deleted, Renamed } from "./api.ts";
import { safeName } from "./confine.ts";
import { editScene, type ValuePath } from "./edit/edit-scene.ts";
import { writtenAt } from "./edit/yaml-text.ts";
import type { SceneFolder } from "./scene-folder.ts";

/** Folder in the studio's folder with the scenes that were deleted; it is hidden from the lists. */
const trash = ".trash";

/**
 * Give a scene another title and its file the same name, or the next free one. A film that lies where the scene's name puts
 * it stays there: the text then names it. Throws `Refused`, `OUTPUT_UNWRITABLE`.
 */
export async function renameScene(
  folder: SceneFolder,
  path: string,
  name: string,
): Promise<Renamed> {
  const { text, version } = await folder.read(path);
  const pinned = await filmOf(folder, path, text);
  let renamed = writtenAt(text, ["title"]) === undefined ? text : set(text, ["title"], name);
  if (pinned !== undefined) renamed = set(renamed, ["output", "file"], pinned);
  const stem = stemOf(name);
  const wanted = beside(path, `${stem}${extname(path)}`);
  const to = await folder.move(path, wanted, renamed, version);
  return { path: to, ...(pinned === undefined ? {} : { film: pinned }) };
}

/** Write a copy of a scene beside it. It renders into a file of its own. Throws `Refused`, `OUTPUT_UNWRITABLE`. */
export async function copyScene(folder: SceneFolder, path: string): Promise<Created> {
  const { text } = await folder.read(path);
  const ending = extname(path);
  const name = beside(path, `${basename(path, ending)}-copy${ending}`);
  const copy = await folder.write(name, (stem) => copyOf(text, stem));
  return { path: copy };
}

/** Move a scene into the trash. Throws `Refused`, `OUTPUT_UNWRITABLE`. */
export async function deleteScene(folder: SceneFolder, path: string): Promise<Deleted> {
  await folder.read(path);
  const file = await folder.confines.writable(path);
  await mkdir(join(folder.confines.folder, trash), { recursive: true });
  const kept = await folder.place(`${trash}/${basename(path)}`, (to) => nameOnce(file, to));
  await rm(file, { force: true });
  return { path, trash: basename(kept) };
}

/** Take a scene out of the trash, to where it was or the next free name. Throws `Refused`, `OUTPUT_UNWRITABLE`. */
export async function restoreScene(folder: SceneFolder, given: Deleted): Promise<Created> {
  const name = `${trash}/${basename(given.trash)}`;
  await folder.read(name);
  const kept = await folder.confines.writable(name);
  if (!/\.ya?ml$/i.test(given.path))
    throw new Refused(403, "FORBIDDEN", `${given.path} is not a scene`);
  const path = await folder.place(given.path, (to) => nameOnce(kept, to));
  await rm(kept, { force: true });
  return { path };
}

function stemOf(name: string): string {
  // A title may have a dot, which is no ending.
  return safeName(name.replaceAll(".", "-").replace(/-ya?ml$/i, ""), "scene");
}

function beside(path: string, name: string): string {
  const folder = dirname(path);
  return folder === "." ? name : `${folder}/${name}`;
}

function copyOf(text: string, stem: string): string {
  const title = writtenAt(text, ["title"]);
  const titled = title ? set(text, ["title"], `${plain(title)}, copy`) : text;
  for (const path of [["output", "file"], ["output"]]) {
    const file = writtenAt(text, path);
    if (file) return set(titled, path, plain(file).replace(/[^/\\]+$|[^/\\]+(?=[/\\]$)/, own));
  }
  return titled;

  function own(last: string): string {
    return `${stem}${/%\d*d/.test(last) ? "" : extname(last)}`;
  }
}

/** A text that may be written with quotes. */
function plain(written: string): string {
  return written.replace(/^(["'])(.*)\1$/s, "$2");
}

/** The text with a value; as it was where it is broken. */
function set(text: string, path: ValuePath, value: string): string {
  try {
    return editScene(text, [{ type: "set", path, value }], { fps: 24, endSec: 0 });
  } catch (error) {
    if (error instanceof DreamError) return text;
    throw error;
  }
}

/** The film of a scene whose text does not name it, as the text would name it; undefined where there is none. */
async function filmOf(
  folder: SceneFolder,
  path: string,
  text: string,
): Promise<string | undefined> {
  const short = writtenAt(text, ["output"]);
  if (short || writtenAt(text, ["output", "file"]) !== undefined) return undefined;
  try {
    const film = outputPath(outputOf(await folder.parse(path, text)));
    const there = [film, workFolderOf(film, false)].map(exists);
    if (!(await Promise.all(there)).includes(true)) return undefined;
    const from = dirname(join(folder.confines.folder, path));
    return relative(from, film).split(sep).join("/");
  } catch {
    // A broken scene has no film of its own.
    return undefined;
  }
}
