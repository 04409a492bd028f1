/** The scenes of the folder. */
import { signal } from "@preact/signals";
import type { SceneEntry, StudioInfo } from "../../src/studio/api.ts";
import { get } from "./api-client.ts";
import { onEvent, onReconnect } from "./connection.ts";
import { Newest } from "./newest.ts";
import { tellFailure } from "./toasts.ts";

/** Undefined until the first answer. */
export const scenes = signal<readonly SceneEntry[] | undefined>(undefined);
export const studio = signal<StudioInfo | undefined>(undefined);

let timer: ReturnType<typeof setTimeout> | undefined;

const listed = new Newest();

export async function refreshScenes(): Promise<void> {
  try {
    const now = await listed.of(() => get<readonly SceneEntry[]>("scenes"));
    if (now) scenes.value = now;
  } catch (error) {
    tellFailure(error);
  }
}

/** Refresh once for many changes that follow each other. */
function refreshSoon(): void {
  clearTimeout(timer);
  timer = setTimeout(refreshScenes, 300);
}

export async function startScenes(): Promise<void> {
  onEvent("file", refreshSoon);
  onEvent("thumbnail", refreshSoon);
  onEvent("media", refreshSoon);
  onEvent("render", refreshSoon);
  onReconnect(refreshSoon);
  const [info] = await Promise.all([get<StudioInfo>("studio"), refreshScenes()]);
  studio.value = info;
}
