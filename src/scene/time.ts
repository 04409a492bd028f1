/** A point in time as written: seconds, or frames whose length the frame rate decides. */
export type Time =
  | { readonly unit: "seconds"; readonly value: number }
  | { readonly unit: "frames"; readonly value: number };

/** Parse `4s`, `1.5`, `1:30`, `0:01:30.5`, `500ms` or `96f`; undefined where it is none of them. */
export function parseTime(text: string | number): Time | undefined {
  if (typeof text === "number")
    return Number.isFinite(text) && text >= 0 ? { unit: "seconds", value: text } : undefined;
  const plain = /^(\d+(?:\.\d+)?|\.\d+)\s*(s|ms|f|min)?$/.exec(text.trim());
  if (plain) {
    const value = Number(plain[1]);
    switch (plain[2]) {
      case "f":
        return Number.isInteger(value) ? { unit: "frames", value } : undefined;
      case "ms":
        return { unit: "seconds", value: value / 1000 };
      case "min":
        return { unit: "seconds", value: value * 60 };
      default:
        return { unit: "seconds", value };
    }
  }
  const clock = /^(?:(\d+):)?(\d+):([0-5]?\d(?:\.\d+)?)$/.exec(text.trim());
  if (!clock) return undefined;
  return {
    unit: "seconds",
    value: Number(clock[1] ?? 0) * 3600 + Number(clock[2]) * 60 + Number(clock[3]),
  };
}

/** A time in seconds at `fps` frames per second. */
export function toSeconds(time: Time, fps: number): number {
  return time.unit === "seconds" ? time.value : time.value / fps;
}

/** A time in whole frames at `fps` frames per second, the nearest. */
export function toFrames(time: Time, fps: number): number {
  return time.unit === "frames" ? time.value : Math.round(time.value * fps);
}
