import type { ColorStatistics, Grader } from "../../flow/color.ts";
import type { FlowEstimator } from "../../flow/optical-flow.ts";
import { SceneCutDetector } from "../../flow/scene-cut.ts";
import type { Frame } from "../../frame.ts";
import type { Cuts, KnownCuts, Segment } from "../cache/known-cuts.ts";

export interface CutFinderOptions {
  /** The first frame that goes into the shot. */
  readonly begin: number;
  /** Whether cuts are looked for, and from which frame on. */
  readonly mayCut: boolean;
  readonly lookFrom: number;
  /** Whether colours are held to those after the last cut. */
  readonly holdsColors: boolean;
  readonly flow: FlowEstimator;
  readonly grader: Grader;
  readonly kept: Pick<KnownCuts, "load" | "save"> | undefined;
}

/** Whether a frame is the first after a cut, and the colours it is held to. */
export interface FrameCut {
  readonly cut: boolean;
  readonly colors: ColorStatistics | undefined;
}

/** Tells the cuts of a shot's source frame by frame: those that are kept are not looked for again. */
export class CutFinder {
  readonly #options: CutFinderOptions;
  readonly #detector: SceneCutDetector | undefined;
  readonly #segments: Segment[];
  readonly #known: Cuts | undefined;
  /** The first frame that the detector is shown. */
  #lookFrom: number;
  #last: number;
  #saved: number;

  private constructor(options: CutFinderOptions, known: Cuts | undefined) {
    this.#options = options;
    this.#detector = options.mayCut ? new SceneCutDetector(options.flow) : undefined;
    this.#known = known;
    this.#segments = [...(known?.segments ?? [])];
    this.#lookFrom = known?.from ?? options.lookFrom;
    this.#last = known?.last ?? Number.NEGATIVE_INFINITY;
    this.#saved = this.#last;
  }

  static async open(options: CutFinderOptions): Promise<CutFinder> {
    return new CutFinder(options, await options.kept?.load());
  }

  /** The first frame whose source has to be read for cuts and colours of the frames `first` to `last`. */
  startFor(first: number, last: number): number {
    const { begin, mayCut, lookFrom, holdsColors } = this.#options;
    if (!mayCut && !holdsColors) return first;
    if (!this.#known) return holdsColors ? begin : Math.min(first, lookFrom);
    if (mayCut && last > this.#known.last) return Math.min(first, this.#known.from);
    // All cuts are known.
    this.#lookFrom = Number.POSITIVE_INFINITY;
    return first;
  }

  /** Look at the source of `frame`; from the first that `startFor` gave on, one after the other. */
  async next(frame: number, source: Frame): Promise<FrameCut> {
    const { begin, holdsColors, grader, mayCut } = this.#options;
    const known = this.#known;
    const isKnown = known !== undefined && (!mayCut || frame <= known.last);
    // What is known prepares the detector for what is not.
    const looks = frame >= this.#lookFrom;
    const found = looks ? ((await this.#detector?.next(source)) ?? false) : false;
    if (!isKnown) {
      if (mayCut || frame === begin) this.#last = frame;
      if (found || frame === begin) {
        const colors = holdsColors ? await grader.measureFrame(source) : undefined;
        this.#segments.push({ first: frame, colors });
      }
    }
    const segment = this.#segments.findLast(({ first }) => first <= frame);
    return { cut: segment?.first === frame && frame > begin, colors: segment?.colors };
  }

  /** Keep what has been found. */
  async save(): Promise<void> {
    const { kept, mayCut, holdsColors } = this.#options;
    if (!kept || (!mayCut && !holdsColors) || this.#last <= this.#saved) return;
    this.#saved = this.#last;
    const from = this.#last - (this.#detector?.span ?? 0) + 1;
    await kept.save({ segments: this.#segments, last: this.#last, from });
  }
}
