/** How a film on the farm is. Types only: the studio's page reads them too. */
export type FilmWord =
  | "waiting"
  | "dreaming"
  | "writing"
  | "paused"
  | "cancelled"
  | "failed"
  | "finished";
