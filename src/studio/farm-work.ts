/** What a person does with films on the farm, in the process that talks to it. */
import { changeFilm } from "../farm/change.ts";
import { deliver } from "../farm/deliver.ts";
import { logsOf as filmLogs } from "../farm/film-logs.ts";
import { withFarm } from "../farm/open-farm.ts";
import { cacheOf } from "../farm/pieces/scene-folder.ts";
import { readFilm } from "../farm/share/films.ts";
import { openShare } from "../farm/share/share.ts";
import { submit } from "../farm/submit.ts";
import { guardOutput } from "../pipeline/recipe/guard-output.ts";
import { parseScene } from "../scene/parse.ts";
import type { FarmLog } from "./api-farm.ts";
import type { DeliverCall, FarmCalls, FilmCall, SubmitCall, SubmitDone } from "./farm-calls.ts";

/** Logs that are shown: the newest, and the end of each. */
const [maxLogs, maxCharacters] = [20, 100_000];

/** Put a scene into the farm. Throws what `submit` throws, `OUTPUT_EXISTS` if its output could not be delivered. */
export async function submitNow(
  { place, file, text, output, force }: SubmitCall,
  signal: AbortSignal,
): Promise<SubmitDone> {
  const scene = parseScene(text, { path: file });
  if (!force) await guardOutput(output, scene, {});
  const notices: string[] = [];
  return withFarm(place, async (farm) => {
    const onNotice = (notice: string): void => void notices.push(notice);
    const options = { deliver: [output], onNotice, signal };
    const { film, chains, frames } = await submit(farm, [scene], options);
    for (const { shot, frames: own } of chains)
      notices.push(
        `Shot ${shot + 1} feeds back: its ${own} frames are dreamed one after the other, by one worker at a time.`,
      );
    const cache = cacheOf(farm.share, film, 0);
    return { film: film.id, cache, frames, notices };
  });
}

/** Throws what `changeFilm` throws. */
export async function changeNow({
  place,
  film,
  change,
}: FarmCalls["change"]["request"]): Promise<null> {
  await withFarm(place, (farm) => changeFilm(farm, film, change));
  return null;
}

/** The logs of failed pieces, or of all where none failed. The farm's Redis is not needed. */
export async function logsOf({ place, film: id }: FilmCall): Promise<FarmLog[]> {
  const share = await openShare(place.share, { readOnly: true });
  const film = await readFilm(share, id);
  const logs = await filmLogs(share, film);
  return logs.slice(-maxLogs).map(({ name, text }) => ({ name, text: text.slice(-maxCharacters) }));
}

/**
 * Copy the output of a finished film to where a local render would have put it. Throws `OUTPUT_EXISTS` as a render does, what
 * `deliver` throws.
 */
export async function deliverNow({
  place,
  film: id,
  file,
  output,
  force,
}: DeliverCall): Promise<null> {
  const share = await openShare(place.share, { readOnly: true });
  const film = await readFilm(share, id);
  if (!force) await guardOutput(output, { path: file }, {});
  await deliver(share, film, [output], true);
  return null;
}
