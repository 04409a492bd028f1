/** Icons, drawn with lines on 16 × 16. Each is decoration: the control that holds it has a label. */
import type { JSX } from "preact";

const shapes = {
  play: "M5 3.2v9.6l8-4.8z",
  pause: "M5 3.5v9M11 3.5v9",
  stop: "M4.5 4.5h7v7h-7z",
  first: "M4 3.5v9M12.5 3.5 6.5 8l6 4.5z",
  last: "M12 3.5v9M3.5 3.5l6 4.5-6 4.5z",
  back: "M10.5 3.5 5.5 8l5 4.5",
  next: "M5.5 3.5l5 4.5-5 4.5",
  check: "M3 8.5 6.5 12 13 4.5",
  close: "M4 4l8 8M12 4l-8 8",
  plus: "M8 3v10M3 8h10",
  minus: "M3 8h10",
  undo: "M6 3 3 6l3 3M3.2 6H9.5a3.5 3.5 0 0 1 0 7H7",
  redo: "M10 3l3 3-3 3M12.8 6H6.5a3.5 3.5 0 0 0 0 7H9",
  search: "M7 3a4 4 0 1 1 0 8 4 4 0 0 1 0-8zM10 10l3.5 3.5",
  menu: "M2.5 4.5h11M2.5 8h11M2.5 11.5h11",
  warn: "M8 2.5 14.2 13H1.8zM8 6.5v3M8 11.2v.2",
  key: "M8 3.2 12.8 8 8 12.8 3.2 8z",
  wipe: "M8 2v12M2.5 4h11v8h-11zM11 6.5 12.5 8 11 9.5M5 6.5 3.5 8 5 9.5",
  aim: "M8 4.5a3.5 3.5 0 1 1 0 7 3.5 3.5 0 0 1 0-7zM8 1.5v4M8 10.5v4M1.5 8h4M10.5 8h4",
  motion: "M2 11c3 0 3-6 6-6s3 6 6 6M2 8h2M12 8h2",
  loop: "M4 6a3 3 0 0 1 3-2.5h3M12 10a3 3 0 0 1-3 2.5H6M8.5 1.5l2 2-2 2M7.5 14.5l-2-2 2-2",
  film: "M2.5 3.5h11v9h-11zM2.5 6.5h11M2.5 9.5h11M5.5 3.5v9M10.5 3.5v9",
  download: "M8 2.5v7.5M4.8 7.2 8 10.4l3.2-3.2M3 13h10",
  layers: "M8 2.5 14 6 8 9.5 2 6zM2.5 9 8 12.2 13.5 9",
  sound: "M3 6.2h2.2L8.5 3.5v9L5.2 9.8H3zM10.8 5.5a3.5 3.5 0 0 1 0 5M12.6 3.8a6 6 0 0 1 0 8.4",
  mute: "M3 6.2h2.2L8.5 3.5v9L5.2 9.8H3zM11 6l3 4M14 6l-3 4",
  magnet: "M4 3v5a4 4 0 0 0 8 0V3M4 5.5h2.5M9.5 5.5H12M6.5 3v5a1.5 1.5 0 0 0 3 0V3",
  image: "M2.5 3h11v10h-11zM2.5 11l3.5-4 3 3.2L10.8 8l2.7 3M10.5 5.7v.1",
  save: "M3 3h8l2 2v8H3zM5.5 3v3.5h4.5V3M5 13V9.5h6V13",
  help: "M8 1.8a6.2 6.2 0 1 1 0 12.4A6.2 6.2 0 0 1 8 1.8zM6.2 6.2c.2-2.4 3.8-2 3.6.2C9.7 8 8 7.9 8 9.4M8 11.3v.2",
  up: "M8 12.5v-9M4.5 7 8 3.5 11.5 7",
  down: "M8 3.5v9M4.5 9 8 12.5 11.5 9",
  reset: "M3.2 5.2A5.5 5.5 0 1 1 2.5 8M3 2.2v3.2h3.2",
  open: "M9 2.5h4.5V7M13.2 2.8 7.5 8.5M11.5 9v4h-9V4h4.2",
  more: "M3.5 8v.1M8 8v.1M12.5 8v.1",
  pen: "M3 13l.8-3.2L10.5 3 13 5.5l-6.8 6.7zM9 4.5 11.5 7",
  copy: "M5.5 5.5h7.5v7.5H5.5zM3 10.5V3h7.5",
  trash: "M3 4.5h10M6 4.5V2.8h4v1.7M4.5 4.5l.6 8.7h5.8l.6-8.7M6.8 7v4M9.2 7v4",
  farm: "M2.5 2.5H7v4H2.5zM9 2.5h4.5v4H9zM5.8 9.5h4.5v4H5.8zM4.8 6.5 7 9.5M11.2 6.5 9 9.5",
  steer:
    "M8 2.2a5.8 5.8 0 1 1 0 11.6A5.8 5.8 0 0 1 8 2.2zM8 8l3-2.6M8 6.6a1.4 1.4 0 1 1 0 2.8 1.4 1.4 0 0 1 0-2.8z",
} as const;

export type IconName = keyof typeof shapes;

const filled: readonly IconName[] = ["play", "first", "last", "stop"];

export function Icon({
  name,
  size = 16,
}: {
  readonly name: IconName;
  readonly size?: number;
}): JSX.Element {
  return (
    <svg width={size} height={size} viewBox="0 0 16 16" aria-hidden="true">
      <path
        d={shapes[name]}
        fill={filled.includes(name) ? "currentColor" : "none"}
        stroke="currentColor"
        stroke-width="1.4"
        stroke-linecap="round"
        stroke-linejoin="round"
      />
    </svg>
  );
}
