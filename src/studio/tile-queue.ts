/** Tiles of the layer browser, dreamed one by one while nobody waits for a look. */
import { DreamError } from "../errors.ts";
import { Refused } from "./answer.ts";
import type { AtlasResult } from "./calls.ts";

/** Pages ask for the tiles that they show: older ones have been scrolled past. */
const maxTiles = 64;

interface Tile {
  readonly run: (signal: AbortSignal) => Promise<AtlasResult>;
  readonly resolve: (result: AtlasResult) => void;
  readonly reject: (error: unknown) => void;
}

export class TileQueue {
  /** By what they show, the newest last. */
  readonly #tiles = new Map<string, Tile[]>();
  readonly #holders = new Set<string>();
  #running: AbortController | undefined;

  /** Add a tile. The newest one is dreamed first; one that waits too long fails with `Refused`. */
  add(key: string, run: Tile["run"], resolve: Tile["resolve"], reject: Tile["reject"]): void {
    const same = this.#tiles.get(key) ?? [];
    this.#tiles.delete(key);
    this.#tiles.set(key, [...same, { run, resolve, reject }]);
    const [oldest] = this.#tiles;
    if (this.#tiles.size > maxTiles && oldest) {
      this.#tiles.delete(oldest[0]);
      const error = new Refused(503, "BUSY", "newer tiles were asked for");
      for (const tile of oldest[1]) tile.reject(error);
    }
    void this.#next();
  }

  /** Dream no tile until `holder` releases the queue; the one that is being dreamed begins again later. */
  hold(holder: string): void {
    this.#holders.add(holder);
    this.#running?.abort();
  }

  release(holder: string): void {
    if (this.#holders.delete(holder)) void this.#next();
  }

  async #next(): Promise<void> {
    while (!this.#running && this.#holders.size === 0) {
      const newest = [...this.#tiles].at(-1);
      if (!newest) return;
      const [key, tiles] = newest;
      this.#tiles.delete(key);
      const controller = new AbortController();
      this.#running = controller;
      try {
        const result = await tiles[0]!.run(controller.signal);
        for (const tile of tiles) tile.resolve(result);
      } catch (error) {
        const held = controller.signal.aborted && error instanceof DreamError;
        if (held) this.#tiles.set(key, [...tiles, ...(this.#tiles.get(key) ?? [])]);
        else for (const tile of tiles) tile.reject(error);
      } finally {
        this.#running = undefined;
      }
    }
  }
}
