/** What stands in the middle where there is no picture. */
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { chosen, media, refreshMedia } from "../begin/files.ts";
import { FolderFiles } from "../begin/folder-files.tsx";
import { goTo } from "../editor/view.ts";
import { Button } from "../parts/button.tsx";
import { Icon } from "../parts/icon.tsx";
import { problems } from "../state/check.ts";
import { openScene, path } from "../state/document.ts";
import { dialog, sideTab } from "../state/ui.ts";

/** A folder without scenes: its photos, clips and sounds, each of which can become one. */
export function NoScenes(): JSX.Element {
  useEffect(() => void refreshMedia(), []);
  const hasFiles = media.value.length > 0;
  return (
    <div class="empty">
      {!hasFiles && <Icon name="image" size={40} />}
      <h2>Begin with a file</h2>
      {hasFiles ? (
        <>
          <p>Choose one of the folder, or drop a photo, a clip or a sound here.</p>
          <FolderFiles
            onChoose={(entry) => {
              chosen.value = entry;
              dialog.value = "new";
            }}
          />
        </>
      ) : (
        <p>
          Drop a photo, a clip or a sound here. It is copied into the folder and becomes a scene.
        </p>
      )}
      <Button
        kind="main"
        label="New scene"
        icon="plus"
        onClick={() => {
          dialog.value = "new";
        }}
      >
        New scene
      </Button>
    </div>
  );
}

export function NoFilm(): JSX.Element {
  const [first] = problems.value;
  return (
    <div class="empty">
      <Icon name="warn" size={32} />
      <h2>This scene cannot be shown yet</h2>
      <p>
        {first?.line !== undefined && `Line ${first.line}: `}
        {first?.message}
      </p>
      <Button
        kind="framed"
        label="Go to the problem"
        onClick={() => {
          sideTab.value = "text";
          requestAnimationFrame(() => goTo(first?.line ?? 1, first?.column));
        }}
      >
        Go to the problem
      </Button>
    </div>
  );
}

export function NotOpened({ message }: { readonly message: string }): JSX.Element {
  const wanted = path.value;
  return (
    <div class="empty">
      <Icon name="warn" size={32} />
      <h2>This scene did not open</h2>
      <p>{message}</p>
      {wanted !== undefined && (
        <Button kind="framed" label="Try again" icon="reset" onClick={() => void openScene(wanted)}>
          Try again
        </Button>
      )}
    </div>
  );
}

/** Until the scene's network is open, which takes a moment for the first scene. */
export function Opening(): JSX.Element {
  return (
    <div class="opening" role="status">
      <p class="faint">Opening the scene…</p>
    </div>
  );
}
