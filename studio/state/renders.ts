/** Renders: what waits, runs, stands and is done. The server keeps them; the page may be closed. */
import { computed, signal } from "@preact/signals";
import type { Render, Steered } from "../../src/studio/api-render.ts";
import { get, post, RequestError } from "./api-client.ts";
import { onEvent, onReconnect } from "./connection.ts";
import { adopt, path, save, saving, unsaved } from "./document.ts";
import { Newest } from "./newest.ts";
import { range } from "./playhead.ts";
import { succeeded, tell, tellFailure } from "./toasts.ts";
import { sideTab } from "./ui.ts";

export function hasEnded({ state }: Render): boolean {
  return state === "done" || state === "failed";
}

export const renders = signal<readonly Render[]>([]);
/** The newest render of the open scene on this machine. */
export const renderHere = computed(() =>
  renders.value.find((render) => !render.farm && render.path === path.value && !hasEnded(render)),
);
export const renderingCount = computed(
  () => renders.value.filter(({ state }) => state === "rendering" || state === "waiting").length,
);
/** While it renders, a knob writes a key at the frame that is being dreamed. */
export const steering = signal(false);
/** The render of the open scene that runs, or starts again because it was steered. */
export const steerable = computed(() => {
  const state = renderHere.value?.state;
  const again = state === "waiting" && steering.value;
  return state === "rendering" || again ? renderHere.value : undefined;
});

const listed = new Newest();

export async function refreshRenders(): Promise<void> {
  try {
    const now = await listed.of(() => get<readonly Render[]>("renders"));
    if (now) renders.value = now;
  } catch (error) {
    tellFailure(error);
  }
}

/** Save; while the scene renders, say what becomes of the render. */
export async function saveAndTell(): Promise<void> {
  const running = renderHere.peek()?.state === "rendering" && unsaved.peek();
  if ((await save()) && running)
    tell("Saved. The render goes on from the first frame that this changes.");
}

/** Save the open scene and render it, or its range. */
export async function startRender(): Promise<void> {
  const scene = path.value;
  if (scene === undefined || !(await save())) return;
  const frames = range.value ? { frames: range.value } : {};
  try {
    await post<Render>("renders", { path: scene, ...frames });
    sideTab.value = "renders";
  } catch (error) {
    tellFailure(error);
  }
}

/** Render again what failed because of a file that is in the way. */
export async function replaceOutput({ path: scene, range: of }: Render): Promise<void> {
  try {
    await post<Render>("renders", { path: scene, ...(of ? { frames: of } : {}), force: true });
  } catch (error) {
    tellFailure(error);
  }
}

export async function changeRender(id: string, what: "pause" | "resume" | "cancel"): Promise<void> {
  try {
    await post(`renders/${encodeURIComponent(id)}/${what}`);
  } catch (error) {
    tellFailure(error);
  }
}

export async function moveRender(id: string, to: number): Promise<void> {
  try {
    await post(`renders/${encodeURIComponent(id)}/move?to=${to}`);
  } catch (error) {
    tellFailure(error);
  }
}

let steerRuns = false;
let steerNext: (() => void) | undefined;

/** Write a key at the frame that is being dreamed. One at a time; the newest value wins. */
export async function steer(
  of: Render,
  value: readonly (string | number)[],
  number: number,
): Promise<void> {
  if (steerRuns) {
    steerNext = () => void steer(of, value, number);
    return;
  }
  if (unsaved.value) {
    // Saved with the key, they could start the render again from its first frame.
    tell("Save or undo your other edits before you steer.", undefined, "steer");
    return;
  }
  steerRuns = true;
  try {
    // The change of the file is this page's own.
    saving.value = true;
    const steered = await post<Steered>("steer", { id: of.id, path: value, value: number });
    adopt(of.path, steered);
    tell(`Steered: a key at ${steered.timeSec.toFixed(2)} s`, undefined, "steer");
  } catch (error) {
    tellFailure(error);
  } finally {
    saving.value = false;
    steerRuns = false;
    const following = steerNext;
    steerNext = undefined;
    following?.();
  }
}

/** Say which renders have failed since the last list, unless the list of renders is in view, which says it too. */
function tellFailed(now: readonly Render[]): void {
  for (const { id, path: scene, state, error } of now) {
    const before = renders.peek().find((render) => render.id === id);
    if (state !== "failed") succeeded(id);
    else if (before && before.state !== "failed" && error && sideTab.peek() !== "renders") {
      const message = `${scene} was not rendered: ${error.message}`;
      tellFailure(new RequestError(0, { ...error, message }), id);
    }
  }
}

export function startRenders(): void {
  onEvent("render", (event) => {
    listed.overtake();
    tellFailed(event.renders);
    renders.value = event.renders;
    if (!steerable.value) steering.value = false;
  });
  onReconnect(refreshRenders);
  void refreshRenders();
}
