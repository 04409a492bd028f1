import type { Frame } from "../frame.ts";
import { floatTensor, intTensor } from "../graph/graph.ts";
import type { DeviceTensor } from "../runtime/device-tensor.ts";
import type { Engine, Feed } from "../runtime/engine.ts";
import { PictureGraphs } from "../runtime/picture-graphs.ts";
import { sizeOf, uploadFrame } from "../runtime/pictures.ts";
import { type Scope, scoped } from "../runtime/scope.ts";
import { type ColorWork, colorGraph, joinGraph } from "./color-graph.ts";

/** Mean and standard deviation of each OKLab channel: lightness, green–red, blue–yellow. */
export interface ColorStatistics {
  readonly mean: readonly number[];
  readonly spread: readonly number[];
}

/** `ColorStatistics` as tensors `[1, 3, 1, 1]`. */
export interface ColorTensors<T extends Feed = Feed> {
  readonly mean: T;
  readonly spread: T;
}

/** A picture whose chroma replaces a share, 0..1, of the graded picture's chroma. */
export interface OriginalColors {
  readonly source: DeviceTensor;
  readonly share: number;
}

/** Maximum pixels of a picture that is processed as a whole; at 1280×720 px that would take 310 MB. */
const wholePixels = 500_000;
/** Approximate pixels per strip of a larger picture. */
const largeStrip = 125_000;

/** Measures and matches colours on an engine. Keeps one compiled graph per picture size and kind of work. */
export class Grader {
  readonly #engine: Engine;
  readonly #graphs: PictureGraphs;
  readonly #strip: number | undefined;

  /** `strip` is the approximate number of pixels per strip; by default only large pictures are processed in strips. */
  constructor(engine: Engine, strip?: number) {
    this.#engine = engine;
    this.#graphs = new PictureGraphs(engine);
    this.#strip = strip;
  }

  /** Measure the colours of a picture `[1, 3, H, W]`. The tensors belong to `scope`. */
  async measure(scope: Scope, picture: DeviceTensor): Promise<ColorTensors<DeviceTensor>> {
    return this.#survey(scope, picture, "measure");
  }

  /** Measure the colours of a frame. */
  async measureFrame(frame: Frame): Promise<ColorStatistics> {
    return scoped(async (scope) => {
      const picture = await uploadFrame(this.#engine, scope, frame);
      const { mean, spread } = await this.measure(scope, picture);
      return { mean: [...(await mean.read())], spread: [...(await spread.read())] };
    });
  }

  /**
   * Match `picture` `[1, 3, H, W]` to the mean and spread of `target`, then interpolate its chroma towards that of
   * `original`, a picture of the same size, then scale its chroma by `saturation`, ≥ 0. If none of these changes anything,
   * the picture itself is returned. Source: Reinhard et al. 2001, "Color transfer between images", here in OKLab.
   */
  async grade(
    scope: Scope,
    picture: DeviceTensor,
    target: ColorTensors | undefined,
    saturation: number,
    original?: OriginalColors,
  ): Promise<DeviceTensor> {
    const keep = original?.share ?? 0;
    if (!target && saturation === 1 && keep === 0) return picture;
    const work = target ? "match" : "saturate";
    const source: Readonly<Record<string, Feed>> =
      original && keep > 0
        ? { source: original.source, keep: floatTensor([1, 3, 1, 1], [0, keep, keep]) }
        : {};
    const scale = floatTensor([1, 3, 1, 1], [1, saturation, saturation]);
    return scope.within(async (inner) => {
      const strips = this.#stripsOf(picture);
      // Convert to OKLab only once, because that is half of the work.
      const whole =
        target && strips.length > 1 ? await this.#survey(inner, picture, "convert") : undefined;
      const own = whole && { ownMean: whole.mean, ownSpread: whole.spread };
      const graded: DeviceTensor[] = [];
      for (const [i, strip] of strips.entries()) {
        const lab = whole?.lab[i];
        const feeds = { scale, ...target, ...own, ...source, ...(lab && { lab }) };
        graded.push((await this.#run(inner, work, picture, strip, feeds)).graded!);
        if (lab) inner.drop(lab);
      }
      return graded.length === 1 ? graded[0]! : this.#join(inner, picture, graded);
    });
  }

  async dispose(): Promise<void> {
    await this.#graphs.dispose();
  }

  /** The statistics of a picture, and for `convert` the OKLab values of each strip. */
  async #survey(
    scope: Scope,
    picture: DeviceTensor,
    work: "measure" | "convert",
  ): Promise<ColorTensors<DeviceTensor> & { readonly lab: readonly DeviceTensor[] }> {
    let { mean, spread }: Partial<Record<string, DeviceTensor>> = {};
    const converted: DeviceTensor[] = [];
    for (const strip of this.#stripsOf(picture)) {
      const above = { meanAbove: mean ?? zeros, spreadAbove: spread ?? zeros };
      const share = floatTensor([], [(strip.end - strip.first) / strip.end]);
      const results = await this.#run(scope, work, picture, strip, { ...above, share });
      ({ mean, spread } = results);
      if (results.lab) converted.push(results.lab);
    }
    return { mean: mean!, spread: spread!, lab: converted };
  }

  /** Split a picture into strips, because the graphs need about a dozen intermediate pictures. */
  #stripsOf(picture: DeviceTensor): Strip[] {
    const { height, width } = sizeOf(picture);
    const pixels =
      this.#strip ?? (height * width > wholePixels ? largeStrip : Number.POSITIVE_INFINITY);
    const rows = Math.min(height, Math.ceil(pixels / width));
    return Array.from({ length: Math.ceil(height / rows) }, (_, i) => ({
      first: i * rows,
      end: Math.min(height, (i + 1) * rows),
    }));
  }

  async #run(
    scope: Scope,
    work: ColorWork,
    picture: DeviceTensor,
    { first, end }: Strip,
    feeds: Readonly<Record<string, Feed>>,
  ): Promise<Readonly<Record<string, DeviceTensor>>> {
    const size = sizeOf(picture);
    const keeps = "source" in feeds;
    const kind = `${work} ${end - first}${keeps ? " keep" : ""}`;
    const session = await this.#graphs.get(size, kind, () =>
      colorGraph(size.height, size.width, end - first, work, keeps),
    );
    const rows = { first: intTensor([first]), end: intTensor([end]) };
    return session.run(scope, { picture, ...rows, ...feeds });
  }

  /** Concatenate the strips of `picture`. */
  async #join(
    scope: Scope,
    picture: DeviceTensor,
    strips: readonly DeviceTensor[],
  ): Promise<DeviceTensor> {
    const session = await this.#graphs.get(sizeOf(picture), "join", () =>
      joinGraph(
        strips.map((strip) => strip.dims),
        picture.dims,
      ),
    );
    const feeds = Object.fromEntries(strips.map((strip, i) => [`strip${i}`, strip]));
    return (await session.run(scope, feeds)).joined!;
  }
}

const zeros = floatTensor([1, 3, 1, 1]);

/** A range of rows; `end` is exclusive. */
interface Strip {
  readonly first: number;
  readonly end: number;
}

/** Colour statistics as a target for `Grader.grade`. */
export function colorTarget({ mean, spread }: ColorStatistics): ColorTensors {
  const tensor = (values: readonly number[]): Feed => floatTensor([1, 3, 1, 1], values);
  return { mean: tensor(mean), spread: tensor(spread) };
}
