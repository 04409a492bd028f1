/** What the share says of a film, as plain data: the folder is the truth, a queue only a hint. */
import { z } from "zod";
import { engineNames } from "../../choices.ts";

/** A file in the share that scenes read, with the hash that it was copied by. */
const inputFile = z.object({
  /** Relative to the share's `inputs` folder, with slashes. */
  path: z.string(),
  sha256: z.string(),
  bytes: z.number(),
});

const farmScene = z.object({
  /** The scene as submitted, relative to the film's folder: overrides are applied, and its files are in the share. */
  file: z.string(),
  /** The finished output, relative to the film's folder; a folder of frames ends in a slash. */
  output: z.string(),
  /** Where the submitter wants a copy, an absolute path on the submitter's machine. */
  deliver: z.string().optional(),
  /** The engine that dreams it on every machine: part of the frames' keys. */
  engine: z.enum(engineNames),
  /** Frames of the output. */
  frames: z.number(),
  /** Of the frames, px. */
  size: z.object({ width: z.number(), height: z.number() }),
  /** Number of stretches that `farm.split` makes of it; absent without. */
  stretches: z.number().optional(),
  /** Frames of one piece, so that it takes about two minutes. */
  pieceFrames: z.number(),
});

export const farmFilm = z.object({
  format: z.literal(1),
  /** `name-` and 8 hexadecimal digits of what it is made from: the same film has the same id. */
  id: z.string(),
  name: z.string(),
  /** The version of dreamreel that submitted it. */
  version: z.string(),
  keysVersion: z.number(),
  /** The version of onnxruntime, part of the frames' keys. */
  runtime: z.string(),
  /** Time, ISO 8601. */
  submitted: z.string(),
  /** `user@host`. */
  by: z.string(),
  priority: z.number(),
  tags: z.array(z.string()),
  preview: z.boolean(),
  scenes: z.array(farmScene).min(1),
  inputs: z.array(inputFile),
});

export type InputFile = Readonly<z.infer<typeof inputFile>>;
export type FarmScene = Readonly<z.infer<typeof farmScene>>;
export type FarmFilm = Readonly<z.infer<typeof farmFilm>>;

/**
 * Work for one worker. `cuts`: find where a clip cuts, so that the stretches between can be pieces. `frames`: finished
 * frames of a part of a shot, and checkpoints of cross-faded ones. `film`: the output, from what the pieces have made.
 */
export interface Piece {
  /** Letters, digits and dashes, unique among all films; equal for equal work. */
  readonly key: string;
  readonly kind: "cuts" | "frames" | "film";
  /** Number of the scene in the film, and of the shot in the scene; 0 for `film`. */
  readonly scene: number;
  readonly shot: number;
  /** First and last frame, counted within the shot; within the film for `film`. */
  readonly from: number;
  readonly to: number;
  /** Frames that it makes; 0 for `cuts` and `film`. */
  readonly frames: number;
  /** Keys of the pieces that have to be done before. */
  readonly after: readonly string[];
  /** The chain of pieces that are made on machines of one fingerprint. */
  readonly chain?: string | undefined;
}

/** What is known of a piece. */
export const pieceRecord = z.object({
  done: z.object({ at: z.string(), worker: z.string(), seconds: z.number() }).optional(),
  failures: z.array(
    z.object({
      worker: z.string(),
      host: z.string(),
      at: z.string(),
      message: z.string(),
      /** Name of the log in the film's `logs` folder. */
      log: z.string().optional(),
    }),
  ),
});
export type PieceRecord = Readonly<z.infer<typeof pieceRecord>>;
export type PieceFailure = PieceRecord["failures"][number];

/** What a person has asked for a film. */
export const filmRequest = z.object({
  paused: z.boolean().optional(),
  cancelled: z.boolean().optional(),
  /** The piece whose failures have stopped the film. */
  stopped: z.string().optional(),
});
export type FilmRequest = Readonly<z.infer<typeof filmRequest>>;

/** How far a film is, from the folder alone. */
export interface FilmState {
  readonly frames: { readonly total: number; readonly done: number; readonly missing: number };
  /** Pieces with something to do. */
  readonly missing: readonly Piece[];
  /** Failures of pieces that are not done. */
  readonly failures: readonly (PieceFailure & { readonly key: string })[];
  /** Whether every output is complete. */
  readonly finished: boolean;
  readonly request: FilmRequest;
}
