/** What a worker asks of the processes that dream for it. */
import type { EngineChoice, EngineName } from "../../choices.ts";
import type { FarmFilm, Piece } from "../share/film.ts";

export interface PieceCall {
  /** Path of the share. */
  readonly share: string;
  readonly film: FarmFilm;
  readonly piece: Piece;
  readonly threads: number;
  readonly fingerprint: string;
}

export type PieceReport =
  | { readonly type: "frame"; readonly frame: number }
  /** So many of the piece's frames were stored before. */
  | { readonly type: "found"; readonly frames: number }
  | { readonly type: "notice"; readonly message: string };

/** What the engine of this machine is. */
export interface EngineFacts {
  readonly engine: EngineName;
  readonly fingerprint: string;
  readonly keysVersion: number;
  readonly runtime: string;
}

export type WorkerCalls = {
  readonly engine: {
    readonly request: { readonly engine: EngineChoice };
    readonly report: never;
    readonly result: EngineFacts;
  };
  readonly piece: {
    readonly request: PieceCall;
    readonly report: PieceReport;
    readonly result: null;
  };
};
