import type { RenderProgress } from "../pipeline/render.ts";
import { type CommonOptions, duration } from "./output.ts";

/** At most one plain line in this time, where stderr is not a terminal. */
const plainEveryMs = 10_000;

/**
 * Shows how far a render is: one line that is rewritten in a terminal, a plain line now and then in a log,
 * a line of JSON per frame with `--json`, nothing with `--quiet`.
 */
export function progressPrinter({ json, quiet }: CommonOptions): {
  update: (progress: RenderProgress) => void;
  end: () => void;
} {
  const terminal = process.stderr.isTTY === true;
  let last = 0;
  let shown = false;
  const update = (progress: RenderProgress): void => {
    if (quiet) return;
    if (json) {
      process.stderr.write(`${JSON.stringify({ progress })}\n`);
      return;
    }
    const line = describe(progress);
    if (terminal) {
      process.stderr.write(`\r\x1b[K${line}`);
      shown = true;
    } else if (progress.done === progress.total || performance.now() - last > plainEveryMs) {
      last = performance.now();
      process.stderr.write(`${line}\n`);
    }
  };
  return { update, end: () => void (shown && process.stderr.write("\n")) };
}

function describe({ done, total, secondsPerFrame, secondsLeft }: RenderProgress): string {
  const percent = Math.floor((100 * done) / total);
  return `frame ${done}/${total}  ${percent} %  ${secondsPerFrame.toFixed(2)} s/frame  ${duration(secondsLeft)} left`;
}
