/** A render in the list, and how the pages see it. */

import type { ApiError } from "./api.ts";
import type { Render } from "./api-render.ts";
import { keptJobs } from "./kept-jobs.ts";

export interface Job {
  readonly id: string;
  path: string;
  /** Frames to render, inclusive; absent for the whole film. */
  range?: readonly [number, number] | undefined;
  readonly force?: boolean;
  state: Render["state"];
  framesDone: number;
  frames: number;
  notices: string[];
  secondsLeft?: number | undefined;
  secondsPerFrame?: number | undefined;
  error?: ApiError | undefined;
  /** Where it is rendered to, once that is known. */
  file?: string | undefined;
  /** The text that is being rendered. */
  text?: string | undefined;
  /** Last frame that was finished. */
  lastFrame?: number | undefined;
  /** The frame that is being dreamed; while an edit starts the run again, the one that was. */
  next?: number | undefined;
  /** The two newest texts of steering: they change nothing before `next`. */
  steered?: readonly string[] | undefined;
  /** Whether the scene was saved while its text was being read. */
  savedMeanwhile?: boolean | undefined;
  /** Whether a saved edit has ended the run before. */
  edited?: boolean | undefined;
}

export function hasEnded({ state }: Job): boolean {
  return state === "done" || state === "failed";
}

/** Whether a job renders these frames of this scene. */
export function isOf(job: Job, path: string, range: Job["range"]): boolean {
  return job.path === path && String(job.range ?? "") === String(range ?? "");
}

/** A list that was kept. What was under way when the studio ended waits. */
export function jobsIn(text: string): Job[] {
  return keptJobs<Job>(text).map((job) => ({
    ...job,
    state: job.state === "rendering" ? "waiting" : job.state,
  }));
}

/** Jobs as the pages see them: the one that runs, those that wait, those that have ended. */
export function rendersOf(jobs: readonly Job[], waitsFor: Render["waitsFor"]): Render[] {
  const order = { rendering: 0, waiting: 1, paused: 1, done: 2, failed: 2 };
  return jobs.map((job) => renderOf(job, waitsFor)).sort((a, b) => order[a.state] - order[b.state]);
}

function renderOf(job: Job, waitsFor: Render["waitsFor"]): Render {
  const { id, path, range, state, framesDone, frames, secondsLeft, secondsPerFrame } = job;
  const reason = state === "rendering" ? (waitsFor ?? startOf(job.lastFrame)) : undefined;
  return {
    ...{ id, path, range, state, framesDone, frames, secondsLeft, secondsPerFrame },
    ...{ error: job.error, file: job.file, notices: [...job.notices] },
    ...(reason === undefined ? {} : { waitsFor: reason }),
    ...(state === "done" ? { output: `/api/output?${queryOf(job)}` } : {}),
  };
}

function startOf(lastFrame: number | undefined): Render["waitsFor"] {
  return lastFrame === undefined ? "network" : undefined;
}

function queryOf({ path, range }: Pick<Job, "path" | "range">): string {
  return String(new URLSearchParams({ path, ...(range ? { frames: range.join("-") } : {}) }));
}
