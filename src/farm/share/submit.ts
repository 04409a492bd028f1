import type { EngineChoice } from "../../choices.ts";
import type { Scene } from "../../scene/scene.ts";
import type { FarmFilm } from "./film.ts";
import type { Share } from "./share.ts";

export interface SubmitOptions {
  /** Default: the name of the first scene's file. */
  readonly name?: string;
  readonly preview?: boolean;
  /** Default: each scene's own; `auto` is what this machine would take. */
  readonly engine?: EngineChoice;
  readonly priority?: number;
  readonly tags?: readonly string[];
  /** Where the submitter wants the outputs, in the order of the scenes. Default: the scenes' own outputs. */
  readonly deliver?: readonly string[];
  /** Seconds that a worker needs for a frame of a megapixel, if measured: pieces take about two minutes. */
  readonly secondsPerMegapixel?: number;
  readonly onNotice?: (message: string) => void;
  readonly signal?: AbortSignal;
}

/**
 * Check the scenes, copy what they name into the share and write the film's manifest. The same film again returns the
 * film that exists. Throws the errors of `prepareRender`, `SOURCE_CHANGED`, `SHARE_UNUSABLE`, `DISK_FULL`.
 */
export async function submitFilm(
  share: Share,
  scenes: readonly Scene[],
  options: SubmitOptions = {},
): Promise<FarmFilm> {
  throw new Error(`to come: ${share.path} ${scenes.length} ${options.name}`);
}
