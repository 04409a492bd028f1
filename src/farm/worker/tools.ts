/** What the parts of a worker share. */
import type { Redis } from "ioredis";
import type { PieceQueues } from "../queue/piece-queues.ts";
import type { PieceTaker } from "../queue/piece-taker.ts";
import type { Share } from "../share/share.ts";
import type { EngineFacts } from "./calls.ts";
import type { Films } from "./films.ts";
import type { Paces } from "./paces.ts";
import type { MachineFailures } from "./rules.ts";
import type { WorkerSelf } from "./self.ts";

/** What a worker tells the person who started it. */
export type WorkerEvent =
  | { readonly type: "note"; readonly message: string }
  | { readonly type: "begin"; readonly film: string; readonly piece: string }
  | {
      readonly type: "end";
      readonly film: string;
      readonly piece: string;
      /** Absent if the piece was done. */
      readonly why?: string;
      readonly frames: number;
      readonly seconds: number;
    };

export interface WorkerTools {
  readonly share: Share;
  readonly redis: Redis;
  readonly queues: PieceQueues;
  readonly taker: PieceTaker;
  readonly facts: EngineFacts;
  readonly films: Films;
  readonly failures: MachineFailures;
  readonly self: WorkerSelf;
  readonly threads: number;
  readonly paces: Paces;
  /** Pause after a first failure, ms. */
  readonly firstMs: number | undefined;
  readonly onEvent: (event: WorkerEvent) => void;
  /** Fires when the worker is to end. */
  readonly signal: AbortSignal;
}
