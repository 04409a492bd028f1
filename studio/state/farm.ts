/** The farm that the studio was started with, and the films that it makes. */
import { computed, signal } from "@preact/signals";
import type { FarmLog, FarmNow } from "../../src/studio/api-farm.ts";
import type { Render } from "../../src/studio/api-render.ts";
import { get, post } from "./api-client.ts";
import { onEvent } from "./connection.ts";
import { path, save } from "./document.ts";
import { hasEnded, renders } from "./renders.ts";
import { tellFailure } from "./toasts.ts";
import { sideTab } from "./ui.ts";

/** Undefined where no farm is named. */
export const farm = signal<FarmNow | undefined>(undefined);
/** The open scene's film on the farm, until it has ended. */
export const farmHere = computed(() =>
  renders.value.find((render) => render.farm && render.path === path.value && !hasEnded(render)),
);
/** The film whose logs are shown. */
export const logsShown = signal<{ readonly title: string; readonly logs?: readonly FarmLog[] }>();

/** Save the open scene and give it to the farm. */
export async function renderOnFarm(): Promise<void> {
  const scene = path.value;
  if (!farm.value || scene === undefined || !(await save())) return;
  sideTab.value = "renders";
  await asked(() => post("renders", { path: scene, on: "farm" }));
}

/** Deliver over a file that is in the way. */
export async function replaceByFarm({ path: scene }: Render): Promise<void> {
  await asked(() => post("renders", { path: scene, on: "farm", force: true }));
}

export async function retryOnFarm({ id }: Render): Promise<void> {
  await asked(() => post(`renders/${encodeURIComponent(id)}/retry`));
}

export async function showLogs({ id }: Render, title: string): Promise<void> {
  logsShown.value = { title };
  await asked(async () => {
    const logs = await get<readonly FarmLog[]>(`renders/${encodeURIComponent(id)}/logs`);
    if (logsShown.value?.title === title) logsShown.value = { title, logs };
  });
}

async function asked(work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    tellFailure(error);
  }
}

export function startFarm(): void {
  onEvent("farm", (event) => {
    farm.value = event.farm;
  });
}
