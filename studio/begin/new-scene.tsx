/** A new scene: from a picture, clip or sound by one of three templates. */
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { MediaEntry, NewScene } from "../../src/studio/api.ts";
import { Button } from "../parts/button.tsx";
import { Dialog } from "../parts/dialog.tsx";
import { filmLength } from "../parts/format.ts";
import { Icon, type IconName } from "../parts/icon.tsx";
import { dialog } from "../state/ui.ts";
import { chosen, create, media, receive, refreshMedia, sending, templateFor } from "./files.ts";
import { FolderFiles, Preview } from "./folder-files.tsx";
import "./new-scene.css";

interface Template {
  readonly id: NewScene["template"];
  readonly icon: IconName;
  readonly title: string;
  readonly about: string;
  readonly takes: readonly MediaEntry["kind"][];
  /** Whether it also begins without a file. */
  readonly alone: boolean;
}

const templates: readonly Template[] = [
  {
    id: "zoom",
    icon: "aim",
    title: "Endless zoom",
    about: "Into a photo, or into noise. Each frame goes a little closer.",
    takes: ["image", "video"],
    alone: true,
  },
  {
    id: "clip",
    icon: "film",
    title: "Dream over a clip",
    about: "The dream follows the movement of the clip.",
    takes: ["video"],
    alone: false,
  },
  {
    id: "layers",
    icon: "sound",
    title: "Layers in turn to a sound",
    about: "The dream changes over time, and the sound moves it.",
    takes: ["sound"],
    alone: true,
  },
];

const close = (): void => {
  dialog.value = undefined;
  chosen.value = undefined;
};

function nameFrom(path: string | undefined): string {
  return (
    path
      ?.split("/")
      .at(-1)
      ?.replace(/\.[^.]*$/, "") ?? ""
  );
}

export function BeginDialog(): JSX.Element {
  const file = chosen.value;
  const [picked, setPicked] = useState<NewScene["template"]>();
  const [typed, setTyped] = useState<string>();
  useEffect(() => void refreshMedia(), []);
  const template = templates.find(({ id }) => id === (picked ?? templateFor(file?.kind)))!;
  const fits = file === undefined ? template.alone : template.takes.includes(file.kind);
  const name = typed ?? (nameFrom(file?.path) || template.title.toLowerCase());
  const make = (): void =>
    void create({ template: template.id, name, ...(file && fits ? { media: file.path } : {}) });
  return (
    <Dialog title="New scene" wide onClose={close}>
      <form
        class="new"
        onSubmit={(event) => {
          event.preventDefault();
          if (fits) make();
        }}
      >
        <Files />
        <div class="templates" role="radiogroup" aria-label="Template">
          {templates.map(({ id, icon, title, about, takes, alone }) => {
            const possible = file === undefined ? alone : takes.includes(file.kind);
            return (
              <label
                key={id}
                class={id === template.id ? "template chosen" : "template"}
                data-impossible={!possible}
              >
                <input
                  type="radio"
                  name="template"
                  checked={id === template.id}
                  onChange={() => setPicked(id)}
                />
                <Icon name={icon} size={22} />
                <strong>{title}</strong>
                <span class="soft">{about}</span>
                {!possible && (
                  <span class="needs">Needs {takes.includes("sound") ? "a sound" : "a clip"}.</span>
                )}
              </label>
            );
          })}
        </div>
        {!fits && (
          <p class="note">
            {file === undefined
              ? "This template needs a clip: drop one, or choose one above."
              : `This template does not take a ${file.kind === "image" ? "picture" : file.kind}.`}
          </p>
        )}
        <div class="row">
          <label class="named">
            <span class="soft">Name</span>
            <input
              class="field"
              data-first
              value={name}
              onInput={(event) => setTyped(event.currentTarget.value)}
            />
          </label>
          <Button
            kind="main"
            label="Create the scene"
            icon="plus"
            disabled={!fits || name.trim() === "" || sending.value !== undefined}
            onClick={make}
          >
            Create
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

function Files(): JSX.Element {
  // What is known of the file comes later than its name.
  const now = media.value.find(({ path }) => path === chosen.value?.path) ?? chosen.value;
  if (sending.value)
    return (
      <div class="files" role="status">
        <p>
          Copying {sending.value.name} into the folder: {Math.round(sending.value.share * 100)} %
        </p>
      </div>
    );
  return (
    <div class="files">
      <label class="choose">
        <input
          type="file"
          accept="image/*,video/*,audio/*,.mkv,.flac,.opus"
          onChange={(event) => {
            const file = event.currentTarget.files?.[0];
            if (file) void receive(file);
          }}
        />
        <Icon name="open" /> {now ? "Another file" : "Choose a file, or drop it here"}
      </label>
      {now && (
        <p class="now">
          <Preview entry={now} />
          <span class="ellipsis">{now.path}</span>
          {now.durationSec !== undefined && <span class="soft">{filmLength(now.durationSec)}</span>}
          <Button
            small
            icon="close"
            label="Without this file"
            onClick={() => {
              chosen.value = undefined;
            }}
          />
        </p>
      )}
      {!now && media.value.length > 0 && (
        <>
          <span class="soft">or take one of the folder:</span>
          <FolderFiles
            onChoose={(entry) => {
              chosen.value = entry;
            }}
          />
        </>
      )}
    </div>
  );
}
