import { decodeSound, probeSound } from "../../audio/sound.ts";
import { analyseSound, type SoundAnalysis } from "../../audio/sound-levels.ts";
import { type FoundTempo, findTempo, longestSec } from "../../audio/tempo.ts";
import { animatedIn, isTrack } from "../../scene/animated.ts";
import type { Scene } from "../../scene/scene.ts";
import { type Tempo, toSeconds } from "../../scene/time.ts";
import type { ClipSound } from "../../video/clip-sound.ts";
import type { FrameSource, SoundPart } from "../../video/source.ts";
import type { ShotInput } from "./plan-shot.ts";
import { SoundMemory } from "./sound-memory.ts";

interface ListenOptions {
  readonly listen?: boolean;
  /** What renders before have found, to which this one adds. */
  readonly sounds?: SoundMemory;
  readonly signal?: AbortSignal;
}

/**
 * Finds and analyses the sounds of a scene, each file once, and only if an expression uses them or with `listen`.
 * Throws `INTERRUPTED`.
 */
export class SoundReader {
  readonly #scene: Scene;
  readonly #listen: boolean;
  readonly #signal: AbortSignal | undefined;
  readonly #memory: SoundMemory;

  constructor(scene: Scene, { listen = false, sounds, signal }: ListenOptions = {}) {
    this.#scene = scene;
    this.#listen = listen;
    this.#memory = sounds ?? new SoundMemory();
    // Others wait for what is found for a shared memory.
    this.#signal = sounds ? undefined : signal;
  }

  /** The sound that `audio` names. Throws `FILE_NOT_FOUND`, `NOT_A_SOUND`. */
  async track(): Promise<ClipSound | undefined> {
    const { audio } = this.#scene;
    if (!audio) return undefined;
    return this.#memory.once(`probe ${audio.file}`, () => probeSound(audio.file));
  }

  /** The sound of a shot: the scene's, else its clip's. `tempo`: for times of the levels in beats. */
  async of(
    shot: Scene,
    own: FrameSource["audio"],
    tempo: Tempo | undefined,
  ): Promise<Pick<ShotInput, "sound" | "shared" | "soundSec">> {
    const track = await this.track();
    const soundSec = track && { soundSec: track.durationSec };
    const part = track ? { sound: track, startSec: 0, endSec: track.durationSec } : own;
    if (!part || !(this.#listen || usesSound(shot))) return { ...soundSec };
    const sound = await this.#analyse(part, tempo);
    return { sound, shared: track !== undefined, ...soundSec };
  }

  /** The tempo of the scene's sound, from its first minutes; undefined if it has no steady beat. */
  async tempo(): Promise<FoundTempo | undefined> {
    const track = await this.track();
    const endSec = Math.min(longestSec, track?.durationSec ?? 0);
    return (
      track &&
      this.#memory.once(`tempo ${track.file}`, () =>
        findTempo(decodeSound(track, 0, endSec, this.#signal)),
      )
    );
  }

  #analyse(
    { sound, startSec, endSec }: SoundPart,
    tempo: Tempo | undefined,
  ): Promise<SoundAnalysis> {
    const { attack, release } = this.#scene.audio ?? {};
    const options = {
      attackSec: attack ? toSeconds(attack, 24, tempo) : 0.01,
      releaseSec: release ? toSeconds(release, 24, tempo) : 0.25,
    };
    const key = `levels ${startSec} ${endSec} ${Object.values(options).join(" ")} ${sound.file}`;
    return this.#memory.once(key, () =>
      analyseSound(decodeSound(sound, startSec, endSec, this.#signal), options),
    );
  }
}

/** Whether any value of a shot depends on sound. */
function usesSound(shot: Scene): boolean {
  return animatedIn(shot).some(({ value }) => {
    if (typeof value === "number") return false;
    const values = isTrack(value) ? value.keys.map((key) => key.value) : [value];
    return values.some((part) => typeof part === "object" && part.audioInputs.length > 0);
  });
}
