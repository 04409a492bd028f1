import { GraphBuilder } from "../graph/builder.ts";
import { floatTensor, type Graph } from "../graph/graph.ts";
import type { DeviceTensor } from "../runtime/device-tensor.ts";
import type { Engine } from "../runtime/engine.ts";
import { PictureGraphs } from "../runtime/picture-graphs.ts";
import type { Scope } from "../runtime/scope.ts";
import { type Homography, isIdentity } from "./motion.ts";
import { gridStep, pixelGrid } from "./plane-ops.ts";
import { addReliability } from "./reliability.ts";
import {
  followFlow,
  type Movement,
  mapFeeds,
  moved,
  movementOf,
  samplePositions,
  sampleSmoothly,
} from "./warp.ts";

/** Where each pixel of a picture comes from in another one. */
export interface Path {
  /** Displacement in px, x then y, `[1, 2, h, w]`. */
  readonly to: DeviceTensor;
  /** How far it can be trusted, 0..1, `[1, 1, h, w]`; absent where nothing can hide anything. */
  readonly reliable?: DeviceTensor;
}

/** What moves from one frame to the next: the flow of the source, if it moves, then the motion. */
export interface Move {
  readonly map: Homography;
  readonly forward?: DeviceTensor;
  readonly backward?: DeviceTensor;
  /** Of `backward`. */
  readonly reliable?: DeviceTensor;
}

/** Adds up what moves from frame to frame, so that a picture is carried over several frames in one resampling. */
export class Paths {
  readonly #graphs: PictureGraphs;

  constructor(engine: Engine) {
    this.#graphs = new PictureGraphs(engine);
  }

  /** The path of `map` alone. */
  async ofMap(scope: Scope, map: Homography, height: number, width: number): Promise<Path> {
    const movement = movementOf(map, true);
    const graph = (): Graph => mapGraph(height, width, movement);
    const session = await this.#graphs.get({ height, width }, `map ${movement}`, graph);
    const { to } = await session.run(scope, mapFeeds(map, height, width));
    return { to: to! };
  }

  /** From the frame that `move` leads to back over the frame before it, and from there along `path`. */
  async back(scope: Scope, move: Move, path: Path | undefined, size: Size): Promise<Path> {
    const flow = { flow: move.backward!, trust: move.reliable! };
    return this.#add(scope, "back", move.map, flow, path, size);
  }

  /** From the frame that `move` starts at to the next one, and from there along `path`. `inverse`: of the map. */
  async forth(
    scope: Scope,
    move: Move,
    inverse: Homography,
    path: Path | undefined,
    size: Size,
  ): Promise<Path> {
    const flow = { flow: move.forward!, back: move.backward! };
    return this.#add(scope, "forth", inverse, flow, path, size);
  }

  async #add(
    scope: Scope,
    way: Way,
    map: Homography,
    flow: Readonly<Record<string, DeviceTensor>>,
    path: Path | undefined,
    { height, width }: Size,
  ): Promise<Path> {
    const moves = !isIdentity(map);
    const kind: AddKind = { way, movement: movementOf(map, moves), further: path !== undefined };
    const session = await this.#graphs.get({ height, width }, JSON.stringify(kind), () =>
      addGraph(height, width, kind),
    );
    const results = await session.run(scope, {
      ...flow,
      ...(moves ? mapFeeds(map, height, width) : {}),
      ...(path ? { path: path.to, before: path.reliable! } : {}),
    });
    return { to: results.to!, reliable: results.reliable! };
  }

  async dispose(): Promise<void> {
    await this.#graphs.dispose();
  }
}

interface Size {
  readonly height: number;
  readonly width: number;
}

type Way = "back" | "forth";

interface AddKind {
  readonly way: Way;
  readonly movement: Movement;
  /** Whether there is a path to go on along. */
  readonly further: boolean;
}

function mapGraph(h: number, w: number, movement: Movement): Graph {
  const b = new GraphBuilder();
  const at = samplePositions(b, h, w, movement);
  b.output(displacement(b, at, h, w, "to"), [1, 2, h, w]);
  return b.build();
}

function addGraph(h: number, w: number, { way, movement, further }: AddKind): Graph {
  const b = new GraphBuilder();
  const plane = (name: string, channels: number): string => b.input(name, [1, channels, h, w]);
  let at: string;
  let trust: string;
  if (way === "back") {
    // The motion comes after the flow: from a pixel back through the map, then along the flow found there.
    const here = samplePositions(b, h, w, movement);
    const placed = (planes: string): string =>
      movement === "none" ? planes : sampleSmoothly(b, planes, here);
    at = followFlow(b, here, placed(plane("flow", 2)), h, w);
    trust = placed(plane("trust", 1));
  } else {
    const forward = plane("flow", 2);
    trust = addReliability(b, plane("back", 2), forward, h, w);
    const grid = b.constant(floatTensor([1, h, w, 2], pixelGrid(h, w)));
    const flowed = b.op("Add", [grid, gridStep(b, forward, h, w)]);
    at = moved(b, flowed, movement);
  }
  let end = at;
  if (further) {
    end = b.op("Add", [at, gridStep(b, sampleSmoothly(b, plane("path", 2), at), h, w)]);
    trust = b.op("Mul", [trust, sampleSmoothly(b, plane("before", 1), at)]);
  }
  b.output(displacement(b, end, h, w, "to"), [1, 2, h, w]);
  b.opNamed("Identity", [trust], {}, "reliable").output("reliable", [1, 1, h, w]);
  return b.build();
}

/** Positions `[1, h, w, 2]` as px from each pixel's own, `[1, 2, h, w]`. */
function displacement(b: GraphBuilder, at: string, h: number, w: number, name: string): string {
  const grid = b.constant(floatTensor([1, h, w, 2], pixelGrid(h, w)));
  const px = b.constant(floatTensor([2], [w / 2, h / 2]));
  const step = b.op("Mul", [b.op("Sub", [at, grid]), px]);
  return b.op("Transpose", [step], { perm: [0, 3, 1, 2] }, name);
}
