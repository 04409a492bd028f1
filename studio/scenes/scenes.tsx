/** The scenes of the folder, newest first. */
import { signal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { SceneEntry } from "../../src/studio/api.ts";
import { Button } from "../parts/button.tsx";
import { filmLength } from "../parts/format.ts";
import { Icon } from "../parts/icon.tsx";
import { Menu } from "../parts/menu.tsx";
import { SlowImage } from "../parts/slow-image.tsx";
import { path, unsaved } from "../state/document.ts";
import { formatRoute } from "../state/route.ts";
import { scenes, studio } from "../state/scenes.ts";
import { dialog, scenesShown } from "../state/ui.ts";
import { copyScene, deleteScene, renameScene, renaming } from "./manage.ts";
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
      <SceneMenu />
    </nav>
  );
}

function Entry({ scene }: { readonly scene: SceneEntry }): JSX.Element {
  const open = scene.path === path.value;
  const place = useRef<HTMLLIElement>(null);
  useEffect(() => {
    if (open) place.current?.scrollIntoView({ block: "nearest" });
  }, [open]);
  const isNamed = renaming.value === scene.path;
  const openMenu = (x: number, y: number): void => {
    menu.value = { scene, x, y };
  };
  return (
    <li
      ref={place}
      class={menu.value?.scene.path === scene.path ? "row chosen" : "row"}
      onContextMenu={(event) => {
        event.preventDefault();
        openMenu(event.clientX, event.clientY);
      }}
    >
      {isNamed ? (
        <Naming scene={scene} />
      ) : (
        <>
          <Link scene={scene} open={open} />
          <button
            type="button"
            class="button small icon more"
            aria-label={`What to do with ${scene.title || scene.path}`}
            aria-haspopup="menu"
            title="Rename, copy, delete"
            onClick={(event) => {
              const { left, bottom } = event.currentTarget.getBoundingClientRect();
              openMenu(left, bottom + 4);
            }}
          >
            <Icon name="more" />
          </button>
        </>
      )}
    </li>
  );
}

function Link({
  scene,
  open,
}: {
  readonly scene: SceneEntry;
  readonly open: boolean;
}): JSX.Element {
  const about = [
    scene.durationSec === undefined ? undefined : filmLength(scene.durationSec),
    scene.size && `${scene.size.width}×${scene.size.height}`,
  ].filter(Boolean);
  return (
    <a
      href={formatRoute({ type: "scene", path: scene.path })}
      class="entry"
      aria-current={open ? "page" : undefined}
      title={scene.path}
      onClick={() => {
        if (innerWidth <= 1000) scenesShown.value = false;
      }}
      onKeyDown={(event) => {
        if (event.key === "F2") renaming.value = scene.path;
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
            <span class="ellipsis">{about.join(" · ")}</span>
          )}
          {open && unsaved.value && <span class="dot" role="img" aria-label="Not saved" />}
          {scene.output !== undefined && !(open && unsaved.value) && (
            <span class="done" role="img" aria-label="Rendered" title="Rendered">
              <Icon name="film" size={14} />
            </span>
          )}
        </span>
      </span>
    </a>
  );
}

/** The scene's name while it is typed. */
function Naming({ scene }: { readonly scene: SceneEntry }): JSX.Element {
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.select(), []);
  const end = (commit: boolean): void => {
    if (renaming.peek() !== scene.path) return;
    renaming.value = undefined;
    const name = field.current?.value.trim() ?? "";
    if (commit && name !== "" && name !== scene.title) void renameScene(scene.path, name);
  };
  return (
    <div class="entry naming">
      <Thumbnail url={scene.thumbnail} />
      <input
        ref={field}
        class="field"
        aria-label="Name of the scene"
        title="Enter renames the scene and its file; Escape leaves it"
        defaultValue={scene.title || scene.path}
        onBlur={() => end(true)}
        onKeyDown={(event) => {
          event.stopPropagation();
          if (event.key === "Enter") end(true);
          if (event.key === "Escape") end(false);
        }}
      />
    </div>
  );
}

/** The menu of a scene that is open. */
const menu = signal<
  { readonly scene: SceneEntry; readonly x: number; readonly y: number } | undefined
>(undefined);

function closeMenu(): void {
  menu.value = undefined;
}

function SceneMenu(): JSX.Element | null {
  const at = menu.value;
  if (!at) return null;
  const { path: of, title } = at.scene;
  return (
    <Menu
      label={title || of}
      at={at}
      onClose={closeMenu}
      items={[
        {
          icon: "pen",
          label: "Rename",
          keys: "F2",
          run: () => {
            renaming.value = of;
          },
        },
        { icon: "copy", label: "Copy", run: () => void copyScene(of) },
        { icon: "trash", label: "Delete", run: () => void deleteScene(of) },
      ]}
    />
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
      <SlowImage url={url} keeps />
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
