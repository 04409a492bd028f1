import type { FarmFilm } from "./film.ts";
import type { Share } from "./share.ts";

export interface Lease {
  /** Fires when the lease is lost: another process has it, or no heartbeat could be written for too long. */
  readonly lost: AbortSignal;
  /** Give it back, unless another process has it by now. */
  release(): Promise<void>;
}

export interface LeaseHolder {
  readonly pid: number;
  readonly host: string;
  readonly owner: string;
}

/** Take the lease of a piece, or return who has it. Lives as long as this process's event loop turns. */
export async function takeLease(
  share: Share,
  film: FarmFilm,
  key: string,
  owner: string,
  options?: { readonly heartbeatMs?: number; readonly staleMs?: number },
): Promise<Lease | { readonly holder: LeaseHolder }> {
  throw new Error(`to come: ${share.path} ${film.id} ${key} ${owner} ${options}`);
}
