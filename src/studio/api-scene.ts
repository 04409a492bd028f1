/** What a check says of a scene. Types only, as in `api.ts`. */
import type { SceneEntry, Size } from "./api.ts";
import type { ShotTiming } from "./edit/timeline.ts";

/** `POST /api/check` */
export interface CheckRequest {
  readonly path: string;
  readonly text: string;
}

export interface CheckResult {
  readonly problems: readonly Problem[];
  /** Absent where the scene has problems. */
  readonly scene?: SceneSummary;
  readonly notices: readonly string[];
}

export interface Problem {
  readonly path: readonly (string | number)[];
  /** From 1; absent where the value is not written in the text. */
  readonly line?: number;
  /** Characters, from 1. */
  readonly column?: number;
  readonly message: string;
  readonly hint?: string;
}

export interface SceneSummary {
  readonly title?: string;
  readonly size: Size;
  readonly frames: number;
  readonly fps: number;
  readonly durationSec: number;
  readonly loop: boolean;
  readonly network: string;
  readonly shots: readonly ShotSummary[];
  /** Every number of the scene that is set or that changes, shot by shot. */
  readonly values: readonly ValueSummary[];
  /** Its values that are words or switches, shot by shot. */
  readonly words: readonly WordSummary[];
  /** Null where there is none; absent while it is listened to: an event says it. */
  readonly sound?: SoundSummary | null;
  /** What of its clips' cuts is known; the rest comes as events. */
  readonly cuts: CutsSummary;
  /** Key of what the movement without the dream depends on. */
  readonly movement: string;
  /** Whether each frame goes on from the one before. */
  readonly feedsBack: boolean;
}

/** Where clips cut. */
export interface CutsSummary {
  /** Film frames that begin a new piece of a clip, in order. */
  readonly frames: readonly number[];
  /** The last film frame that has been looked at; −1 before the first, the film's last where all is known. */
  readonly to: number;
}

export interface ShotSummary {
  readonly index: number;
  readonly title?: string;
  readonly startFrame: number;
  /** Inclusive. */
  readonly endFrame: number;
  readonly fadeFrames: number;
  readonly kind: SceneEntry["kind"];
  /** The file of its source in the folder, if it is there. */
  readonly media?: string;
  /** What times of its keys are counted by, for edits. */
  readonly timing: ShotTiming;
}

export interface ValueSummary {
  /** Keys from the shot, or from the scene without shots: `["dream", "layers", "motifs3:17"]`. */
  readonly path: readonly (string | number)[];
  /** Number of the shot in `shots`, absent in a scene without shots. */
  readonly shot?: number;
  readonly label: string;
  readonly unit: string;
  readonly min: number;
  readonly max: number;
  /** A sensible step of a knob. */
  readonly step: number;
  /** A sensible span of a knob, within min and max. */
  readonly span: readonly [number, number];
  /** At frame 0 of its shot. */
  readonly value: number;
  /** Whether the text sets it: others have their default. */
  readonly written: boolean;
  readonly animated: boolean;
  /** As written, if it is an expression: a knob cannot set it without replacing it. */
  readonly expression?: string;
  /** At most 600, evenly over its shot; absent where it does not change. */
  readonly samples?: readonly number[];
  /** In order of time. */
  readonly keys: readonly KeySummary[];
}

/** A value that is a word or a switch. */
export interface WordSummary {
  /** As in `ValueSummary`. */
  readonly path: readonly string[];
  /** As in `ValueSummary`; absent for values of the whole film. */
  readonly shot?: number;
  readonly label: string;
  readonly choices: readonly (string | boolean)[];
  /** What holds: a choice, `none`, or something else that the text writes. */
  readonly value: string | boolean;
  /** What it is called where the text sets none. */
  readonly none?: string;
  /** Whether the text sets it. */
  readonly written: boolean;
}

export interface KeySummary {
  /** From the shot's start. */
  readonly timeSec: number;
  /** An expression as written. */
  readonly value: number | string;
  readonly ease: string;
  /** Its entry of the shot's `timeline`; absent for the value itself and for keys of a schedule, which cannot be moved. */
  readonly entry?: number;
}

export interface SoundSummary {
  /** The file that is heard; absent where it lies outside the folder. */
  readonly url?: string;
  /** Place in the file where the film starts, s. */
  readonly startSec: number;
  readonly durationSec: number;
  /** At most 2,000 pairs of lowest and highest sample, −1..1, evenly over the sound. */
  readonly peaks: readonly number[];
  readonly bpm?: number;
  readonly beatsPerBar?: number;
  /** Film times, s. */
  readonly beats: readonly number[];
}

export type ValuePath = readonly (string | number)[];

/** `GET /api/names?path=`: of the scene's network, for completion. */
export interface Names {
  readonly network: string;
  readonly layers: readonly LayerEntry[];
  readonly classes: readonly string[];
  /** Networks that are on this machine. */
  readonly networks: readonly string[];
  readonly easings: readonly string[];
  readonly files: readonly string[];
}

export interface LayerEntry {
  readonly name: string;
  readonly channels: number;
  readonly op: string;
  readonly stride: number;
  readonly receptiveField: number | null;
  readonly about?: string;
}
