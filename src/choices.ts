/** Names that a scene, an option and the module that acts on them all know: each list is here once. */

/** What computes. `auto` in a scene picks one. */
export const engineNames = ["cpu", "webgpu", "cuda", "tfjs"] as const;
export type EngineName = (typeof engineNames)[number];

/** Engines as a scene or an option names them. */
export const engineChoices = ["auto", ...engineNames] as const;
export type EngineChoice = (typeof engineChoices)[number];

/** Video codecs of an output. */
export const codecs = ["h264", "h265", "vp9", "av1", "prores"] as const;
export type Codec = (typeof codecs)[number];

/** Published dream settings. */
export const presetNames = ["google", "pytorch-deepdream", "hvass"] as const;
export type PresetName = (typeof presetNames)[number];

/** What an ascent step is steepest in: pixels, or Fourier coefficients with decorrelated colours. */
export const ascentSpaces = ["pixels", "fourier"] as const;
export type AscentSpace = (typeof ascentSpaces)[number];

/** Each position follows its best matching feature of the guide, or all of them its mean feature. */
export const guideMatches = ["best", "mean"] as const;
export type GuideMatch = (typeof guideMatches)[number];

/** What lies beyond the edges of a picture that moves. */
export const borders = ["mirror", "replicate", "wrap", "source"] as const;
export type Border = (typeof borders)[number];

/** What is carried to the next frame: the dreamed picture, or only what the dream added. */
export const feedbackModes = ["replace", "residual"] as const;
export type FeedbackMode = (typeof feedbackModes)[number];

/** What carries it: the scene's motion, or the clip's optical flow and then the motion. */
export const feedbackWarps = ["motion", "flow"] as const;
export type FeedbackWarp = (typeof feedbackWarps)[number];

/** What happens at a cut in the clip: start from the source, or continue. */
export const sceneCutRules = ["reset", "keep"] as const;
export type SceneCutRule = (typeof sceneCutRules)[number];

/** The maps of a scene's top level that a shot replaces key by key; it replaces any other value as a whole. */
export const mergedMaps = ["dream", "motion", "feedback", "color"] as const;
