/** The page: bar, scenes, picture, the panels beside it, time. */
import type { JSX } from "preact";
import { Banner } from "./banner.tsx";
import { Bar } from "./bar.tsx";
import { dropping } from "./begin/files.ts";
import { BeginDialog } from "./begin/new-scene.tsx";
import { Editor } from "./editor/editor.tsx";
import { Help } from "./help/help.tsx";
import { Knobs } from "./knobs/knobs.tsx";
import { LayerBrowser } from "./layers/browser.tsx";
import { Tabs } from "./parts/tabs.tsx";
import { Toasts } from "./parts/toasts.tsx";
import { Stage } from "./picture/stage.tsx";
import { Renders } from "./renders/renders.tsx";
import { Result } from "./result/result.tsx";
import { Scenes } from "./scenes/scenes.tsx";
import { problems } from "./state/check.ts";
import { path } from "./state/document.ts";
import { renderingCount } from "./state/renders.ts";
import { route } from "./state/route.ts";
import { dialog, scenesShown, sideTab } from "./state/ui.ts";
import { Timeline } from "./timeline/timeline.tsx";

export function App(): JSX.Element {
  const { type } = route.value;
  const covered = type === "layers" || type === "result";
  return (
    <>
      <div class={scenesShown.value ? "studio" : "studio no-scenes"}>
        <Bar />
        <Banner />
        <div class="under" inert={covered}>
          {scenesShown.value && <Scenes />}
          <Stage />
          <Side />
          <Timeline />
        </div>
      </div>
      {route.value.type === "layers" && <LayerBrowser at={route.value} />}
      {route.value.type === "result" && <Result {...route.value} />}
      {dialog.value === "help" && <Help />}
      {dialog.value === "new" && <BeginDialog />}
      {dropping.value && (
        <div class="drop">
          <p>Drop it: it begins a new scene</p>
        </div>
      )}
      {dialog.value === undefined && <Toasts />}
    </>
  );
}

function Side(): JSX.Element {
  const tab = sideTab.value;
  return (
    <aside class="side" aria-label="Scene">
      <Tabs
        label="Ways to edit the scene"
        chosen={tab}
        onChoose={(chosen) => {
          sideTab.value = chosen;
        }}
        tabs={[
          { id: "knobs", label: "Knobs" },
          {
            id: "text",
            label: "Text",
            ...(problems.value.length > 0 ? { badge: problems.value.length, bad: true } : {}),
          },
          {
            id: "renders",
            label: "Renders",
            ...(renderingCount.value > 0 ? { badge: renderingCount.value } : {}),
          },
        ]}
      />
      <div class="panel" role="tabpanel" hidden={tab !== "text" || path.value === undefined}>
        <Editor />
      </div>
      <div class="panel" role="tabpanel" hidden={tab !== "knobs"}>
        {tab === "knobs" && <Knobs />}
      </div>
      <div class="panel" role="tabpanel" hidden={tab !== "renders"}>
        {tab === "renders" && <Renders />}
      </div>
    </aside>
  );
}
