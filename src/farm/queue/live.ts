/** The workers that are alive. Redis lets a record end that is not renewed, so no clocks are compared. */
import type { Redis } from "ioredis";
import type { Piece } from "../share/film.ts";
import { type Abilities, prefix } from "./names.ts";

/** A piece that a worker does. */
export interface DoneNow
  extends Pick<Piece, "key" | "kind" | "scene" | "shot" | "from" | "to" | "frames"> {
  /** Id of the film. */
  readonly film: string;
  /** How many scenes the film has. */
  readonly scenes: number;
  /** Frames that this run has finished. */
  readonly done: number;
  /** Seconds since it began. */
  readonly seconds: number;
}

export interface LiveWorker extends Abilities {
  readonly id: string;
  /** Name of the machine. */
  readonly machine: string;
  readonly pid: number;
  /** Of dreamreel. */
  readonly version: string;
  readonly jobs: number;
  readonly threads: number;
  readonly memoryBytes: number;
  /** Free on the disk of the share. */
  readonly freeBytes?: number | undefined;
  /** ISO 8601. */
  readonly started: string;
  readonly state: "ready" | "set aside" | "stopping";
  /** Why it is set aside. */
  readonly why?: string | undefined;
  /** Measured, over its latest pieces. */
  readonly secondsPerMegapixel?: number | undefined;
  /** Measured seconds per frame of its latest films, by their ids. */
  readonly secondsPerFrame: Readonly<Record<string, number>>;
  readonly pieces: readonly DoneNow[];
}

/** Time after which a worker that is not announced again counts as gone, s. */
export const aliveSec = 20;

const setKey = `${prefix}:workers`;
const keyOf = (id: string): string => `${prefix}:worker:${id}`;

/** Tell that a worker is alive, for `aliveSec`. */
export async function announce(redis: Redis, worker: LiveWorker): Promise<void> {
  await redis
    .multi()
    .sadd(setKey, worker.id)
    .set(keyOf(worker.id), JSON.stringify(worker), "EX", aliveSec)
    .exec();
}

/** Tell that a worker ends. */
export async function leave(redis: Redis, id: string): Promise<void> {
  await redis.multi().srem(setKey, id).del(keyOf(id)).exec();
}

/** The workers that are alive, by machine and id. */
export async function liveWorkers(redis: Redis): Promise<LiveWorker[]> {
  const ids = await redis.smembers(setKey);
  if (ids.length === 0) return [];
  const texts = await redis.mget(ids.map(keyOf));
  const gone = ids.filter((_, i) => texts[i] === null);
  if (gone.length > 0) await redis.srem(setKey, ...gone);
  const found = texts.flatMap((text) => (text === null ? [] : [JSON.parse(text) as LiveWorker]));
  return found.sort((a, b) => `${a.machine} ${a.id}`.localeCompare(`${b.machine} ${b.id}`));
}
