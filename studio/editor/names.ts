/** Names of the open scene's network: layers, channels, classes. */
import { effect, signal } from "@preact/signals";
import type { Names } from "../../src/studio/api-scene.ts";
import { get } from "../state/api-client.ts";
import { film } from "../state/check.ts";
import { path } from "../state/document.ts";
import { tellFailure } from "../state/toasts.ts";

export const names = signal<Names | undefined>(undefined);

/** Ask again when the scene or its network changes. */
export function startNames(): void {
  let of: string | undefined;
  effect(() => {
    const scene = path.value;
    const network = film.value?.network;
    const key = `${scene} ${network}`;
    if (scene === undefined || network === undefined || key === of) return;
    of = key;
    get<Names>("names", { path: scene }).then((found) => {
      if (of === key) names.value = found;
    }, tellFailure);
  });
}
