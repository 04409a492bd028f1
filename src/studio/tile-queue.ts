/** Pictures that are dreamed one by one while nobody waits for a look: tiles of the layer browser, thumbnails. */
import { DreamError } from "../errors.ts";
import { Refused } from "./answer.ts";

/** Pages ask for the tiles that they show: older ones have been scrolled past. */
const maxTiles = 64;

interface Tile<T> {
  readonly run: (signal: AbortSignal) => Promise<T>;
  readonly resolve: (result: T) => void;
  readonly reject: (error: unknown) => void;
}

/** What a queue is doing. */
interface QueueState {
  /** What is being dreamed. */
  readonly running?: string;
  /** Whether something is in the queue, and waits until a look is done. */
  readonly isHeld: boolean;
  /** Whether something is being dreamed or waits. */
  readonly isBusy: boolean;
}

export class TileQueue {
  /** By what they show, the newest last. */
  readonly #tiles = new Map<string, Tile<never>[]>();
  readonly #holders = new Set<string>();
  readonly #onChange: () => void;
  #running: { readonly key: string; readonly controller: AbortController } | undefined;

  constructor(onChange: () => void = () => {}) {
    this.#onChange = onChange;
  }

  get state(): QueueState {
    const isHeld = this.#tiles.size > 0 && this.#holders.size > 0;
    const isBusy = this.#tiles.size > 0 || this.#running !== undefined;
    return {
      isHeld,
      isBusy,
      ...(this.#running && !isHeld ? { running: this.#running.key } : {}),
    };
  }

  /** Dream a tile; the newest one comes first. One that waits too long fails with `Refused`. Of one key the newest `run` is run. */
  add<T>(key: string, run: Tile<T>["run"]): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const same = this.#tiles.get(key) ?? [];
      this.#tiles.delete(key);
      this.#tiles.set(key, [...same, { run, resolve, reject } as unknown as Tile<never>]);
      this.#dropOldest();
      this.#onChange();
      void this.#next();
    });
  }

  #dropOldest(): void {
    const [oldest] = this.#tiles;
    if (this.#tiles.size > maxTiles && oldest) {
      this.#tiles.delete(oldest[0]);
      const error = new Refused(503, "BUSY", "newer tiles were asked for");
      for (const tile of oldest[1]) tile.reject(error);
    }
  }

  /** Dream no tile until `holder` releases the queue; the one that is being dreamed begins again later. */
  hold(holder: string): void {
    this.#holders.add(holder);
    this.#running?.controller.abort();
    this.#onChange();
  }

  release(holder: string): void {
    if (!this.#holders.delete(holder)) return;
    this.#onChange();
    void this.#next();
  }

  async #next(): Promise<void> {
    while (!this.#running && this.#holders.size === 0) {
      const newest = [...this.#tiles].at(-1);
      if (!newest) return;
      const [key, tiles] = newest;
      this.#tiles.delete(key);
      const controller = new AbortController();
      this.#running = { key, controller };
      this.#onChange();
      try {
        const result = await tiles.at(-1)!.run(controller.signal);
        for (const tile of tiles) tile.resolve(result);
      } catch (error) {
        const held = controller.signal.aborted && error instanceof DreamError;
        if (held) this.#tiles.set(key, [...tiles, ...(this.#tiles.get(key) ?? [])]);
        else for (const tile of tiles) tile.reject(error);
      } finally {
        this.#running = undefined;
        this.#onChange();
      }
    }
  }
}
