import { GraphBuilder } from "../graph/builder.ts";
import { floatTensor, type Graph } from "../graph/graph.ts";
import type { DeviceTensor } from "../runtime/device-tensor.ts";
import type { Engine } from "../runtime/engine.ts";
import { PictureGraphs } from "../runtime/picture-graphs.ts";
import { sizeOf } from "../runtime/pictures.ts";
import type { Scope } from "../runtime/scope.ts";

/** A picture whose brightness is the share of each pixel in a mix. */
export interface Matte {
  /** `[1, 3, H, W]`. */
  readonly picture: DeviceTensor;
  readonly invert: boolean;
  /** Influence of the matte, 0..1; at 0 the share of every pixel is 1. */
  readonly strength: number;
}

/** Mixes pictures on an engine. Keeps one compiled graph per picture size, with and without a matte. */
export class Mixer {
  readonly #graphs: PictureGraphs;

  constructor(engine: Engine) {
    this.#graphs = new PictureGraphs(engine);
  }

  /**
   * `a + (b − a) × amount`, with `amount` 0..1 multiplied by the share of each pixel if there is a matte. `a` and `b` are
   * `[1, 3, H, W]`. For `amount` 0, and for 1 without a matte, the result is the operand itself.
   */
  async mix(
    scope: Scope,
    a: DeviceTensor,
    b: DeviceTensor,
    amount: number,
    matte?: Matte,
  ): Promise<DeviceTensor> {
    if (amount === 0) return a;
    if (amount === 1 && !matte) return b;
    const size = sizeOf(a);
    const session = await this.#graphs.get(size, matte ? "with matte" : "whole", () =>
      mixGraph(size.height, size.width, matte !== undefined),
    );
    const results = await session.run(scope, {
      a,
      b,
      amount: floatTensor([], [amount]),
      ...(matte && matteFeeds(matte)),
    });
    return results.mixed!;
  }

  async dispose(): Promise<void> {
    await this.#graphs.dispose();
  }
}

function mixGraph(height: number, width: number, withMatte: boolean): Graph {
  const b = new GraphBuilder();
  const planes = [1, 3, height, width];
  const [from, to] = [b.input("a", planes), b.input("b", planes)];
  let share = b.input("amount", []);
  if (withMatte) {
    const luma = b.constant(floatTensor([1, 3, 1, 1], [0.299, 0.587, 0.114]));
    const light = b.op("Conv", [b.input("matte", planes), luma]);
    const scaled = b.op("Mul", [light, b.input("slope", [])]);
    share = b.op("Mul", [b.op("Add", [scaled, b.input("offset", [])]), share]);
  }
  const step = b.op("Mul", [b.op("Sub", [to, from]), share]);
  b.output(b.op("Add", [from, step], {}, "mixed"), planes);
  return b.build();
}

/** Share = 1 − strength × (1 − light), or inverted 1 − strength × light, as offset + slope × light. */
function matteFeeds({
  picture,
  invert,
  strength,
}: Matte): Record<"matte" | "slope" | "offset", DeviceTensor | ReturnType<typeof floatTensor>> {
  return {
    matte: picture,
    slope: floatTensor([], [invert ? -strength : strength]),
    offset: floatTensor([], [invert ? 1 : 1 - strength]),
  };
}
