/** Files that are dropped on the page: they are copied into the folder and begin a scene. */
import { signal } from "@preact/signals";
import type { Created, MediaEntry, NewScene } from "../../src/studio/api.ts";
import { get, post, upload } from "../state/api-client.ts";
import { onEvent } from "../state/connection.ts";
import { Newest } from "../state/newest.ts";
import { go } from "../state/route.ts";
import { refreshScenes, studio } from "../state/scenes.ts";
import { succeeded, tellFailure } from "../state/toasts.ts";
import { dialog, sideTab } from "../state/ui.ts";

/** A file of the folder that the new scene begins with. */
export const chosen = signal<
  Pick<MediaEntry, "path" | "kind" | "picture" | "durationSec"> | undefined
>(undefined);
export const media = signal<readonly MediaEntry[]>([]);
/** Name and share of the upload that runs. */
export const sending = signal<{ readonly name: string; readonly share: number } | undefined>(
  undefined,
);

const endings: readonly (readonly [MediaEntry["kind"], RegExp])[] = [
  ["video", /\.(mp4|mov|m4v|webm|mkv|avi|gif)$/i],
  ["sound", /\.(wav|mp3|m4a|flac|ogg|opus|aac)$/i],
  ["image", /\.(jpe?g|png|webp|avif|tiff?|heic)$/i],
];

export function kindOf(name: string): MediaEntry["kind"] | undefined {
  return endings.find(([, ending]) => ending.test(name))?.[0];
}

/** The template that suits a file best. */
export function templateFor(kind: MediaEntry["kind"] | undefined): NewScene["template"] {
  return kind === "video" ? "clip" : kind === "sound" ? "layers" : "zoom";
}

const listed = new Newest();

export async function refreshMedia(): Promise<void> {
  try {
    const now = await listed.of(() => get<readonly MediaEntry[]>("files"));
    if (now) media.value = now.filter(({ kind }) => kind !== "network");
  } catch (error) {
    tellFailure(error);
  }
}

/** Copy a file into the folder, and ask what to make of it. */
export async function receive(file: File): Promise<void> {
  const kind = kindOf(file.name);
  if (kind === undefined) {
    tellFailure(new Error(`${file.name} is no picture, clip or sound.`));
    return;
  }
  const limit = studio.value?.maxUploadBytes ?? Number.POSITIVE_INFINITY;
  if (file.size > limit) {
    const megabytes = (bytes: number): string => `${(bytes / 1e6).toLocaleString("en")} MB`;
    tellFailure(
      new Error(
        `${file.name} has ${megabytes(file.size)}, more than the ${megabytes(limit)} of an upload. Copy it into the folder: it is then listed here.`,
      ),
    );
    return;
  }
  sending.value = { name: file.name, share: 0 };
  dialog.value = "new";
  try {
    const { path } = await upload(file, (share) => {
      sending.value = { name: file.name, share };
    });
    chosen.value = { path, kind };
    succeeded("upload");
    await refreshMedia();
  } catch (error) {
    dialog.value = undefined;
    tellFailure(error, "upload");
  } finally {
    sending.value = undefined;
  }
}

export async function create(scene: NewScene): Promise<void> {
  try {
    const { path } = await post<Created>("scenes", scene);
    dialog.value = undefined;
    chosen.value = undefined;
    succeeded("create");
    await refreshScenes();
    sideTab.value = "knobs";
    go({ type: "scene", path });
  } catch (error) {
    tellFailure(error, "create");
  }
}

/** Whether a file is held over the page. */
export const dropping = signal(false);

export function startFiles(): void {
  // Lengths come one by one.
  onEvent("media", () => {
    if (dialog.peek() === "new") void refreshMedia();
  });
}

export function startDrop(): void {
  const hasFiles = (event: DragEvent): boolean =>
    event.dataTransfer?.types.includes("Files") ?? false;
  addEventListener("dragover", (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    dropping.value = true;
  });
  addEventListener("dragleave", (event) => {
    if (event.relatedTarget === null) dropping.value = false;
  });
  addEventListener("drop", (event) => {
    dropping.value = false;
    const file = event.dataTransfer?.files[0];
    if (!file) return;
    event.preventDefault();
    void receive(file);
  });
}
