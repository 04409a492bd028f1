/** Plays the film's sound with the frames. It is silent backwards and when frames are stepped. */
import { effect } from "@preact/signals";
import { film } from "./check.ts";
import { fps, frame, speed } from "./playhead.ts";
import { muted } from "./ui.ts";

/** Sound further than this from the picture is moved, s. */
const tolerance = 0.12;

export function startSound(): void {
  const audio = new Audio();
  audio.preload = "auto";
  let url = "";
  effect(() => {
    const sound = film.value?.sound;
    const wanted = sound?.url ?? "";
    if (wanted !== url) {
      url = wanted;
      if (wanted === "") audio.removeAttribute("src");
      else audio.src = wanted;
    }
    audio.muted = muted.value;
    const plays = wanted !== "" && speed.value > 0 && speed.value <= 4;
    if (!plays) {
      audio.pause();
      return;
    }
    const at = (sound?.startSec ?? 0) + frame.value / fps.value;
    audio.playbackRate = speed.value;
    if (Math.abs(audio.currentTime - at) > tolerance * speed.value) audio.currentTime = at;
    // A browser may refuse until the page was used; the film then plays without sound.
    if (audio.paused) void audio.play().catch(() => {});
  });
}
