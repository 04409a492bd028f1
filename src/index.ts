/** The library. See README.md. */
export type { ObjectiveOptions } from "./dream/dreamer.ts";
export type { DreamOptions, PresetName } from "./dream/settings.ts";
export { DreamError, type ErrorCode, formatError } from "./errors.ts";
export type { Frame } from "./frame.ts";
export type { Preprocess } from "./models/preprocess.ts";
export type { Layer } from "./network.ts";
export {
  type DreamImageOptions,
  dreamImage,
  type LoadedNetwork,
  type LoadOptions,
  loadNetwork,
} from "./pipeline/library.ts";
export type { RenderForecast, RenderProgress } from "./pipeline/progress.ts";
export { type ReproduceOptions, reproduce } from "./pipeline/recipe/reproduce.ts";
export { type RenderOptions, type RenderResult, renderScene } from "./pipeline/render.ts";
export { formatScene } from "./scene/format.ts";
export { type ParseOptions, parseScene } from "./scene/parse.ts";
export type { Scene } from "./scene/scene.ts";
export { readImage, writeImage } from "./video/image.ts";
