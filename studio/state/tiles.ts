/** What of the layer browser's pictures is dreamed, and what the server is at. */
import { signal } from "@preact/signals";
import type { Tiles, TilesState } from "../../src/studio/api-events.ts";
import { get } from "./api-client.ts";
import { onEvent, onReconnect } from "./connection.ts";
import { tellFailure } from "./toasts.ts";

export const tilesState = signal<TilesState>({ isHeld: false });
/** Names of the layers and channels whose pictures are there. */
export const dreamed = signal<ReadonlySet<string>>(new Set());

let scene: string | undefined;

/** Ask what is dreamed of a scene's network. */
export async function askTiles(path: string): Promise<void> {
  scene = path;
  try {
    const { dreamed: names, ...state } = await get<Tiles>("tiles", { path });
    if (scene !== path) return;
    dreamed.value = new Set(names);
    tilesState.value = state;
  } catch (error) {
    tellFailure(error);
  }
}

export function addDreamed(name: string): void {
  if (!dreamed.peek().has(name)) dreamed.value = new Set(dreamed.peek()).add(name);
}

export function startTiles(): void {
  onEvent("tiles", ({ type: _, ...state }) => {
    tilesState.value = state;
  });
  onReconnect(() => {
    if (scene !== undefined) void askTiles(scene);
  });
}
