/**
 * Pictures of layers and channels. The server dreams those that nobody has seen yet, which takes seconds each. A browser
 * opens few connections to one server, so only two pictures are asked for at once, the newest wish first.
 */
import { type Signal, signal } from "@preact/signals";
import { apiUrl } from "./api-client.ts";

export type TileState = "waiting" | "ready" | "failed";

interface Tile {
  readonly url: string;
  readonly state: Signal<TileState>;
  wanted: boolean;
}

const tiles = new Map<string, Tile>();
const queue: Tile[] = [];
let running = 0;
const most = 2;

export function tileUrl(scene: string, network: string, layer: string, channel?: number): string {
  return apiUrl("atlas", { path: scene, layer, channel, network });
}

/** The state of a tile; it is asked for until `dropTile`. */
export function wantTile(url: string): Signal<TileState> {
  const known = tiles.get(url);
  const tile = known ?? { url, state: signal<TileState>("waiting"), wanted: true };
  tile.wanted = true;
  tiles.set(url, tile);
  if (tile.state.peek() === "waiting" && !queue.includes(tile)) queue.push(tile);
  next();
  return tile.state;
}

/** A tile that left the view before it was asked for need not come. */
export function dropTile(url: string): void {
  const tile = tiles.get(url);
  if (tile) tile.wanted = false;
}

function next(): void {
  while (running < most && queue.length > 0) {
    const tile = queue.pop()!;
    if (!tile.wanted || tile.state.peek() !== "waiting") continue;
    running++;
    void load(tile).finally(() => {
      running--;
      next();
    });
  }
}

async function load(tile: Tile): Promise<void> {
  try {
    const response = await fetch(tile.url, { credentials: "same-origin" });
    // Read whole, so that the picture then comes from the browser's cache.
    await response.blob();
    tile.state.value = response.ok ? "ready" : "failed";
  } catch {
    tile.state.value = "failed";
  }
}
