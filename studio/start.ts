/** Starts every part of the state, and opens the scene that the address names. */
import { effect } from "@preact/signals";
import { startDrop, startFiles } from "./begin/files.ts";
import { startNames } from "./editor/names.ts";
import { loadSchema } from "./editor/schema.ts";
import { startEditor } from "./editor/view.ts";
import { startShown } from "./picture/shown.ts";
import { startShortcuts } from "./shortcuts.ts";
import { film, startCheck } from "./state/check.ts";
import { connect } from "./state/connection.ts";
import { loading, openScene, path, startDocument, unsaved } from "./state/document.ts";
import { startFarm } from "./state/farm.ts";
import { startFinished } from "./state/finished.ts";
import { startKept } from "./state/kept.ts";
import { startKeyboard } from "./state/keyboard.ts";
import { startLook } from "./state/look.ts";
import { startMotion } from "./state/motion.ts";
import { startPlayhead } from "./state/playhead.ts";
import { startRenders } from "./state/renders.ts";
import { formatRoute, route, startRoute } from "./state/route.ts";
import { scenes, startScenes, studio } from "./state/scenes.ts";
import { startSound } from "./state/sound.ts";
import { startTiles } from "./state/tiles.ts";
import { tellFailure } from "./state/toasts.ts";
import { startHeldKey } from "./timeline/held-key.ts";
import { startTimelineView } from "./timeline/view.ts";

export function start(): void {
  startKeyboard();
  startShortcuts();
  startEditor();
  startDocument();
  startKept();
  startCheck();
  startNames();
  startPlayhead();
  startFinished();
  startLook();
  startMotion();
  startShown();
  startTimelineView();
  startHeldKey();
  startRenders();
  startFarm();
  startSound();
  startTiles();
  startDrop();
  startFiles();
  startRoute();
  connect();
  startScenes().then(openFirst, tellFailure);
  // What completion and knobs say of keys comes after the text itself.
  effect(() => {
    if (path.value !== undefined && !loading.value) void loadSchema();
  });
  effect(() => {
    const title = film.value?.title ?? path.value;
    document.title =
      title === undefined
        ? "dreamreel studio"
        : `${unsaved.value ? "• " : ""}${title} · dreamreel studio`;
  });
  effect(() => {
    const to = route.value;
    if (to.type !== "none" && to.path !== "") void openScene(to.path);
  });
}

/** Without a scene in the address: the one the studio was started with, else the newest. */
function openFirst(): void {
  if (route.value.type !== "none" || path.value !== undefined) return;
  const first = studio.value?.scene ?? scenes.value?.[0]?.path;
  if (first !== undefined) location.replace(formatRoute({ type: "scene", path: first }));
}
