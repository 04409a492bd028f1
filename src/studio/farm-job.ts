/** A film on the farm as the studio keeps it, and how the pages see it. */
import type { FilmStatus } from "../farm/status.ts";
import type { ApiError } from "./api.ts";
import type { FarmNow, FarmState } from "./api-farm.ts";
import type { Render } from "./api-render.ts";
import { keptJobs } from "./kept-jobs.ts";

export interface FarmJob {
  readonly id: string;
  path: string;
  /** Of the text that was given to the farm. */
  version: string;
  /** Replace an output that this scene did not make. */
  force: boolean;
  state: FarmState;
  /** Id of the film, once it is in the share. */
  film?: string | undefined;
  /** Render caches in the share with frames of the scene: its own, and those of earlier texts. Absolute. */
  caches: readonly string[];
  /** Whether its output is in the share. */
  made?: boolean | undefined;
  /** Where the output goes on this machine. */
  file?: string | undefined;
  frames: FilmStatus["frames"];
  secondsLeft?: number | undefined;
  why?: string | undefined;
  failures: FilmStatus["failures"];
  notices: readonly string[];
  error?: ApiError | undefined;
  /** Whether the scene has another text by now. */
  edited?: boolean | undefined;
}

export const noFrames: FilmStatus["frames"] = {
  ...{ total: 0, done: 0, dreaming: 0, waiting: 0, failed: 0 },
};

/** Whether nothing more happens by itself. */
export function hasEnded({ state }: FarmJob): boolean {
  return state === "finished" || state === "failed" || state === "cancelled";
}

/** A list that was kept. What was under way on this machine when the studio ended is begun again. */
export function farmJobsIn(text: string): FarmJob[] {
  return keptJobs<FarmJob>(text).map((job) =>
    job.state === "delivering" ? { ...job, state: "writing" } : job,
  );
}

const editedNotice =
  "The scene has been edited since. The farm makes the film as it was; render it on the farm again for the new one.";

/** As the pages see it. */
export function renderOf(job: FarmJob): Render {
  const { id, path, state, frames, secondsLeft, error, file, notices, film, why, failures } = job;
  const own = job.edited && !hasEnded(job) ? [...notices, editedNotice] : [...notices];
  return {
    ...{ id, path, state: wordOf(state), framesDone: frames.done, frames: frames.total },
    ...(secondsLeft === undefined ? {} : { secondsLeft }),
    ...(error === undefined ? {} : { error }),
    ...(file === undefined ? {} : { file }),
    ...(state === "finished" ? { output: `/api/output?${new URLSearchParams({ path })}` } : {}),
    notices: own,
    farm: {
      ...(film === undefined ? {} : { film }),
      ...(why === undefined ? {} : { why }),
      ...{ state, dreaming: frames.dreaming, failed: frames.failed, failures },
    },
  };
}

function wordOf(state: FarmState): Render["state"] {
  switch (state) {
    case "finished":
      return "done";
    case "paused":
      return "paused";
    case "failed":
    case "cancelled":
      return "failed";
    case "waiting":
    case "submitting":
      return "waiting";
    default:
      return "rendering";
  }
}

/** The farm, with the scenes of the films that its workers dream. */
export function withPaths(farm: FarmNow, jobs: readonly FarmJob[]): FarmNow {
  const paths = new Map(jobs.map(({ film, path }) => [film, path]));
  const workers = farm.workers.map((worker) => ({
    ...worker,
    pieces: worker.pieces.map((piece) => {
      const path = paths.get(piece.film);
      return path === undefined ? piece : { ...piece, path };
    }),
  }));
  return { ...farm, workers };
}
