/** The library. See README.md. */
export type { ObjectiveOptions } from "./dream/dreamer.ts";
export type { DreamOptions, PresetName } from "./dream/settings.ts";
export { DreamError, type ErrorCode, formatError } from "./errors.ts";
export type { Frame } from "./frame.ts";
export { readImage, writeImage } from "./image/image.ts";
export {
  type DreamImageOptions,
  dreamImage,
  type LoadedNetwork,
  type LoadOptions,
  loadNetwork,
} from "./library.ts";
export type { Preprocess } from "./models/preprocess.ts";
export type { Layer } from "./network.ts";
export type { RenderForecast, RenderProgress } from "./pipeline/forecast/progress.ts";
export { type RenderOptions, type RenderResult, renderScene } from "./pipeline/render/render.ts";
export { type ReproduceOptions, reproduce } from "./pipeline/render/reproduce.ts";
export { formatScene } from "./scene/format.ts";
export { type ParseOptions, parseScene } from "./scene/parse.ts";
export type { Scene } from "./scene/scene.ts";
