import { GraphBuilder } from "../graph/builder.ts";
import { floatTensor, type Graph } from "../graph/graph.ts";
import { addLight } from "../graph/light.ts";
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

interface Size {
  readonly height: number;
  readonly width: number;
}

/** Mixes pictures on an engine. */
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

  /** The share `[1, 1, H, W]` that `mix` takes of `b` at each pixel. */
  async share(
    scope: Scope,
    { height, width }: Size,
    amount: number,
    matte?: Matte,
  ): Promise<DeviceTensor> {
    const session = await this.#graphs.get({ height, width }, matte ? "share" : "even share", () =>
      shareGraph(height, width, matte !== undefined),
    );
    const feeds = matte ? matteFeeds(matte) : {};
    const { share } = await session.run(scope, { amount: floatTensor([], [amount]), ...feeds });
    return share!;
  }

  async dispose(): Promise<void> {
    await this.#graphs.dispose();
  }
}

function mixGraph(height: number, width: number, withMatte: boolean): Graph {
  const b = new GraphBuilder();
  const planes = [1, 3, height, width];
  const [from, to] = [b.input("a", planes), b.input("b", planes)];
  const share = shareOf(b, planes, withMatte);
  const step = b.op("Mul", [b.op("Sub", [to, from]), share]);
  b.output(b.op("Add", [from, step], {}, "mixed"), planes);
  return b.build();
}

function shareGraph(height: number, width: number, withMatte: boolean): Graph {
  const b = new GraphBuilder();
  const share = shareOf(b, [1, 3, height, width], withMatte);
  const even = b.constant(floatTensor([1, 1, height, width], new Float32Array(height * width)));
  b.opNamed("Add", [share, even], {}, "share").output("share", [1, 1, height, width]);
  return b.build();
}

function shareOf(b: GraphBuilder, planes: readonly number[], withMatte: boolean): string {
  const share = b.input("amount", []);
  if (!withMatte) return share;
  const light = addLight(b, b.input("matte", planes));
  const scaled = b.op("Mul", [light, b.input("slope", [])]);
  return b.op("Mul", [b.op("Add", [scaled, b.input("offset", [])]), share]);
}

/** Share = 1 − strength × (1 − light), or of light inverted 1 − strength × light: offset + slope × light. */
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
