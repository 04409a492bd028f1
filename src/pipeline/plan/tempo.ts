/** The tempo of a scene, and its times in beats. */
import { maxBpm, minBpm } from "../../audio/tempo.ts";
import { DreamError } from "../../errors.ts";
import type { Scene, Shot } from "../../scene/scene.ts";
import { isInBeats, type Tempo, type Time, toSeconds } from "../../scene/time.ts";
import type { SoundReader } from "./audio-inputs.ts";
import { place } from "./place.ts";

/**
 * The tempo of a scene, with `bpm: auto` from its sound; undefined if it has none. Throws `SCENE_INVALID` if the sound has
 * no steady beat.
 */
export async function tempoOf(
  scene: Scene,
  sounds: Pick<SoundReader, "tempo">,
): Promise<Tempo | undefined> {
  const { audio } = scene;
  if (!audio?.tempo) return undefined;
  const { bpm, offset, beatsPerBar } = audio.tempo;
  if (bpm !== "auto") return { bpm, beatsPerBar, offset: offset ?? seconds(0) };
  const found = await sounds.tempo();
  if (!found) {
    throw new DreamError("SCENE_INVALID", "audio.bpm: auto finds no steady beat in the sound", {
      ...place(scene, ["audio", "bpm"]),
      hint: `Set audio.bpm to a number. auto finds ${minBpm} to ${maxBpm} beats per minute.`,
    });
  }
  return { bpm: found.bpm, beatsPerBar, offset: offset ?? seconds(found.offsetSec) };
}

/** The notice of what `bpm: auto` has found. */
export function foundNotice({ bpm, offset }: Tempo, fps: number): string {
  return `audio.bpm: auto found ${Number(bpm.toFixed(2))}, first beat at ${toSeconds(offset, fps).toFixed(2)} s`;
}

/** A scene with numbers in place of `bpm: auto`, as a recipe keeps it. */
export function withTempo(scene: Scene, tempo: Tempo | undefined): Scene {
  return tempo && scene.audio ? { ...scene, audio: { ...scene.audio, tempo } } : scene;
}

/** A scene, or a shot of it, whose times in the clip and of the levels are in seconds where they were in beats. */
export function inSeconds<T extends Scene | Shot>(scene: T, tempo: Tempo | undefined): T {
  if (!tempo) return scene;
  const plain = (time: Time): Time => (isInBeats(time) ? seconds(toSeconds(time, 1, tempo)) : time);
  const { source, audio } = scene;
  return {
    ...scene,
    ...(source.type === "video"
      ? {
          source: {
            ...source,
            ...(source.start ? { start: plain(source.start) } : {}),
            ...(source.end ? { end: plain(source.end) } : {}),
          },
        }
      : {}),
    ...(audio
      ? { audio: { ...audio, attack: plain(audio.attack), release: plain(audio.release) } }
      : {}),
  };
}

function seconds(value: number): Time {
  return { unit: "seconds", value };
}
