/** Photos, clips and sounds of the folder, seen small. */
import type { JSX } from "preact";
import type { MediaEntry } from "../../src/studio/api.ts";
import { filmLength } from "../parts/format.ts";
import { Icon } from "../parts/icon.tsx";
import { SlowImage } from "../parts/slow-image.tsx";
import { media } from "./files.ts";
import "./folder-files.css";

interface FolderFilesProps {
  readonly onChoose: (entry: MediaEntry) => void;
}

export function FolderFiles({ onChoose }: FolderFilesProps): JSX.Element {
  return (
    <ul class="folder" aria-label="Files of the folder">
      {media.value.map((entry) => (
        <FolderFile key={entry.path} entry={entry} onChoose={onChoose} />
      ))}
    </ul>
  );
}

function FolderFile({
  entry,
  onChoose,
}: { readonly entry: MediaEntry } & FolderFilesProps): JSX.Element {
  const { path, durationSec } = entry;
  return (
    <li>
      <button type="button" title={path} onClick={() => onChoose(entry)}>
        <Preview entry={entry} />
        <span class="ellipsis">{path.split("/").at(-1)}</span>
        {durationSec !== undefined && <span class="length">{filmLength(durationSec)}</span>}
      </button>
    </li>
  );
}

/** A small picture of a photo or clip; of a sound its icon. */
export function Preview({
  entry: { kind, picture },
}: {
  readonly entry: Pick<MediaEntry, "kind" | "picture">;
}): JSX.Element {
  const icon = <Icon name={kind === "sound" ? "sound" : kind === "video" ? "film" : "image"} />;
  return (
    <span class="preview">
      {picture === undefined ? icon : <SlowImage url={picture} pace="quick" instead={() => icon} />}
    </span>
  );
}
