/** How long a worker waits for what, ms; all from the time after which others take over the pieces of a killed worker. */
export interface Paces {
  /** Of a job in the queue. */
  readonly lockMs: number;
  /** Of the lease of a piece: it is taken over sooner than the job, so that whoever gets the job gets the lease. */
  readonly lease: { readonly heartbeatMs: number; readonly staleMs: number };
  /** Pause before a piece is looked at again that another worker does. */
  readonly busyMs: number;
  /** Pause where the share is full, read-only or away. */
  readonly awayMs: number;
  /** Least time between two looks at the queue of a film. */
  readonly tendMs: number;
}

/** By default 90 s for the lock, 30 s for the lease. */
export function pacesOf(lockMs = 90_000): Paces {
  const staleMs = Math.max(3000, lockMs / 3);
  return {
    lockMs,
    lease: { heartbeatMs: staleMs / 6, staleMs },
    busyMs: Math.ceil(lockMs / 30),
    awayMs: Math.ceil(lockMs / 6),
    tendMs: lockMs / 3,
  };
}
