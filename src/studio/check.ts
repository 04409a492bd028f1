/** What is wrong with a scene's text, and what it says. */

import { stat } from "node:fs/promises";
import { DreamError } from "../errors.ts";
import { bundledNames } from "../models/bundled.ts";
import { cachedPath } from "../models/cache.ts";
import { readCatalogue } from "../models/catalogue.ts";
import { easingWords } from "../scene/easing.ts";
import { parseScene } from "../scene/parse.ts";
import type { CheckResult, Names } from "./api-scene.ts";
import type { SceneNow } from "./calls.ts";
import { problemsOf } from "./check-problems.ts";
import { knownCuts } from "./find-cuts.ts";
import { summarise } from "./summary.ts";
import type { Workshop } from "./workshop.ts";

/** Parse, open and plan a scene. Problems of files that it names have the place where they are named, if it is known. */
export async function checkNow(workshop: Workshop, now: SceneNow): Promise<CheckResult> {
  try {
    const layout = await workshop.layout(now);
    return {
      problems: [],
      notices: layout.notices,
      scene: summarise(layout, now.folder, knownCuts(workshop, layout)),
    };
  } catch (error) {
    if (!(error instanceof DreamError)) throw error;
    return { problems: problemsOf(error), notices: [] };
  }
}

/** What can be written in a scene: layers and classes of its network, networks on this machine, easings. */
export async function namesOf(
  workshop: Workshop,
  { text, file }: SceneNow,
): Promise<Omit<Names, "files">> {
  const { network } = await workshop.dreamer(parseScene(text, { path: file }));
  return {
    network: network.name,
    layers: network.layers.map(({ name, channels, op, stride, receptiveField, about }) => ({
      name,
      channels,
      op,
      stride,
      receptiveField: Number.isFinite(receptiveField) ? (receptiveField ?? null) : null,
      ...(about === undefined ? {} : { about }),
    })),
    classes: network.labels,
    networks: [...bundledNames, ...(await downloaded())],
    easings: easingWords,
  };
}

async function downloaded(): Promise<string[]> {
  const names: string[] = [];
  for (const entry of await readCatalogue())
    if (await stat(cachedPath(entry)).catch(() => undefined)) names.push(entry.name);
  return names;
}
