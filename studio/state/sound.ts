/** Plays the film's sound with the frames. It is silent backwards, when frames are stepped, and while the picture waits. */
import { effect } from "@preact/signals";
import { film } from "./check.ts";
import { followSound, fps, frame, speed, waiting } from "./playhead.ts";
import { muted } from "./ui.ts";

/** Sound further than this from the picture is moved, s: less is made up for by the picture. */
const tolerance = 0.25;

export function startSound(): void {
  const audio = new Audio();
  audio.preload = "auto";
  let url = "";
  effect(() => {
    const sound = film.value?.sound;
    const wanted = sound?.url ?? "";
    if (wanted !== "" && wanted !== url) {
      url = wanted;
      audio.src = wanted;
    }
    audio.muted = muted.value;
    const now = frame.value / fps.value;
    const sounds = sound !== undefined && sound !== null && now < sound.durationSec;
    const plays = speed.value > 0 && speed.value <= 4 && !waiting.value;
    if (wanted === "" || !sounds || !plays) {
      audio.pause();
      return;
    }
    const at = sound.startSec + now;
    audio.playbackRate = speed.value;
    const far = Math.abs(audio.currentTime - at) > tolerance * speed.value;
    // One that is being moved is not moved again.
    if ((audio.paused || far) && !audio.seeking) audio.currentTime = at;
    // A browser may refuse until the page was used; the film then plays without sound.
    if (audio.paused) void audio.play().catch(() => {});
  });
  followSound(() => {
    const sound = film.peek()?.sound;
    const isHeard = sound && !audio.paused && !audio.ended && !audio.seeking;
    return isHeard && audio.readyState >= HTMLMediaElement.HAVE_FUTURE_DATA
      ? audio.currentTime - sound.startSec
      : undefined;
  });
}
