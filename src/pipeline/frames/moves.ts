/** What moves over the frames since a dreamed one, and the paths that carry pictures over them. */
import { followedBy, type Homography, inverseOf, motionHomography } from "../../flow/motion.ts";
import type { FlowEstimator } from "../../flow/optical-flow.ts";
import type { Move, Path, Paths } from "../../flow/paths.ts";
import type { Frame } from "../../frame.ts";
import type { KeptFrames } from "../../runtime/pictures.ts";
import type { Scope } from "../../runtime/scope.ts";
import type { FrameParameters } from "../../scene/resolve.ts";

/** A frame that follows another one. */
export interface Passed {
  readonly source: Frame;
  readonly parameters: FrameParameters;
}

export interface MoveTools {
  readonly flow: FlowEstimator;
  readonly paths: Paths;
  readonly fps: number;
}

/**
 * The moves from the frame with the source `from` to each of `passed`, in order. They have flow if the source moves
 * anywhere among them and its flow is followed.
 */
export async function movesOf(
  scope: Scope,
  from: Frame,
  passed: readonly Passed[],
  { flow, fps }: MoveTools,
  kept: KeptFrames,
): Promise<Move[]> {
  const { height, width } = from;
  const sources = [from, ...passed.map(({ source }) => source)];
  // A still source has no flow and no occlusion.
  const flows =
    passed[0]!.parameters.feedback.warp === "flow" && sources.some((one) => one !== from);
  const moves: Move[] = [];
  for (const [i, { source, parameters }] of passed.entries()) {
    const map = motionHomography(parameters.motion, fps, height, width);
    const both = flows
      ? await flow.estimateOn(scope, await kept.get(sources[i]!), await kept.get(source))
      : {};
    moves.push({ map, ...both });
  }
  return moves;
}

/** All maps in a row, as one. */
export function mapOf(moves: readonly Move[]): Homography {
  return moves.map(({ map }) => map).reduce(followedBy);
}

/** Whether moves have flow. */
export function haveFlow(moves: readonly Move[]): boolean {
  return moves.some(({ backward }) => backward !== undefined);
}

/** From the frame that the last of `moves` leads to, back to the frame before the first. */
export async function pathBack(
  scope: Scope,
  moves: readonly Move[],
  paths: Paths,
  size: { readonly height: number; readonly width: number },
): Promise<Path> {
  if (!haveFlow(moves)) return paths.ofMap(scope, mapOf(moves), size.height, size.width);
  let path: Path | undefined;
  for (const move of moves) path = await paths.back(scope, move, path, size);
  return path!;
}

/** From the frame before the first of `moves` to the one that the last leads to. */
export async function pathForth(
  scope: Scope,
  moves: readonly Move[],
  paths: Paths,
  size: { readonly height: number; readonly width: number },
): Promise<Path> {
  if (!haveFlow(moves)) return paths.ofMap(scope, inverseOf(mapOf(moves)), size.height, size.width);
  let path: Path | undefined;
  for (const move of moves.toReversed())
    path = await paths.forth(scope, move, inverseOf(move.map), path, size);
  return path!;
}
