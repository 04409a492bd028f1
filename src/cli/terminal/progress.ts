import { printable } from "../../errors.ts";
import type { RenderProgress } from "../../pipeline/forecast/progress.ts";
import { type CommonOptions, digits, duration } from "./output.ts";

/** Minimum interval between lines if stderr is not a terminal, ms. */
const plainEveryMs = 10_000;

/** Shows progress on stderr. */
export interface ProgressPrinter<T extends readonly unknown[]> {
  readonly update: (...progress: T) => void;
  /** Print a message on its own line. */
  readonly note: (message: string) => void;
  /** End the line of a terminal. */
  readonly end: () => void;
}

/** A progress printer for work that counts units named `noun`; every line begins with `prefix`. */
export function progressPrinter(
  options: CommonOptions,
  noun = "frame",
  prefix = "",
): ProgressPrinter<[RenderProgress]> {
  const line = linePrinter(options);
  return {
    update: (progress) =>
      line.update(
        `${printable(prefix)}${describe(progress, noun)}`,
        progress,
        progress.done === progress.total,
      ),
    note: line.note,
    end: line.end,
  };
}

/** A progress printer for a download, by bytes. */
export function bytesPrinter(options: CommonOptions): ProgressPrinter<[number, number]> {
  const line = linePrinter(options);
  let shown = -1;
  return {
    update: (done, total) => {
      const percent = Math.floor((100 * done) / total);
      // Downloads arrive in thousands of small chunks.
      if (percent === shown) return;
      shown = percent;
      const text = `${(done / 1e6).toFixed(1)} of ${(total / 1e6).toFixed(1)} MB  ${percent} %`;
      line.update(text, { done, total }, done === total);
    },
    note: line.note,
    end: line.end,
  };
}

/**
 * Prints one line that is rewritten in a terminal, occasional lines elsewhere, a line of JSON per update with `--json`, and
 * nothing with `--quiet`.
 */
function linePrinter({ json, quiet }: CommonOptions): {
  update: (text: string, progress: unknown, last: boolean) => void;
  note: (message: string) => void;
  end: () => void;
} {
  const terminal = process.stderr.isTTY === true;
  let before = Number.NEGATIVE_INFINITY;
  let shown = false;
  const update = (text: string, progress: unknown, last: boolean): void => {
    if (quiet) return;
    if (json) {
      process.stderr.write(`${JSON.stringify({ progress })}\n`);
    } else if (terminal) {
      process.stderr.write(`\r\x1b[K${text}`);
      shown = true;
    } else if (last || performance.now() - before > plainEveryMs) {
      before = performance.now();
      process.stderr.write(`${text}\n`);
    }
  };
  const note = (message: string): void => {
    if (quiet) return;
    process.stderr.write(`${shown ? "\r\x1b[K" : ""}note: ${printable(message)}\n`);
    shown = false;
  };
  return { update, note, end: () => void (shown && process.stderr.write("\n")) };
}

function describe(
  { done, total, secondsPerFrame, secondsLeft }: RenderProgress,
  noun: string,
): string {
  const percent = Math.floor((100 * done) / total);
  return `${noun} ${done}/${total}  ${percent} %  ${digits(secondsPerFrame)} s/${noun}  ${duration(secondsLeft)} left`;
}
