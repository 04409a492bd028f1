/** Renders of one test file that share an engine, networks and compiled graphs: most of a small film's time is compiling. */
import { afterAll } from "vitest";
import { KeptTools } from "../../src/pipeline/frames/kept-tools.ts";
import { renderScene } from "../../src/pipeline/render/render.ts";
import type { RenderOptions, RenderResult } from "../../src/pipeline/render/render-options.ts";
import {
  type ReproduceOptions,
  type ReproduceResult,
  reproduce,
} from "../../src/pipeline/render/reproduce.ts";
import type { Scene } from "../../src/scene/scene.ts";

const kept = new KeptTools();
afterAll(() => kept.dispose());

/** `renderScene` on what the renders before have compiled. */
export async function renderKept(
  scene: Scene,
  options: Omit<RenderOptions, "engine" | "dreamerOf" | "threads"> = {},
): Promise<RenderResult> {
  return renderScene(scene, {
    ...options,
    ...(await kept.forRender(scene.engine, options.onNotice)),
  });
}

/** `reproduce` of a film made on the CPU, likewise. */
export async function reproduceKept(
  file: string,
  options: Omit<ReproduceOptions, "engine" | "dreamerOf" | "threads"> = {},
): Promise<ReproduceResult> {
  return reproduce(file, { ...options, ...(await kept.forRender("cpu", options.onNotice)) });
}
