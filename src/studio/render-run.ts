/** One run of a render, from its start to its end or until it is stopped. */
import type { SceneNow } from "./calls.ts";
import type { DreamProcess } from "./dream-process.ts";
import type { DreamService } from "./dream-service.ts";
import type { EventHub } from "./events.ts";
import { rangeOutput } from "./range-output.ts";
import type { Job } from "./render-job.ts";
import { renderNotice } from "./render-words.ts";

const maxNotices = 20;

export interface RunTools {
  readonly dreams: DreamService;
  readonly hub: EventHub;
  readonly host: DreamProcess;
  /** Keep the list and tell it to the pages. */
  readonly changed: () => void;
  /** Tell the list to the pages. */
  readonly tell: () => void;
}

/** Render what a job asks for, from the saved text. Throws what `renderScene` throws. */
export async function runJob(
  job: Job,
  { dreams, hub, host, changed, tell }: RunTools,
  signal: AbortSignal,
): Promise<void> {
  let now: SceneNow;
  do {
    job.savedMeanwhile = false;
    now = await dreams.sceneNow(job.path);
  } while (job.savedMeanwhile);
  job.text = now.text;
  job.lastFrame = undefined;
  changed();
  const finished = await dreams.films.find(job.path, now);
  const end = finished.frames - 1;
  if (job.range) {
    const [from, to] = job.range;
    job.range = from <= 0 && to >= end ? undefined : [Math.min(from, end), Math.min(to, end)];
  }
  const [first, last] = job.range ?? [0, end];
  job.file = job.range ? rangeOutput(finished.output, job.range) : finished.output;
  const done = new Set<number>();
  for (const [from, to] of finished.ranges)
    for (let i = Math.max(first, from); i <= Math.min(last, to); i++) done.add(i);
  job.frames = last - first + 1;
  job.framesDone = done.size;
  // Frames that were not written yet are made again as they were; a knob that still turns sets no key before.
  const least = job.steered?.includes(now.text) ? (job.next ?? first) : first;
  job.next = Math.min(last, Math.max(least, nextMissing(first, done)));
  // A run that the next edit has already ended leaves the notice to the run after it.
  if (job.edited && !signal.aborted) {
    job.edited = undefined;
    job.notices = [editNotice(first, last, done)];
  }
  changed();
  const part = job.range && {
    frames: job.range,
    // The frames stay with those of the film.
    output: job.file,
    cacheOf: finished.output,
  };
  const call = { ...now, ...part, ...(job.force ? { force: true } : {}) };
  const result = await host.call("render", call, {
    signal,
    onReport(report) {
      if (report.type === "notice") {
        const notice = renderNotice(report.message);
        if (notice === undefined) return;
        job.notices = [...job.notices, notice].slice(-maxNotices);
      } else if (report.type === "frame") {
        tellFrame(report.index, report.name);
      } else {
        job.secondsLeft = report.secondsLeft;
        job.secondsPerFrame = report.secondsPerFrame;
      }
      tell();
    },
  });
  job.frames = result.frames;
  job.framesDone = result.frames;

  function tellFrame(index: number, name: string): void {
    done.add(index);
    job.lastFrame = index;
    job.next = Math.min(last, Math.max(job.next ?? first, nextMissing(index + 1, done)));
    job.framesDone = done.size;
    const url = dreams.films.add(job.path, now.text, index, name);
    hub.send({ type: "frame", path: job.path, frame: index, url });
  }
}

function editNotice(first: number, last: number, done: ReadonlySet<number>): string {
  const next = nextMissing(first, done);
  if (next === first) return "The scene was edited: the render starts again.";
  if (next > last) return "The scene was edited: its frames stay as they are.";
  return `The scene was edited: the render goes on from frame ${next}.`;
}

/** The first frame from `from` on that is not done. */
function nextMissing(from: number, done: ReadonlySet<number>): number {
  let next = from;
  while (done.has(next)) next++;
  return next;
}
