import type { Frame } from "../frame.ts";
import { floatTensor, intTensor } from "../graph/graph.ts";
import { type DeviceTensor, type Engine, type Feed, isLarge } from "../runtime/engine.ts";
import { PictureGraphs } from "../runtime/picture-graphs.ts";
import { sizeOf, uploadFrame } from "../runtime/pictures.ts";
import { type Scope, scoped } from "../runtime/scope.ts";
import { type ColorWork, colorGraph, joinGraph } from "./color-graph.ts";

/** Mean and spread of each OKLab channel: lightness, green–red, blue–yellow. */
export interface ColorStatistics {
  readonly mean: readonly number[];
  readonly spread: readonly number[];
}

/** The same as tensors `[1, 3, 1, 1]`. */
export interface ColorTensors<T extends Feed = Feed> {
  readonly mean: T;
  readonly spread: T;
}

/** Pixels of a strip, about. */
const stripPixels = 125_000;

/** Measures and holds colours on an engine; one compiled graph per picture size and kind of work. */
export class Grader {
  readonly #engine: Engine;
  readonly #graphs: PictureGraphs;

  constructor(engine: Engine) {
    this.#engine = engine;
    this.#graphs = new PictureGraphs(engine);
  }

  /** Measure a picture's colours. */
  async measure(scope: Scope, picture: DeviceTensor): Promise<ColorTensors<DeviceTensor>> {
    let { mean, spread }: Partial<Record<string, DeviceTensor>> = {};
    for (const strip of stripsOf(picture)) {
      const above = { meanAbove: mean ?? zeros, spreadAbove: spread ?? zeros };
      const share = floatTensor([], [(strip.end - strip.first) / strip.end]);
      ({ mean, spread } = await this.#run(scope, "measure", picture, strip, { ...above, share }));
    }
    return { mean: mean!, spread: spread! };
  }

  /** Measure a frame's colours. */
  async measureFrame(frame: Frame): Promise<ColorStatistics> {
    return scoped(async (scope) => {
      const picture = await uploadFrame(this.#engine, scope, frame);
      const { mean, spread } = await this.measure(scope, picture);
      return { mean: [...(await mean.read())], spread: [...(await spread.read())] };
    });
  }

  /**
   * Hold `picture` to the mean and spread of `target` (Reinhard et al. 2001, in OKLab) and scale its chroma by
   * `saturation`. Without a target and at saturation 1 the picture itself is returned.
   */
  async grade(
    scope: Scope,
    picture: DeviceTensor,
    target: ColorTensors | undefined,
    saturation: number,
  ): Promise<DeviceTensor> {
    if (!target && saturation === 1) return picture;
    const work = target ? "match" : "saturate";
    const scale = floatTensor([1, 3, 1, 1], [1, saturation, saturation]);
    return scope.within(async (inner) => {
      const strips = stripsOf(picture);
      const known = target && strips.length > 1 ? await this.measure(inner, picture) : undefined;
      const own = known && { ownMean: known.mean, ownSpread: known.spread };
      const feeds = { scale, ...target, ...own };
      const graded: DeviceTensor[] = [];
      for (const strip of strips)
        graded.push((await this.#run(inner, work, picture, strip, feeds)).graded!);
      return graded.length === 1 ? graded[0]! : this.#join(inner, picture, graded);
    });
  }

  async dispose(): Promise<void> {
    await this.#graphs.dispose();
  }

  async #run(
    scope: Scope,
    work: ColorWork,
    picture: DeviceTensor,
    { first, end }: Strip,
    feeds: Readonly<Record<string, Feed>>,
  ): Promise<Readonly<Record<string, DeviceTensor>>> {
    const size = sizeOf(picture);
    const session = await this.#graphs.get(size, `${work} ${end - first}`, () =>
      colorGraph(size.height, size.width, end - first, work),
    );
    const rows = { first: intTensor([first]), end: intTensor([end]) };
    return session.run(scope, { picture, ...rows, ...feeds });
  }

  /** Strips of `picture`, from the first to the last, as one picture again. */
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

/** Rows of a picture, `end` excluded. */
interface Strip {
  readonly first: number;
  readonly end: number;
}

/** Large pictures in strips, for work on each pixel by itself makes a dozen pictures on the way; others as a whole. */
function stripsOf(picture: DeviceTensor): Strip[] {
  const { height, width } = sizeOf(picture);
  const rows = isLarge(height, width) ? Math.ceil(stripPixels / width) : height;
  return Array.from({ length: Math.ceil(height / rows) }, (_, i) => ({
    first: i * rows,
    end: Math.min(height, (i + 1) * rows),
  }));
}

/** What `Grader.grade` holds pictures to. */
export function colorTarget({ mean, spread }: ColorStatistics): ColorTensors {
  const tensor = (values: readonly number[]): Feed => floatTensor([1, 3, 1, 1], values);
  return { mean: tensor(mean), spread: tensor(spread) };
}
