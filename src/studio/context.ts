import type { DreamService } from "./dream-service.ts";
import type { EventHub } from "./events.ts";
import type { FarmRenders } from "./farm-renders.ts";
import type { RenderQueue } from "./render-queue.ts";
import type { SceneFolder } from "./scene-folder.ts";
import type { Thumbnails } from "./thumbnails.ts";

/** What the requests of one studio share. */
export interface StudioContext {
  readonly folder: SceneFolder;
  readonly hub: EventHub;
  readonly dreams: DreamService;
  readonly renders: RenderQueue;
  /** Where one is named. */
  readonly farm: FarmRenders | undefined;
  readonly thumbnails: Thumbnails;
  /** Largest upload. */
  readonly maxUploadBytes: number;
}
