import type { Border } from "../choices.ts";
import { GraphBuilder } from "../graph/builder.ts";
import { floatTensor, type Graph } from "../graph/graph.ts";
import type { DeviceTensor } from "../runtime/device-tensor.ts";
import type { Engine } from "../runtime/engine.ts";
import { PictureGraphs } from "../runtime/picture-graphs.ts";
import { sizeOf } from "../runtime/pictures.ts";
import type { Scope } from "../runtime/scope.ts";
import type { Carried } from "./feedback.ts";
import { matchDetail } from "./match-detail.ts";
import type { Path } from "./paths.ts";
import { gridStep, pixelGrid } from "./plane-ops.ts";
import { insidePicture, sampleSharply } from "./warp.ts";

/** A dreamed frame, and where each pixel of the frame between comes from in it. */
export interface Neighbour extends Carried {
  readonly path: Path;
  /** The share of the dream in its output, `[1, 1, h, w]`, if that is not all. */
  readonly share?: DeviceTensor;
}

/** The frame between. */
export interface Middle {
  readonly source: DeviceTensor;
  /** The share of the dream in it, if that is not all; the neighbours have theirs then. */
  readonly share?: DeviceTensor;
  /** Time from the dreamed frame before to the one after, 0..1. */
  readonly at: number;
  /** Share of the source that does not move with the dream, 0..1: with 0, dreamed pictures are mixed. */
  readonly ownSource: number;
  readonly border: Border;
}

/** Weight of what neither neighbour shows well. */
const leastTrust = 0.02;
/** Share of the dream in a neighbour below which nothing is known of it there. */
const leastShare = 0.05;
/** Smallest and largest factor on detail: of dreams alone, and with a source, whose own sharpness may change. */
const gains = { dream: [0.8, 1.6], source: [0.9, 1.3] } as const;

/** Makes frames between two dreamed ones; one compiled graph per picture size and kind. */
export class Between {
  readonly #graphs: PictureGraphs;

  constructor(engine: Engine) {
    this.#graphs = new PictureGraphs(engine);
  }

  /**
   * A frame between two dreamed ones. Each dreamed picture, less `ownSource` of its source, is moved to this frame in
   * one resampling; the two are mixed by time and by how far each pixel can be trusted, and `ownSource` of this
   * frame's source is added. What a matte keeps of the source is taken out before and put back after. The result gets
   * the detail that the two have: else every n-th frame would look sharper than the others.
   */
  async mix(
    scope: Scope,
    before: Neighbour,
    after: Neighbour,
    { source, share, at, ownSource, border }: Middle,
  ): Promise<DeviceTensor> {
    const size = sizeOf(source);
    const kind: BetweenKind = {
      own: ownSource > 0,
      shared: share !== undefined,
      border,
      rated: before.path.reliable !== undefined,
    };
    const session = await this.#graphs.get(size, JSON.stringify(kind), () =>
      betweenGraph(size.height, size.width, kind),
    );
    const { mixed } = await session.run(scope, {
      at: floatTensor([], [at]),
      ...(kind.own ? { ownSource: floatTensor([], [ownSource]) } : {}),
      ...(kind.own || share ? { source } : {}),
      ...(share ? { share } : {}),
      ...feedsOf("before", before, kind),
      ...feedsOf("after", after, kind),
    });
    return mixed!;
  }

  async dispose(): Promise<void> {
    await this.#graphs.dispose();
  }
}

interface BetweenKind {
  readonly own: boolean;
  /** Whether the dream has a share of the output only. */
  readonly shared: boolean;
  readonly border: Border;
  /** Whether the paths say how far they can be trusted. */
  readonly rated: boolean;
}

type Name = "before" | "after";

function feedsOf(
  name: Name,
  { output, source, share, path }: Neighbour,
  { own, shared, rated }: BetweenKind,
): Record<string, DeviceTensor> {
  return {
    [name]: output,
    [`${name}To`]: path.to,
    ...(own || shared ? { [`${name}Source`]: source } : {}),
    ...(shared ? { [`${name}Share`]: share! } : {}),
    ...(rated ? { [`${name}Reliable`]: path.reliable! } : {}),
  };
}

interface Side {
  readonly output: string;
  readonly picture: string;
  readonly weight: string;
  readonly time: string;
}

function betweenGraph(h: number, w: number, { own, shared, border, rated }: BetweenKind): Graph {
  const b = new GraphBuilder();
  const plane = (name: string, channels: number): string => b.input(name, [1, channels, h, w]);
  const times = (x: string, y: string): string => b.op("Mul", [x, y]);
  const rest = (x: string): string => b.op("Sub", [b.scalar(1), x]);
  const grid = b.constant(floatTensor([1, h, w, 2], pixelGrid(h, w)));
  const ownSource = own ? b.input("ownSource", []) : b.scalar(0);
  const at = b.input("at", []);
  const side = (name: Name, time: string): Side => {
    const output = plane(name, 3);
    let moving = output;
    if (own || shared) {
      const share = shared ? plane(`${name}Share`, 1) : undefined;
      // Output = source + share × (dream − source), of which share × (dream − ownSource × source) moves.
      const standing = share ? b.op("Add", [rest(share), times(share, ownSource)]) : ownSource;
      moving = b.op("Sub", [output, times(plane(`${name}Source`, 3), standing)]);
      if (share) moving = b.op("Concat", [moving, share], { axis: 1 });
    }
    const place = b.op("Add", [grid, gridStep(b, plane(`${name}To`, 2), h, w)]);
    const edges = { border, height: h, width: w };
    const picture = sampleSharply(b, moving, place, own || shared ? [-1, 1] : [0, 1], edges);
    const inside = insidePicture(b, place, h, w);
    const trust = rated ? times(inside, plane(`${name}Reliable`, 1)) : inside;
    const weight = times(b.op("Add", [trust, b.scalar(leastTrust)]), time);
    return { output, picture, weight, time };
  };
  const sides = [side("before", rest(at)), side("after", at)] as const;
  const [first, second] = sides.map(({ picture, weight }) => times(picture, weight));
  const weights = b.op("Add", [sides[0].weight, sides[1].weight]);
  let mixed = b.op("Div", [b.op("Add", [first!, second!]), weights]);
  if (shared) {
    const source = plane("source", 3);
    const part = (from: number, to: number): string =>
      b.op("Slice", [mixed, b.ints(from), b.ints(to), b.ints(1)]);
    const seen = part(3, 4);
    const dream = b.op("Div", [part(0, 3), b.op("Max", [seen, b.scalar(leastShare)])]);
    const known = b.op("Clip", [
      b.op("Div", [seen, b.scalar(leastShare)]),
      b.scalar(0),
      b.scalar(1),
    ]);
    const added = b.op("Sub", [dream, times(source, rest(ownSource))]);
    mixed = b.op("Add", [source, times(times(plane("share", 1), known), added)]);
  } else if (own) mixed = b.op("Add", [mixed, times(plane("source", 3), ownSource)]);
  const range = own || shared ? gains.source : gains.dream;
  const detailed = matchDetail(b, mixed, sides, range);
  b.opNamed("Identity", [detailed], {}, "mixed").output("mixed", [1, 3, h, w]);
  return b.build();
}
