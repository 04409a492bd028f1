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
  const strips = (value: string): string[] => stripsOf(b, value, height, width);
  const lab = join(
    b,
    strips(picture).map((strip) => addToOklab(b, strip)),
  );
  const mean = b.op("ReduceMean", [lab, b.ints(2, 3)], { keepdims: 1 });
  const centre = (strip: string): string => b.op("Sub", [strip, mean]);
  const spread = (): string => {
    const sums = strips(lab).map((strip) => {
      const off = centre(strip);
      return b.op("ReduceSum", [b.op("Mul", [off, off]), b.ints(2, 3)], { keepdims: 1 });
    });
    const sum = sums.reduce((total, next) => b.op("Add", [total, next]));
    return b.op("Sqrt", [b.op("Mul", [sum, b.scalar(1 / (height * width))])]);
  };
  if (kind === "measure") {
    b.opNamed("Identity", [mean], {}, "mean").output("mean", perChannel);
    b.opNamed("Identity", [spread()], {}, "spread").output("spread", perChannel);
    return b.build();
  }
  const scale = b.input("scale", perChannel);
  let change = (strip: string): string => b.op("Mul", [strip, scale]);
  if (kind === "match") {
    const own = b.op("Max", [spread(), b.scalar(1e-4)]);
    const gain = b.op("Div", [b.input("spread", perChannel), own]);
    const target = b.input("mean", perChannel);
    change = (strip) =>
      b.op("Mul", [b.op("Add", [b.op("Mul", [centre(strip), gain]), target]), scale]);
  }
  const graded = join(
    b,
    strips(lab).map((strip) => addFromOklab(b, change(strip))),
  );
  b.opNamed("Identity", [graded], {}, "graded").output("graded", planes);
  return b.build();
}

/** Large pictures strip by strip, for work on each pixel by itself makes a dozen pictures on the way. */
function stripsOf(b: GraphBuilder, planes: string, height: number, width: number): string[] {
  if (!isLarge(height, width)) return [planes];
  const rows = Math.ceil(stripPixels / width);
  return Array.from({ length: Math.ceil(height / rows) }, (_, i) => {
    const [first, last] = [i * rows, Math.min(height, (i + 1) * rows)];
    return b.op("Slice", [planes, b.ints(first), b.ints(last), b.ints(2)], {}, "strip");
  });
}

function join(b: GraphBuilder, strips: readonly string[]): string {
  return strips.length === 1 ? strips[0]! : b.op("Concat", strips, { axis: 2 });
}
