/**
 * Names of the queues. A worker only looks into queues whose pieces it can do: pieces of its engine and version, with a tag
 * that it has or without one, and of chains that are pinned to its fingerprint or to none.
 */
import type { EngineName } from "../../choices.ts";
import { DreamError } from "../../errors.ts";
import type { FarmFilm, Piece } from "../share/film.ts";

/** Before every key in Redis. */
export const prefix = "dreamreel";

/** What a machine can compute. */
export interface Abilities {
  readonly engine: EngineName;
  /** Versions that frames' keys depend on. */
  readonly keysVersion: number;
  readonly runtime: string;
  readonly fingerprint: string;
  readonly tags: readonly string[];
}

/** The queue of a piece; `fingerprint` is what its chain is pinned to. */
export function queueOf(
  film: Pick<FarmFilm, "keysVersion" | "runtime" | "tags" | "scenes">,
  { scene }: Pick<Piece, "scene">,
  fingerprint?: string,
): string {
  const { keysVersion, runtime, tags } = film;
  return nameOf({ engine: film.scenes[scene]!.engine, keysVersion, runtime }, tags[0], fingerprint);
}

/** The queues that a worker takes pieces from. */
export function queuesFor({ fingerprint, tags, ...version }: Abilities): string[] {
  return [...tags, undefined].flatMap((tag) => [
    nameOf(version, tag, fingerprint),
    nameOf(version, tag),
  ]);
}

/** Whether a worker can do pieces of a film's scene, as far as engine, versions and tags say. */
export function canDo(
  { engine, keysVersion, runtime, tags }: Omit<Abilities, "fingerprint">,
  film: Pick<FarmFilm, "keysVersion" | "runtime" | "tags" | "scenes">,
  scene: number,
): boolean {
  return (
    engine === film.scenes[scene]!.engine &&
    keysVersion === film.keysVersion &&
    runtime === film.runtime &&
    film.tags.every((tag) => tags.includes(tag))
  );
}

function nameOf(
  { engine, keysVersion, runtime }: Pick<Abilities, "engine" | "keysVersion" | "runtime">,
  tag: string | undefined,
  fingerprint?: string,
): string {
  const parts = [engine, keysVersion, runtime, ...(tag === undefined ? [] : [tag])].join("_");
  return fingerprint === undefined ? parts : `${parts}@${fingerprint}`;
}

/** Tags from `gpu,big`. Throws `USAGE`. */
export function parseTags(text: string): string[] {
  const tags = text.split(",").map((tag) => tag.trim());
  for (const tag of tags)
    if (!/^[a-z0-9-]{1,32}$/i.test(tag))
      throw new DreamError("USAGE", `--tags ${text}: "${tag}" is not a tag`, {
        hint: "A tag has 1 to 32 letters, digits and dashes; several are separated by commas.",
      });
  return [...new Set(tags)];
}

/** Priorities of films; higher is sooner. */
export const priorities = { min: -100, max: 100, normal: 0 } as const;

/**
 * BullMQ's priority of a piece; lower is sooner. Pieces of a chain go before others of the same film: the chain takes the
 * longest.
 */
export function orderOf({ priority }: Pick<FarmFilm, "priority">, { chain }: Piece): number {
  return 2 * (1 + priorities.max - priority) - (chain === undefined ? 0 : 1);
}
