/** Reads and writes what the share says of its films. */
import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import type { z } from "zod";
import { writeShared } from "../../disk/write-atomically.ts";
import { DreamError } from "../../errors.ts";
import {
  type FarmFilm,
  type FilmRequest,
  farmFilm,
  filmRequest,
  type PieceFailure,
  type PieceRecord,
  pieceRecord,
} from "./film.ts";
import { type Share, writing } from "./share.ts";

/** Folders of a film. */
export const filmFolders = [
  ...(["scenes", "plans", "out", "pieces", "pins", "leases", "logs", "ends"] as const),
];

/** The path of a film's folder, or of something in it. */
export function filmPath(
  { root }: Share,
  { id }: Pick<FarmFilm, "id">,
  ...more: readonly string[]
): string {
  return join(root, "films", id, ...more);
}

/** All films, the earliest first. Folders without a manifest, or with a damaged one, are left out. */
export async function listFilms(share: Share): Promise<FarmFilm[]> {
  const ids = await readdir(join(share.root, "films")).catch(() => []);
  const films = await Promise.all(ids.map((id) => findFilm(share, id)));
  return films
    .filter((film) => film !== undefined)
    .sort((a, b) => a.submitted.localeCompare(b.submitted) || a.id.localeCompare(b.id));
}

/** The film with this id, which may be shortened. Throws `FILM_NOT_FOUND`, with the films that there are. */
export async function readFilm(share: Share, id: string): Promise<FarmFilm> {
  const exact = /^[\w-]+$/.test(id) ? await findFilm(share, id) : undefined;
  if (exact) return exact;
  const all = await listFilms(share);
  const [found, another] = id === "" ? [] : all.filter((film) => film.id.startsWith(id));
  if (found && !another) return found;
  const ids = all.map((film) => film.id).join(", ");
  throw new DreamError(
    "FILM_NOT_FOUND",
    found ? `several films begin with "${id}"` : `there is no film "${id}" in the share`,
    {
      where: share.path,
      hint: ids === "" ? 'Submit one with "dreamreel farm submit".' : `Films: ${ids}.`,
    },
  );
}

/** The film with exactly this id; undefined where there is none. */
export function findFilm(share: Share, id: string): Promise<FarmFilm | undefined> {
  return readJson(filmPath(share, { id }, "film.json"), farmFilm);
}

/** Replace the manifest of a film that is there. Throws `SHARE_UNUSABLE`, `DISK_FULL`. */
export function rewriteFilm(share: Share, film: FarmFilm): Promise<void> {
  return writeJson(filmPath(share, film, "film.json"), film);
}

/** What a person has asked for a film. */
export async function readRequest(share: Share, film: Pick<FarmFilm, "id">): Promise<FilmRequest> {
  return (await readJson(filmPath(share, film, "state.json"), filmRequest)) ?? {};
}

/** Whether a person or a failure has stopped a film. */
export function isStopped({ paused, cancelled, stopped }: FilmRequest): boolean {
  return paused === true || cancelled === true || stopped !== undefined;
}

export function writeRequest(share: Share, film: FarmFilm, request: FilmRequest): Promise<void> {
  return writeJson(filmPath(share, film, "state.json"), request);
}

/** What is known of a piece. */
export async function readRecord(share: Share, film: FarmFilm, key: string): Promise<PieceRecord> {
  return (await readJson(recordFile(share, film, key), pieceRecord)) ?? { failures: [] };
}

/** Keys of the pieces that have a record. */
export async function notedPieces(share: Share, film: FarmFilm): Promise<ReadonlySet<string>> {
  const names = await readdir(filmPath(share, film, "pieces")).catch(() => []);
  return new Set(names.flatMap((name) => /^([\w-]+)\.json$/.exec(name)?.[1] ?? []));
}

/** Note that a piece is done. `seconds`: what it took. Failures before are kept. */
export async function markDone(
  share: Share,
  film: FarmFilm,
  key: string,
  done: { readonly worker: string; readonly seconds: number },
): Promise<void> {
  const { failures } = await readRecord(share, film, key);
  const record: PieceRecord = { done: { ...done, at: new Date().toISOString() }, failures };
  await writeJson(recordFile(share, film, key), record);
}

/** Note that a piece has failed. Returns its failures so far, this one last. */
export async function markFailed(
  share: Share,
  film: FarmFilm,
  key: string,
  failure: Omit<PieceFailure, "at">,
): Promise<readonly PieceFailure[]> {
  const before = await readRecord(share, film, key);
  const failures = [...before.failures, { ...failure, at: new Date().toISOString() }];
  await writeJson(recordFile(share, film, key), { ...before, failures });
  return failures;
}

/** Forget the failures of a film's pieces, so that they are tried again. */
export async function forgetFailures(share: Share, film: FarmFilm): Promise<void> {
  for (const key of await notedPieces(share, film)) {
    const { done } = await readRecord(share, film, key);
    if (done) await writeJson(recordFile(share, film, key), { done, failures: [] });
    else await rm(recordFile(share, film, key), { force: true });
  }
}

function recordFile(share: Share, film: FarmFilm, key: string): string {
  return filmPath(share, film, "pieces", `${key}.json`);
}

/** The content of a JSON file; undefined where it does not exist, or holds something else. */
export async function readJson<T extends z.ZodType>(
  file: string,
  schema: T,
): Promise<z.infer<T> | undefined> {
  try {
    return schema.safeParse(JSON.parse(await readFile(file, "utf8"))).data;
  } catch {
    return undefined;
  }
}

/** Write a JSON file of the share. Throws `SHARE_UNUSABLE`, `DISK_FULL`. */
export function writeJson(file: string, content: unknown): Promise<void> {
  return writing(file, () => writeShared(`${JSON.stringify(content)}\n`, file));
}
