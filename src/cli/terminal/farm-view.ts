/** How the farm looks in a terminal of 80 columns or more, and as plain lines elsewhere. */
import { printable } from "../../errors.ts";
import type { LiveWorker } from "../../farm/queue/live.ts";
import type { FarmStatus, FilmStatus } from "../../farm/status.ts";
import { pieceWords } from "../../farm/worker/piece-words.ts";
import { digits, duration, table } from "./output.ts";

export interface View {
  /** Columns. */
  readonly width: number;
  /** Whether bars and colours are drawn; else there is a line for each film. */
  readonly drawn: boolean;
}

/** The view for a terminal as it is now. One that does not tell its size has 80 columns. */
export function viewOf(
  { columns, isTTY }: { readonly columns?: number; readonly isTTY?: boolean },
  env: NodeJS.ProcessEnv = process.env,
): View {
  return {
    width: Math.min(Math.max(40, columns || 80), 100),
    drawn: isTTY === true && !env.NO_COLOR,
  };
}

type Color = "green" | "yellow" | "red" | "dim" | "bold";
const codes = { green: 32, yellow: 33, red: 31, dim: 2, bold: 1 } as const;
const stateColors: Partial<Record<FilmStatus["state"], Color>> = {
  finished: "green",
  dreaming: "yellow",
  writing: "yellow",
  failed: "red",
  cancelled: "dim",
  paused: "dim",
};

/** Most films that go on, and that have ended, which are shown. */
const [openShown, endedShown] = [12, 5];

/** The films that go on, the earliest first, then those that have ended, the latest first, and the workers. */
export function farmView({ films, workers }: FarmStatus, view: View): string {
  const ended = films.filter(hasEnded).sort((a, b) => b.submitted.localeCompare(a.submitted));
  const open = films.filter((film) => !hasEnded(film));
  const order = [...open.slice(0, openShown), ...ended.slice(0, endedShown)];
  const rest = restWords(open.length - openShown, ended.length - endedShown);
  if (!view.drawn) return plainView(order, workers, rest);
  const blocks = order.map((film) => filmBlock(film, view));
  if (rest !== undefined) blocks.push([paint("dim", rest)]);
  if (films.length === 0) blocks.push(['no films; "dreamreel farm submit film.yaml" adds one']);
  blocks.push(
    workers.length === 0
      ? [paint("dim", 'no worker runs; start one with "dreamreel farm worker"')]
      : workerRows(workers).map((row) => clip(row, view.width)),
  );
  return blocks.map((lines) => lines.join("\n")).join("\n\n");
}

/** What is said of films that are not shown. */
function restWords(moreOpen: number, moreEnded: number): string | undefined {
  const parts = [
    moreOpen > 0 && `${moreOpen} more go on`,
    moreEnded > 0 && `${moreEnded} more have ended`,
  ].filter(Boolean);
  if (parts.length === 0) return undefined;
  return `${parts.join(" and ")}; "dreamreel farm status --json" lists all films`;
}

function hasEnded({ state }: FilmStatus): boolean {
  return state === "finished" || state === "cancelled";
}

function plainView(
  films: readonly FilmStatus[],
  workers: readonly LiveWorker[],
  rest: string | undefined,
): string {
  const rows = films.map((film) => {
    const { total, done, dreaming, waiting, failed } = film.frames;
    return [
      film.id,
      film.state,
      `${done}/${total} frames`,
      percent(film),
      `${dreaming} dreaming`,
      `${waiting} waiting`,
      `${failed} failed`,
      leftWords(film),
      film.why ?? "",
    ];
  });
  const lines = rows.length === 0 ? ["no films"] : [table(rows)];
  if (rest !== undefined) lines.push(rest);
  const count = `${workers.length} worker${workers.length === 1 ? "" : "s"}`;
  return printable([...lines, [count, ...workerRows(workers)].join("\n")].join("\n"));
}

