import type { Scene } from "../../scene/scene.ts";
import { toNumber } from "../../video/rational.ts";
import type { AudioPiece } from "../../video/sink.ts";
import { isOneShot } from "./plan.ts";
import type { PreparedRender } from "./prepare.ts";

/** The soundtrack of the video, from its first frame to its last; undefined for silence. */
export function audioPieces({ plan, shots, track }: PreparedRender, scene: Scene): AudioPiece[] {
  const fps = toNumber(plan.fps);
  const { first, last } = plan;
  const whole = (last - first + 1) / fps;
  if (track && scene.audio!.mux)
    return [{ sound: track, startSec: first / fps, durationSec: whole }];
  if (shots.every(({ audio }) => !audio)) return [];
  const [only] = shots;
  if (!isOneShot(plan)) {
    return shots.flatMap(({ plan: { offset, frames, fade }, audio }): AudioPiece[] => {
      const [from, to] = [Math.max(first, offset), Math.min(last + 1, offset + frames)];
      if (from >= to) return [];
      const shared = Math.max(0, Math.min(to, offset + fade) - from);
      return [
        {
          ...(audio ? { ...audio, startSec: audio.startSec + (from - offset) / fps } : {}),
          durationSec: (to - from) / fps,
          crossfadeSec: shared / fps,
        },
      ];
    });
  }
  const { plan: shot, audio } = only!;
  const preRoll = shot.preRoll / fps;
  const startSec = audio!.startSec + preRoll + first / fps;
  const piece = { ...audio!, startSec, durationSec: whole };
  const part = first > 0 || last < plan.frames - 1;
  if (preRoll === 0 || part) return [piece];
  // The end of a loop blends into the sound before its start.
  return [piece, { ...audio!, durationSec: preRoll, crossfadeSec: preRoll }];
}
