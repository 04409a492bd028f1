/** What a worker tells of itself: in Redis while it lives, and in the share for later. */
import { hostname, totalmem } from "node:os";
import { join } from "node:path";
import { freeBytes } from "../../disk/free-space.ts";
import { version } from "../../package.ts";
import type { DoneNow, LiveWorker } from "../queue/live.ts";
import type { FarmFilm, Piece } from "../share/film.ts";
import { writeJson } from "../share/films.ts";
import type { Share } from "../share/share.ts";
import type { EngineFacts } from "./calls.ts";

/** Films whose speed is kept. */
const maxFilms = 20;

export interface SelfOptions {
  /** Name of the machine; default: its host name. */
  readonly machine?: string | undefined;
  readonly tags: readonly string[];
  readonly jobs: number;
  /** Of each job. */
  readonly threads: number;
}

export interface Doing {
  /** So many frames were finished before. */
  found(frames: number): void;
  /** A frame is finished. */
  frame(): void;
  /** The piece has ended; the time counts for the worker's speed if it was not stopped. */
  end(whole: boolean): void;
}

export class WorkerSelf {
  readonly id: string;
  readonly machine: string;
  state: LiveWorker["state"] = "ready";
  why: string | undefined;
  /** Called when it begins or ends a piece. */
  onChange: (() => void) | undefined;
  readonly #share: Share;
  readonly #options: SelfOptions;
  readonly #facts: EngineFacts;
  readonly #started: string = new Date().toISOString();
  readonly #doing = new Map<
    string,
    { readonly piece: DoneNow; readonly began: number; found: number; done: number }
  >();
  readonly #secondsPerFrame = new Map<string, number>();
  #secondsPerMegapixel: number | undefined;

  constructor(share: Share, facts: EngineFacts, options: SelfOptions) {
    this.#share = share;
    this.#facts = facts;
    this.#options = options;
    this.machine = cleanName(options.machine ?? hostname());
    this.id = `${this.machine}-${process.pid}`;
  }

  /** Note the begin of a piece. */
  begin(film: FarmFilm, { key, kind, scene, shot, from, to, frames }: Piece): Doing {
    const piece: DoneNow = {
      ...{ film: film.id, scenes: film.scenes.length, key, kind, scene, shot, from, to, frames },
      ...{ done: 0, seconds: 0 },
    };
    const entry = { piece, began: performance.now(), found: 0, done: 0 };
    this.#doing.set(key, entry);
    this.onChange?.();
    return {
      found: (stored) => {
        entry.found = stored;
      },
      frame: () => {
        entry.done++;
      },
      end: (whole) => {
        this.#doing.delete(key);
        if (whole && entry.done > 0 && kind === "frames")
          this.#measure(film, scene, (performance.now() - entry.began) / 1000 / entry.done);
        this.onChange?.();
      },
    };
  }

  #measure(film: FarmFilm, scene: number, seconds: number): void {
    this.#secondsPerFrame.delete(film.id);
    this.#secondsPerFrame.set(film.id, seconds);
    const [oldest] = this.#secondsPerFrame.keys();
    if (this.#secondsPerFrame.size > maxFilms) this.#secondsPerFrame.delete(oldest!);
    const { width, height } = film.scenes[scene]!.size;
    const own = seconds / ((width * height) / 1e6);
    this.#secondsPerMegapixel = ((this.#secondsPerMegapixel ?? own) + own) / 2;
  }

  async describe(): Promise<LiveWorker> {
    const { tags, jobs, threads } = this.#options;
    const now = performance.now();
    return {
      ...this.#facts,
      ...{ id: this.id, machine: this.machine, pid: process.pid, version: version() },
      ...{ tags, jobs, threads, memoryBytes: totalmem() },
      freeBytes: await freeBytes(this.#share.path),
      started: this.#started,
      state: this.state,
      why: this.why,
      secondsPerMegapixel: this.#secondsPerMegapixel,
      secondsPerFrame: Object.fromEntries(this.#secondsPerFrame),
      pieces: [...this.#doing.values()].map(({ piece, began, found, done }) => ({
        ...piece,
        done: found + done,
        seconds: (now - began) / 1000,
      })),
    };
  }

  /** Keep what is known of this worker in the share. Throws `SHARE_UNUSABLE`, `DISK_FULL`. */
  async keep(): Promise<void> {
    const record = { ...(await this.describe()), at: new Date().toISOString() };
    await writeJson(join(this.#share.root, "workers", `${this.id}.json`), record);
  }
}

/** A machine's name as part of file names and ids. */
function cleanName(name: string): string {
  return name.replaceAll(/[^a-z0-9-]+/gi, "-").slice(0, 60) || "worker";
}
