import type { Frame } from "../frame.ts";
import { GraphBuilder } from "../graph/builder.ts";
import { floatTensor, type Graph } from "../graph/graph.ts";
import {
  type DeviceSession,
  type DeviceTensor,
  type Engine,
  type Feed,
  isLarge,
} from "../runtime/engine.ts";
import { sizeOf, uploadFrame } from "../runtime/pictures.ts";
import { type Scope, scoped } from "../runtime/scope.ts";
import { SessionCache } from "../runtime/session-cache.ts";
import { addFromOklab, addToOklab } from "./oklab.ts";

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
const stripPixels = 500_000;

type Kind = "measure" | "match" | "saturate";

/** Measures and holds colours on an engine; one compiled graph per picture size and kind of work. */
export class Grader {
  readonly #engine: Engine;
  readonly #sessions = new SessionCache<DeviceSession>();

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** Measure a picture's colours. */
  async measure(scope: Scope, picture: DeviceTensor): Promise<ColorTensors<DeviceTensor>> {
    const session = await this.#session(picture, "measure");
    const { mean, spread } = await session.run(scope, { picture });
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
    const session = await this.#session(picture, target ? "match" : "saturate");
    const scale = floatTensor([1, 3, 1, 1], [1, saturation, saturation]);
    return (await session.run(scope, { picture, scale, ...target })).graded!;
  }

  async dispose(): Promise<void> {
    await this.#sessions.dispose();
  }

  #session(picture: DeviceTensor, kind: Kind): Promise<DeviceSession> {
    const { height, width } = sizeOf(picture);
    return this.#sessions.get(`${kind} ${height}x${width}`, () =>
      this.#engine.loadOnDevice(colorGraph(height, width, kind), { lean: isLarge(height, width) }),
    );
  }
}

/** What `Grader.grade` holds pictures to. */
export function colorTarget({ mean, spread }: ColorStatistics): ColorTensors {
  const tensor = (values: readonly number[]): Feed => floatTensor([1, 3, 1, 1], values);
  return { mean: tensor(mean), spread: tensor(spread) };
}

function colorGraph(height: number, width: number, kind: Kind): Graph {
  const b = new GraphBuilder();
  const planes = [1, 3, height, width];
  const perChannel = [1, 3, 1, 1];
  const picture = b.input("picture", planes);
  const lab = inStrips(b, picture, height, width, (strip) => addToOklab(b, strip));
  if (kind === "measure") {
    const { mean, spread } = addStatistics(b, lab);
    b.opNamed("Identity", [mean], {}, "mean").output("mean", perChannel);
    b.opNamed("Identity", [spread], {}, "spread").output("spread", perChannel);
    return b.build();
  }
  let scaled: string;
  const scale = b.input("scale", perChannel);
  if (kind === "match") {
    const { centred, spread } = addStatistics(b, lab);
    const gain = b.op("Div", [
      b.input("spread", perChannel),
      b.op("Max", [spread, b.scalar(1e-4)]),
    ]);
    const mean = b.input("mean", perChannel);
    const matched = b.op("Add", [b.op("Mul", [centred, gain]), mean]);
    scaled = b.op("Mul", [matched, scale]);
  } else {
    scaled = b.op("Mul", [lab, scale]);
  }
  const graded = inStrips(b, scaled, height, width, (strip) => addFromOklab(b, strip));
  b.opNamed("Identity", [graded], {}, "graded").output("graded", planes);
  return b.build();
}

/** Work on each pixel by itself: of large pictures strip by strip, for it makes a dozen pictures on the way. */
function inStrips(
  b: GraphBuilder,
  planes: string,
  height: number,
  width: number,
  work: (strip: string) => string,
): string {
  if (!isLarge(height, width)) return work(planes);
  const rows = Math.ceil(stripPixels / width);
  const strips = Array.from({ length: Math.ceil(height / rows) }, (_, i) => {
    const [first, last] = [i * rows, Math.min(height, (i + 1) * rows)];
    return work(b.op("Slice", [planes, b.ints(first), b.ints(last), b.ints(2)], {}, "strip"));
  });
  return b.op("Concat", strips, { axis: 2 });
}

function addStatistics(
  b: GraphBuilder,
  lab: string,
): { mean: string; spread: string; centred: string } {
  const average = (x: string): string => b.op("ReduceMean", [x, b.ints(2, 3)], { keepdims: 1 });
  const mean = average(lab);
  const centred = b.op("Sub", [lab, mean]);
  const spread = b.op("Sqrt", [average(b.op("Mul", [centred, centred]))]);
  return { mean, spread, centred };
}
