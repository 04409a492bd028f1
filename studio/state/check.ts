/** What the parser says of the text as it is typed, and the film that it describes. */
import { computed, effect, signal } from "@preact/signals";
import type { CheckResult, Problem, SceneSummary, ValueSummary } from "../../src/studio/api.ts";
import { post, RequestError } from "./api-client.ts";
import { onReconnect } from "./connection.ts";
import { loading, path, text } from "./document.ts";

export const problems = signal<readonly Problem[]>([]);
export const notices = signal<readonly string[]>([]);
/** The film of the newest text without problems: it stays while a problem is being mended. */
export const film = signal<SceneSummary | undefined>(undefined);
/** The text that `film` describes. */
export const filmText = signal("");
export const checking = signal(false);

export const values = computed<readonly ValueSummary[]>(() => film.value?.values ?? []);

/** Pause in typing before the parser is asked. */
const pauseMs = 120;

let timer: ReturnType<typeof setTimeout> | undefined;
let running: AbortController | undefined;
let of: string | undefined;

async function check(scene: string, checked: string): Promise<void> {
  running?.abort();
  const mine = new AbortController();
  running = mine;
  checking.value = true;
  try {
    const result = await post<CheckResult>("check", { path: scene, text: checked }, mine.signal);
    problems.value = result.problems;
    notices.value = result.notices;
    if (result.scene) {
      filmText.value = checked;
      film.value = result.scene;
    } else if (of !== scene) film.value = undefined;
    of = scene;
  } catch (error) {
    if (mine.signal.aborted) return;
    if (error instanceof RequestError && error.code !== "OFFLINE")
      problems.value = [
        { path: [], message: error.message, ...(error.hint ? { hint: error.hint } : {}) },
      ];
  } finally {
    if (running === mine) checking.value = false;
  }
}

/** Check soon; at once with `pause` 0, as knobs do. */
function checkSoon(scene: string, checked: string, pause: number): void {
  clearTimeout(timer);
  timer = setTimeout(check, pause, scene, checked);
}

export function startCheck(): void {
  let seen: string | undefined;
  effect(() => {
    const scene = path.value;
    const now = text.value;
    if (scene === undefined || loading.value) return;
    checkSoon(scene, now, seen === scene ? pauseMs : 0);
    seen = scene;
  });
  onReconnect(() => {
    if (path.value !== undefined) checkSoon(path.value, text.value, 0);
  });
}
