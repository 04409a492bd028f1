/** Numbers and times as people read them. */

/** `1:02.500`, or `2.500` below a minute. */
export function clock(seconds: number, digits = 2): string {
  const minutes = Math.floor(seconds / 60);
  const rest = (seconds - minutes * 60).toFixed(digits);
  return `${minutes}:${rest.padStart(digits + 3, "0")}`;
}

/** `12 s`, `3 min`, `1 h 20 min`. */
export function duration(seconds: number): string {
  if (seconds < 1) return "under a second";
  if (seconds < 90) return `${Math.round(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 90) return `${minutes} min`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** `10 s` or `2:30`: the length of a film. */
export function filmLength(seconds: number): string {
  return seconds < 60 ? `${Number(seconds.toFixed(1))} s` : clock(seconds, 0).replace(/\.$/, "");
}

export function bytes(count: number): string {
  if (count < 1000) return `${count} B`;
  if (count < 1e6) return `${Math.round(count / 1000)} kB`;
  if (count < 1e9) return `${(count / 1e6).toFixed(1)} MB`;
  return `${(count / 1e9).toFixed(1)} GB`;
}

/** A number with at most four significant digits and no trailing zeros. */
export function plainNumber(value: number): string {
  return `${Number(value.toPrecision(4))}`;
}

/** A number with the digits of a knob's step and one more; two digits of one that is smaller than that. */
export function shortNumber(value: number, step: number): number {
  const digits = Math.max(0, 1 - Math.floor(Math.log10(step)));
  const isSmall = value !== 0 && Math.abs(value) < 10 ** (1 - digits);
  return Number(isSmall ? value.toPrecision(2) : value.toFixed(digits));
}

/** `today 14:03`, `12 Mar`. */
export function when(milliseconds: number, now = Date.now()): string {
  const date = new Date(milliseconds);
  const today = new Date(now).toDateString() === date.toDateString();
  return today
    ? date.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" })
    : date.toLocaleDateString([], { day: "numeric", month: "short" });
}
