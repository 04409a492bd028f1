/** The logs of a film's pieces. */
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { readFileBytes } from "../disk/read-file.ts";
import { stateOf } from "./pieces/pieces.ts";
import type { FarmFilm, FilmState } from "./share/film.ts";
import { filmPath } from "./share/films.ts";
import type { Share } from "./share/share.ts";

const maxBytes = 16 << 20;

export interface FilmLog {
  /** Its name in the film's `logs` folder. */
  readonly name: string;
  readonly text: string;
}

/** The logs of failures that count. */
export async function failureLogs(
  share: Share,
  film: FarmFilm,
  { failures }: Pick<FilmState, "failures">,
): Promise<FilmLog[]> {
  const logs: FilmLog[] = [];
  for (const { key, worker, message, log } of failures) {
    const text = log === undefined ? undefined : await readLog(filmPath(share, film, "logs", log));
    logs.push({ name: log ?? `${key}-${worker}`, text: text ?? message });
  }
  return logs;
}

/** The logs of failed pieces, or all where none failed. */
export async function logsOf(share: Share, film: FarmFilm): Promise<FilmLog[]> {
  const failed = await failureLogs(share, film, await stateOf(share, film));
  return failed.length > 0 ? failed : allLogs(share, film);
}

/** All logs, the oldest first. */
export async function allLogs(share: Share, film: FarmFilm): Promise<FilmLog[]> {
  const folder = filmPath(share, film, "logs");
  const names = await readdir(folder).catch(() => []);
  const timed = await Promise.all(
    names.map(async (name) => ({ name, at: (await stat(join(folder, name))).mtimeMs })),
  );
  const logs: FilmLog[] = [];
  for (const { name } of timed.sort((a, b) => a.at - b.at))
    logs.push({ name, text: (await readLog(join(folder, name))) ?? "" });
  return logs;
}

async function readLog(path: string): Promise<string | undefined> {
  const bytes = await readFileBytes(path, { maxBytes }).catch(() => undefined);
  return bytes?.toString("utf8").trimEnd();
}