/** One film: its name and state, its bar, its frames, and what is to be known. */
function filmBlock(film: FilmStatus, { width }: View): string[] {
  const { id, state, frames, why, failures, outputs } = film;
  const right = [state, leftWords(film)].filter(Boolean).join(", ");
  const gap = " ".repeat(Math.max(2, width - id.length - right.length));
  const share = percent(film).padStart(6);
  const lines = [
    `${paint("bold", printable(id))}${gap}${paint(stateColors[state], right)}`,
    `${bar(frames, width - share.length)}${share}`,
    `${frames.done} of ${frames.total} frames${part(frames.dreaming, "dreaming")}${part(frames.waiting, "waiting")}${part(frames.failed, "failed")}`,
  ];
  if (why !== undefined) lines.push(clip(printable(why), width));
  if (state === "failed" || failures.length > 0)
    for (const { worker, message } of failures.slice(0, 3))
      lines.push(paint("red", clip(printable(`${worker}: ${message.split("\n")[0]}`), width)));
  if (state === "failed") lines.push(`"dreamreel farm logs ${printable(id)}" shows why`);
  if (state === "finished") lines.push(...outputs.map((file) => paint("dim", printable(file))));
  return lines;
}

/** Done, dreaming, failed and waiting frames as parts of a bar. Parts that exist are seen. */
export function bar(
  { total, done, dreaming, failed }: FilmStatus["frames"],
  width: number,
): string {
  const cells = (frames: number): number =>
    total === 0 || frames === 0 ? 0 : Math.max(1, Math.floor((width * frames) / total));
  const doneCells = done === total ? width : Math.min(cells(done), width - 1);
  const dreamCells = Math.min(cells(dreaming), width - doneCells);
  const failCells = Math.min(cells(failed), width - doneCells - dreamCells);
  const rest = width - doneCells - dreamCells - failCells;
  return (
    paint("green", "█".repeat(doneCells)) +
    paint("yellow", "▓".repeat(dreamCells)) +
    paint("red", "▒".repeat(failCells)) +
    paint("dim", "░".repeat(rest))
  );
}

/** A line for each job of each worker. `details` tells what the machine is. */
export function workerRows(
  workers: readonly LiveWorker[],
  { details = false }: { readonly details?: boolean } = {},
): string[] {
  const rows = workers.flatMap((worker) => {
    const { id, engine, pieces, state, why, tags, jobs, threads, version, fingerprint } = worker;
    const facts = details
      ? [
          `${jobs} x ${threads} threads`,
          `dreamreel ${version}`,
          fingerprint,
          tags.join(",") || "no tags",
        ]
      : [];
    if (state !== "ready")
      return [[id, engine, ...facts, "", "", `${state}${why ? `: ${why}` : ""}`]];
    if (pieces.length === 0) return [[id, engine, ...facts, "", "", "idle"]];
    return pieces.map((piece) => [
      id,
      engine,
      ...facts,
      piece.frames > 0 ? `${piece.done}/${piece.frames}` : "",
      piece.done > 0 ? `${digits(piece.seconds / piece.done)} s/frame` : "",
      `${piece.film}, ${pieceWords(piece, piece.scenes).replace(/frames (\d+) to /, "$1..")}`,
    ]);
  });
  return rows.length === 0 ? [] : printable(table(rows)).split("\n");
}

function percent({ frames: { total, done } }: FilmStatus): string {
  return total === 0 ? "" : `${Math.floor((100 * done) / total)} %`;
}

function leftWords({ secondsLeft, state }: FilmStatus): string {
  const goesOn = state === "dreaming" || state === "waiting";
  return goesOn && secondsLeft !== undefined && secondsLeft > 0
    ? `about ${duration(secondsLeft)} left`
    : "";
}

function part(frames: number, word: string): string {
  return frames === 0 ? "" : `, ${frames} ${word}`;
}

function clip(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, width - 1)}…`;
}

function paint(color: Color | undefined, text: string): string {
  return color === undefined || text === "" ? text : `\x1b[${codes[color]}m${text}\x1b[0m`;
}
