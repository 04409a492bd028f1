/** Draws curves over time as SVG. The text uses the built-in bitmap font, because the machine may have no fonts. */
import { drawText, lineHeight } from "./bitmap-font.ts";

export interface Curve {
  readonly name: string;
  /** One value per frame. */
  readonly values: ArrayLike<number>;
}

/** Curves that share a vertical axis. */
export interface Lane {
  readonly name: string;
  readonly curves: readonly Curve[];
  /** Frames to mark, such as keyframes. */
  readonly marks: readonly number[];
}

export interface Chart {
  readonly title: string;
  readonly frames: number;
  readonly fps: number;
  readonly lanes: readonly Lane[];
  /** Frames of beats or bars. */
  readonly beats?: readonly number[];
  /** Sections, such as shots: the first frame, and the length in frames of the cross-fade from the section before. */
  readonly sections: readonly {
    readonly name: string;
    readonly frame: number;
    readonly fade: number;
  }[];
}

const [left, right, top, laneHeight, gap] = [24, 232, 64, 84, 22];
const plotWidth = 960;
const colors = [
  "#ff9f6b",
  "#6bc5ff",
  "#b6e36a",
  "#e58cff",
  "#ffd75e",
  "#7ce8d1",
  "#ff7d92",
  "#a9a4ff",
];
const [paper, ink, faint, beatColor] = ["#101012", "#e4e4e0", "#3a3a40", "#4a3526"];

/** The chart as an SVG document. */
export function drawChart(chart: Chart): string {
  const { frames, fps, lanes, beats = [], sections, title } = chart;
  const height = top + lanes.length * (laneHeight + gap) + 24;
  const width = left + plotWidth + right;
  const bottom = height - 24 - gap;
  const x = (frame: number): number => left + (plotWidth * frame) / Math.max(1, frames - 1);
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">`,
    `<title>${title.replace(/[<>&]/g, " ")}</title>`,
    `<rect width="${width}" height="${height}" fill="${paper}"/>`,
    text(title, left - 4, 6, 2, ink),
  ];
  for (const { name, frame, fade } of sections) {
    const end = x(frame + fade);
    if (fade > 0)
      parts.push(
        `<rect x="${x(frame)}" y="${top}" width="${end - x(frame)}" height="${bottom - top}" fill="${ink}" opacity="0.12"/>`,
      );
    if (frame > 0) parts.push(line(x(frame), top - 8, x(frame), bottom, ink));
    parts.push(text(name, x(frame), top - 34, 1, ink));
  }
  for (const beat of beats) parts.push(line(x(beat), top, x(beat), bottom, beatColor));
  for (const second of ticks(frames / fps)) {
    const at = x(second * fps);
    if (at > left + plotWidth + 0.5) continue;
    parts.push(
      line(at, top, at, bottom, faint),
      text(`${second}s`, at - 2, top - 16, 1, "#9a9a98"),
    );
  }
  for (const [i, lane] of lanes.entries())
    parts.push(drawLane(lane, top + i * (laneHeight + gap), x));
  return `${parts.join("\n")}\n</svg>\n`;
}

function drawLane({ name, curves, marks }: Lane, y: number, x: (frame: number) => number): string {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const { values } of curves) {
    for (let i = 0; i < values.length; i++) {
      low = Math.min(low, values[i]!);
      high = Math.max(high, values[i]!);
    }
  }
  const span = high - low || 1;
  const at = (value: number): number =>
    y + laneHeight - 4 - ((laneHeight - 8) * (value - low)) / span;
  const parts = [
    `<rect x="${left}" y="${y}" width="${plotWidth}" height="${laneHeight}" fill="#ffffff" opacity="0.035"/>`,
    text(name, left + plotWidth + 8, y - 4, 1, ink),
    text(`${format(low)} to ${format(high)}`, left + plotWidth + 8, y + 8, 1, "#9a9a98"),
  ];
  for (const mark of new Set(marks)) {
    parts.push(
      `<path d="M${round(x(mark))} ${y - 1}l5 -7h-10z" fill="${ink}"/>`,
      line(x(mark), y, x(mark), y + laneHeight, "#77777c", "2 3"),
    );
  }
  curves.forEach((curve, i) => {
    const color = colors[i % colors.length]!;
    const points = drawnFrames(curve.values).map(
      (frame) => `${round(x(frame))},${round(at(curve.values[frame]!))}`,
    );
    parts.push(
      `<polyline fill="none" stroke="${color}" stroke-width="1.6" points="${points.join(" ")}"/>`,
    );
    if (curves.length > 1 && i < 5)
      parts.push(text(curve.name, left + plotWidth + 8, y + 22 + 11 * i, 1, color));
  });
  if (curves.length > 5)
    parts.push(
      text(`and ${curves.length - 5} more`, left + plotWidth + 8, y + 22 + 55, 1, "#9a9a98"),
    );
  return parts.join("\n");
}

/**
 * The frames that a curve is drawn through. A short curve uses all frames; a long one uses the minimum and the maximum of
 * each half pixel, so that a peak of a single frame stays visible.
 */
function drawnFrames(values: ArrayLike<number>): number[] {
  const stretches = 2 * plotWidth;
  const all = values.length;
  if (all <= 2 * stretches) return Array.from({ length: all }, (_, frame) => frame);
  const frames = new Set([0]);
  for (let i = 0; i < stretches; i++) {
    const [from, end] = [
      Math.floor((i * all) / stretches),
      Math.floor(((i + 1) * all) / stretches),
    ];
    let [lowest, highest] = [from, from];
    for (let frame = from; frame < end; frame++) {
      if (values[frame]! < values[lowest]!) lowest = frame;
      if (values[frame]! > values[highest]!) highest = frame;
    }
    frames.add(Math.min(lowest, highest)).add(Math.max(lowest, highest));
  }
  return [...frames.add(all - 1)];
}

/** Times in s of at most 13 axis labels, at round intervals. */
function ticks(seconds: number): number[] {
  const steps = [0.1, 0.25, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600];
  const step = steps.find((candidate) => seconds / candidate <= 12) ?? 7200;
  return Array.from({ length: Math.floor(seconds / step) + 1 }, (_, i) =>
    Number((i * step).toFixed(2)),
  );
}

function text(words: string, x: number, y: number, scale: number, color: string): string {
  const { data, width } = drawText(
    words.slice(0, Math.floor(right / 6 / scale) + (scale > 1 ? 80 : 0)),
    scale,
  );
  const runs: string[] = [];
  for (let row = 0; row < lineHeight(scale); row++) {
    for (let from = 0; from < width; from++) {
      if (data[row * width + from] === 0) continue;
      let to = from;
      while (to < width && data[row * width + to] !== 0) to++;
      runs.push(`M${round(x) + from} ${round(y) + row}h${to - from}v1h${from - to}z`);
      from = to;
    }
  }
  return `<path fill="${color}" d="${runs.join("")}"/>`;
}

function line(x1: number, y1: number, x2: number, y2: number, color: string, dash = ""): string {
  const dashes = dash && ` stroke-dasharray="${dash}"`;
  return `<path d="M${round(x1)} ${round(y1)}L${round(x2)} ${round(y2)}" stroke="${color}"${dashes}/>`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function format(value: number): string {
  return String(Number(value.toPrecision(3)));
}
