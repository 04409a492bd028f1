/** The scenes of the folder, newest first. */
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { SceneEntry } from "../../src/studio/api.ts";
import { Button } from "../parts/button.tsx";
import { filmLength } from "../parts/format.ts";
import { Icon } from "../parts/icon.tsx";
import { SlowImage } from "../parts/slow-image.tsx";
import { path, unsaved } from "../state/document.ts";
import { formatRoute } from "../state/route.ts";
import { scenes, studio } from "../state/scenes.ts";
import { dialog, scenesShown } from "../state/ui.ts";
import "./scenes.css";

export function Scenes(): JSX.Element {
  const list = scenes.value;
  return (
    <nav class="scenes" aria-label="Scenes">
      <header>
        <h2 class="ellipsis" title={studio.value?.folder}>
          {studio.value?.folder ?? "Scenes"}
        </h2>
        <Button
          small
          label="New scene from a file or a template"
          icon="plus"
          keys="N"
          onClick={() => {
            dialog.value = "new";
          }}
        />
      </header>
      {list === undefined ? (
        <Waiting />
      ) : list.length === 0 ? (
        <p class="none">
          No scenes here yet. Drop a photo, a clip or a sound anywhere on this page.
        </p>
      ) : (
        <ul>
          {list.map((scene) => (
            <Entry key={scene.path} scene={scene} />
          ))}
        </ul>
      )}
    </nav>
  );
}

function Entry({ scene }: { readonly scene: SceneEntry }): JSX.Element {
  const open = scene.path === path.value;
  const about = [
    scene.durationSec === undefined ? undefined : filmLength(scene.durationSec),
    scene.size && `${scene.size.width}×${scene.size.height}`,
  ].filter(Boolean);
  const place = useRef<HTMLAnchorElement>(null);
  useEffect(() => {
    if (open) place.current?.scrollIntoView({ block: "nearest" });
  }, [open]);
  return (
    <li>
      <a
        ref={place}
        href={formatRoute({ type: "scene", path: scene.path })}
        class="entry"
        aria-current={open ? "page" : undefined}
        title={scene.path}
        onClick={() => {
          if (innerWidth <= 1000) scenesShown.value = false;
        }}
      >
        <Thumbnail url={scene.thumbnail} />
        <span class="words">
          <span class="title">{scene.title || scene.path}</span>
          <span class="about">
            {scene.problems > 0 ? (
              <span class="bad">
                {scene.problems} {scene.problems === 1 ? "problem" : "problems"}
              </span>
            ) : (
              about.join(" · ")
            )}
          </span>
        </span>
        {open && unsaved.value && <span class="dot" role="img" aria-label="Not saved" />}
        {scene.output !== undefined && !(open && unsaved.value) && (
          <span class="done" role="img" aria-label="Rendered" title="Rendered">
            <Icon name="film" size={14} />
          </span>
        )}
      </a>
    </li>
  );
}

function Thumbnail({ url }: { readonly url: string | undefined }): JSX.Element {
  if (url === undefined)
    return (
      <span class="thumb">
        <Icon name="image" />
      </span>
    );
  return (
    <span class="thumb">
      <SlowImage url={url} />
    </span>
  );
}

function Waiting(): JSX.Element {
  return (
    <ul aria-busy="true" aria-label="Loading the scenes">
      {[70, 50, 60, 45].map((width) => (
        <li key={width} class="entry ghost">
          <span class="thumb" />
          <span class="words">
            <span class="bone" style={{ width: `${width}%` }} />
            <span class="bone" style={{ width: "40%" }} />
          </span>
        </li>
      ))}
    </ul>
  );
}
