/** The pieces of one scene of a film. */
import type { FarmFilm, Piece } from "../share/film.ts";
import type { SceneOutline } from "../share/outline.ts";
import { type Stretch, splitShot } from "./split.ts";

/** First frames after the cuts of a shot; undefined where its clip has not been looked through. */
export type CutsOf = (shot: number) => readonly number[] | undefined;

/** All pieces of a scene as known now, in order: of shots whose cuts are not known only the one that finds them. */
export function scenePieces(
  film: FarmFilm,
  scene: number,
  outline: SceneOutline,
  cutsOf: CutsOf,
): Piece[] {
  const key = keysIn(film, scene);
  const pieces = outline.shots.flatMap((shot, number): Piece[] => {
    const chain = shot.feeds ? { chain: `${scene + 1}-${number + 1}` } : {};
    const common = { scene, shot: number, ...chain };
    const cuts = shot.cuts === undefined ? [] : cutsOf(number);
    // The stretches of a shot wait for the cuts of all of it.
    const first = outline.shots.findLastIndex(({ start }, i) => i <= number && start === 0);
    const to = shot.length - 1;
    const finding: Piece = {
      ...common,
      shot: first,
      key: key("cuts", first + 1, 0, to),
      ...({ kind: "cuts", from: 0, to, frames: 0, after: [] } as const),
    };
    const finds = first === number ? [finding] : [];
    if (!cuts) return finds;
    const keyOf = ({ from, to }: Stretch): string => key("frames", number + 1, from, to);
    const stretches = splitShot(shot, cuts, film.scenes[scene]!.pieceFrames);
    const parts = stretches.map((stretch, i): Piece => {
      const { from, to, goesOn } = stretch;
      const after = goesOn ? [keyOf(stretches[i - 1]!)] : [];
      return {
        ...common,
        key: keyOf(stretch),
        kind: "frames",
        from,
        to,
        frames: to - from + 1,
        after,
      };
    });
    return shot.cuts === undefined
      ? parts
      : [...finds, ...parts.map((one) => ({ ...one, after: [finding.key, ...one.after] }))];
  });
  const isKnown = outline.shots.every((shot, i) => shot.cuts === undefined || cutsOf(i));
  if (!isKnown) return pieces;
  const last = outline.names.length - 1;
  // A clip that goes on beyond its container's estimate is dreamed to its end when the film is assembled.
  const ending = outline.shots.length;
  const chained =
    !outline.exact && outline.shots[ending - 1]!.feeds ? { chain: `${scene + 1}-${ending}` } : {};
  const whole: Piece = {
    key: key("film", 0, 0, last),
    ...({ kind: "film", scene, shot: 0, from: 0, to: last, frames: 0 } as const),
    after: pieces.map((piece) => piece.key),
    ...chained,
  };
  return [...pieces, whole];
}

function keysIn(film: FarmFilm, scene: number) {
  const digest = film.id.slice(-8);
  return (kind: Piece["kind"], shot: number, from: number, to: number): string =>
    [digest, kind, scene + 1, shot, from, to].join("-");
}
