import type {
  AscentSpace,
  Border,
  Codec,
  EngineChoice,
  FeedbackMode,
  FeedbackWarp,
  GuideMatch,
  PresetName,
  SceneCutRule,
} from "../choices.ts";
import type { Output } from "../output.ts";
import type { Animated } from "./animated.ts";
import type { DreamNumber } from "./dream-numbers.ts";
import type { ScenePlaces } from "./places.ts";
import type { Time } from "./time.ts";

export type SceneSource =
  | { readonly type: "noise"; readonly seed: number; readonly scale: number }
  | { readonly type: "image"; readonly file: string }
  | {
      readonly type: "video";
      readonly file: string;
      readonly start?: Time;
      readonly end?: Time;
      readonly audio: "keep" | "drop";
    }
  | { readonly type: "frames"; readonly pattern: string }
  | { readonly type: "lavfi"; readonly graph: string };

/** Whether a source is one picture, the same at every frame. */
export function isStill({ type }: SceneSource): boolean {
  return type === "noise" || type === "image";
}

/** Whether each frame continues from the one before. */
export function goesOn({ feedback }: Scene): boolean {
  return feedback.amount.value !== 0;
}

export type SceneModel =
  | { readonly name: string }
  | {
      readonly file: string;
      readonly preprocess?: {
        readonly channels?: "RGB" | "BGR";
        readonly scale?: "0..1" | "0..255";
        readonly mean?: readonly number[];
        readonly std?: readonly number[];
      };
      readonly labels?: string;
    };

/** Several networks that dream together, by their names. */
export interface SceneModels {
  readonly networks: Readonly<Record<string, SceneModel>>;
}

/** The networks of a shot. */
export function modelsOf({ model }: Pick<Scene, "model">): SceneModel[] {
  return "networks" in model ? Object.values(model.networks) : [model];
}

/** A picture or a video beside the source. */
export interface SceneFile {
  readonly type: "image" | "video";
  readonly file: string;
}

/** A picture whose colours are matched. */
export interface Palette {
  readonly type: "image";
  readonly file: string;
}

/** The picture of `color.match`, if it is one. */
export function paletteOf({ color }: Pick<Scene, "color">): Palette | undefined {
  return typeof color.match === "object" ? color.match : undefined;
}

/** What of a layer is amplified; without one, the energy of its activations. */
export type SceneObjective =
  | { readonly type: "mean" | "caricature" }
  | { readonly type: "neuron"; readonly at: readonly [number, number] }
  | { readonly type: "direction"; readonly file: string };

/** The scene's `dream` values; the preset or the network provides absent ones. */
export interface SceneDream extends Partial<Readonly<Record<DreamNumber, Animated>>> {
  readonly preset?: PresetName;
  readonly layers?: Readonly<Record<string, Animated>>;
  /** By the names in `layers`. */
  readonly objectives?: Readonly<Record<string, SceneObjective>>;
  readonly classes?: Readonly<Record<string, Animated>>;
  readonly iterations?: Animated | readonly Animated[];
  readonly space?: AscentSpace;
  readonly tile?: "auto" | "off" | number;
  readonly guide?: SceneFile & {
    readonly match: GuideMatch;
    readonly strength: Animated;
  };
}

/** Where something applies: the white area. */
export interface SceneMatte extends SceneFile {
  readonly invert: boolean;
  readonly strength: Animated;
}

/** A part of the picture with a dream of its own. */
export interface SceneRegion {
  readonly matte: SceneMatte;
  readonly dream: Pick<SceneDream, "layers" | "objectives" | "classes" | "iterations" | "stepSize">;
}

/** A dream with its path in the scene. */
export interface DreamPlace {
  readonly path: readonly (string | number)[];
  readonly dream: SceneDream;
}

/** The dreams of a shot: its own, then those of its regions. */
export function dreamsOf({ dream, regions = [] }: Pick<Scene, "dream" | "regions">): DreamPlace[] {
  return [
    { path: ["dream"], dream },
    ...regions.map((region, i) => ({ path: ["regions", i, "dream"], dream: region.dream })),
  ];
}

/** A file of numbers, with its path in the scene. */
interface DirectionFile {
  readonly path: readonly (string | number)[];
  readonly file: string;
}

/** The files of a shot's directions. */
export function directionsOf(shot: Pick<Scene, "dream" | "regions">): DirectionFile[] {
  return dreamsOf(shot).flatMap(({ path, dream: { objectives = {} } }) =>
    Object.entries(objectives).flatMap(([layer, one]) =>
      one.type === "direction"
        ? [{ path: [...path, "layers", layer, "file"], file: one.file }]
        : [],
    ),
  );
}

/** Sound for the video and for animation. */
export interface SceneAudio {
  readonly file: string;
  /** Whether it is added to the video. */
  readonly mux: boolean;
  readonly attack: Time;
  readonly release: Time;
  readonly tempo?: {
    readonly bpm: number | "auto";
    /** Time of the first beat; absent to find it, with `auto`. Never in beats. */
    readonly offset?: Time;
    readonly beatsPerBar: number;
  };
}

/** Pieces that do not depend on each other. */
export interface SceneFarm {
  /** From the start of one to the start of the next. */
  readonly split: Time;
  /** How much earlier each starts, cross-faded with the one before. */
  readonly preroll: Time;
}

/** One shot: a scene of its own that shares output and engine with the others. */
export interface Shot extends Scene {
  /** Duration of the crossfade from the shot before; absent for a cut. */
  readonly crossfade?: Time;
}

export interface Scene {
  /** The file it came from. */
  readonly path?: string;
  readonly title?: string;
  readonly output: {
    /** Absolute. */
    readonly target: Output;
    readonly size?: { readonly width: number; readonly height: number };
    readonly fps?: number;
    readonly quality: number;
    readonly codec?: Codec;
    /**
     * What the render cache keeps after the render: all current files, none, or as much as fits in a share of the
     * disk.
     */
    readonly keepFrames: boolean | "auto";
  };
  readonly source: SceneSource;
  readonly duration?: Time;
  readonly seed: number;
  readonly model: SceneModel | SceneModels;
  readonly engine: EngineChoice;
  readonly dream: SceneDream;
  readonly motion: {
    readonly zoom: Animated;
    readonly rotate: Animated;
    readonly tilt: Animated;
    readonly turn: Animated;
    readonly fov: Animated;
    readonly pan: readonly [Animated, Animated];
    readonly center: readonly [Animated, Animated];
    /** What lies beyond the edges of what moves. */
    readonly border: Border;
  };
  readonly feedback: {
    readonly amount: Animated;
    readonly noise: Animated;
    readonly sharpen: Animated;
    readonly mode: FeedbackMode;
    readonly warp: FeedbackWarp;
    readonly occlusion: boolean;
    readonly sceneCut: SceneCutRule;
    /** Frames from one dreamed frame to the next. */
    readonly every: number;
  };
  readonly color: {
    /** A picture: its colours. */
    readonly match: "off" | "first" | "source" | Palette;
    readonly saturation: Animated;
    readonly keep: Animated;
  };
  /** Where to dream: the white area. */
  readonly matte?: SceneMatte;
  /** Where another dream applies than elsewhere. */
  readonly regions?: readonly SceneRegion[];
  readonly mix: Animated;
  readonly loop: boolean;
  readonly audio?: SceneAudio;
  /** How its one shot is split; absent to dream it as a whole. */
  readonly farm?: SceneFarm;
  /** Consecutive shots, if any; the scene's own values are then those of the first. */
  readonly shots?: readonly Shot[];
  /** Where its values are written, for problems that show only later. */
  readonly places: ScenePlaces;
}
