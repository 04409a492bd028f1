/** The library's exports. docs/library.md has examples. */
import { sceneJsonSchema } from "./scene/schema.ts";

export type {
  AscentSpace,
  Border,
  Codec,
  EngineChoice,
  EngineName,
  FeedbackMode,
  FeedbackWarp,
  GuideMatch,
  PresetName,
  SceneCutRule,
} from "./choices.ts";
export type { ObjectiveOptions } from "./dream/find-targets.ts";
export type { LayerObjective } from "./dream/layer-objective.ts";
export type {
  DreamOptions,
  DreamSettings,
  Guide,
  RegionSettings,
  UpdateRule,
} from "./dream/settings.ts";
export {
  DreamError,
  type DreamErrorOptions,
  type ErrorCode,
  formatError,
  type ScenePlace,
  type SceneProblem,
} from "./errors.ts";
export type { Frame } from "./frame.ts";
export { readImage, type Size, writeImage } from "./image/image.ts";
export { downloadNetwork, type LoadOptions, loadNetwork } from "./library/load-network.ts";
export type {
  Gradient,
  GradientOptions,
  LoadedNetwork,
  PictureOptions,
} from "./library/network.ts";
export {
  estimate,
  type FramesOptions,
  type RenderedFrame,
  type RenderOptions,
  type ReproduceOptions,
  renderFrames,
  renderScene,
  reproduce,
  type SceneEstimate,
  type SceneOptions,
} from "./library/render.ts";
export type { DownloadOptions } from "./models/download.ts";
export type { Preprocess } from "./models/preprocess.ts";
export type { Layer } from "./network.ts";
export type { Output } from "./output.ts";
export type { RenderForecast, RenderProgress } from "./pipeline/forecast/progress.ts";
export type { RenderResult } from "./pipeline/render/render-options.ts";
export type { ReproduceResult } from "./pipeline/render/reproduce.ts";
export type { Animated, Key as Keyframe, Track } from "./scene/animated.ts";
export type { Beats, Clock, SoundLevels } from "./scene/clock.ts";
export type { DreamNumber } from "./scene/dream-numbers.ts";
export type { Easing, EasingCurve } from "./scene/easing.ts";
export type { Expression, ExpressionTree, ExpressionVariable } from "./scene/expression.ts";
export { formatScene, type Naming as PathNaming } from "./scene/format.ts";
export type { BinaryOperator, UnaryOperator } from "./scene/operators.ts";
export { type ParseOptions, parseScene } from "./scene/parse.ts";
export { type LineAndColumn, locate, type PlaceTree, type ScenePlaces } from "./scene/places.ts";
export type {
  Palette,
  Scene,
  SceneAudio,
  SceneDream,
  SceneFarm,
  SceneFile,
  SceneMatte,
  SceneModel,
  SceneModels,
  SceneObjective,
  SceneRegion,
  SceneSource,
  Shot,
} from "./scene/scene.ts";
export type { ShotTime, Time } from "./scene/time.ts";
export type { Range as ValueRange } from "./scene/values.ts";

/** The JSON Schema of the scene language, as `dreamreel schema` prints it. */
export const sceneSchema: Readonly<Record<string, unknown>> = sceneJsonSchema();
