/** Paths of the studio's folder: nothing outside it is read or written, whatever links lie in it. */
import { lstat, realpath } from "node:fs/promises";
import { basename, dirname, extname, isAbsolute, join, relative, resolve, sep } from "node:path";
import { Refused } from "./answer.ts";

/** The folder that the studio serves. */
export class Confines {
  /** Without symbolic links. */
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  static async of(folder: string): Promise<Confines> {
    return new Confines(await realpath(folder));
  }

  /** The path of a file that exists, links resolved. Throws `Refused`, 403 outside the folder and 404 where nothing is. */
  async existing(path: string): Promise<string> {
    const wanted = this.#within(path);
    const real = await realpath(wanted).catch(() => {
      throw new Refused(404, "NOT_FOUND", `there is no ${path} in this folder`);
    });
    if (!this.contains(real)) throw outside(path);
    return real;
  }

  /**
   * The path of a file that may be written, whether or not it exists: its folder exists and lies within, and it is no
   * symbolic link. Throws `Refused`.
   */
  async writable(path: string): Promise<string> {
    const wanted = this.#within(path);
    const folder = await realpath(dirname(wanted)).catch(() => {
      throw new Refused(404, "NOT_FOUND", `there is no folder for ${path}`);
    });
    if (folder !== this.folder && !this.contains(folder)) throw outside(path);
    const file = join(folder, basename(wanted));
    const found = await lstat(file).catch(() => undefined);
    if (found?.isSymbolicLink()) throw new Refused(403, "FORBIDDEN", `${path} is a symbolic link`);
    return file;
  }

  /** Whether a path without links is that of a file in the folder. */
  contains(real: string): boolean {
    return real.startsWith(this.folder + sep);
  }

  /** The path as the page names it; undefined outside the folder. */
  name(file: string): string | undefined {
    const path = relative(this.folder, file);
    const inside = path !== "" && !path.startsWith("..") && !isAbsolute(path);
    return inside ? path.split(sep).join("/") : undefined;
  }

  #within(path: string): string {
    if (path === "" || path.includes("\0") || path.length > 1024 || isAbsolute(path))
      throw outside(path);
    const file = resolve(this.folder, path);
    if (!this.contains(file)) throw outside(path);
    return file;
  }
}

function outside(path: string): Refused {
  return new Refused(403, "FORBIDDEN", `${path.slice(0, 200)} is not in the studio's folder`);
}

/** Names that Windows gives to devices. */
const devices = /^(?:con|prn|aux|nul|com\d|lpt\d)$/i;

/**
 * A file name without a path, without what systems or shells treat in a special way, and not hidden. Letters of all
 * scripts stay. `fallback` where nothing is left.
 */
export function safeName(given: string, fallback: string): string {
  const last = given.normalize("NFC").split(/[/\\]/).at(-1) ?? "";
  const ending = extname(last)
    .replace(/[^.\p{L}\p{N}]/gu, "")
    .slice(0, 10);
  const stem = last
    .slice(0, last.length - extname(last).length)
    .replace(/[^\p{L}\p{N}\p{M}._ -]/gu, "-")
    .replace(/\s+/g, "-")
    .replace(/-{2,}/g, "-")
    .replace(/^[-. ]+|[-. ]+$/g, "");
  const short = [...stem].slice(0, 80).join("");
  const named = short === "" || devices.test(short) ? fallback : short;
  return `${named}${ending}`;
}
