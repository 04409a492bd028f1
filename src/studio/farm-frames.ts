import type { DreamService } from "./dream-service.ts";
import type { EventHub } from "./events.ts";
import type { FilmReport } from "./farm-calls.ts";
import type { FarmJob } from "./farm-job.ts";
import { versionOf } from "./scene-folder.ts";

/** Most frames that are told one by one: a page that misses events is closed. */
const maxTold = 50;

/** Tell the pages of frames in the share, if they are those of the text that the scene has now. */
export async function tellFrames(
  { path, version }: FarmJob,
  made: FilmReport["made"],
  { dreams, hub }: { readonly dreams: DreamService; readonly hub: EventHub },
): Promise<void> {
  const now = await dreams.sceneNow(path).catch(() => undefined);
  if (!now || versionOf(now.text) !== version) return;
  const told = made.map(([frame, file]) => {
    const url = dreams.films.add(path, now.text, frame, file);
    return { type: "frame", path, frame, url } as const;
  });
  if (told.length > maxTold) hub.send({ type: "frames", path });
  else for (const event of told) hub.send(event);
}
