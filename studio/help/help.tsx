/** The keys. */
import type { JSX } from "preact";
import { Dialog } from "../parts/dialog.tsx";
import { allShortcuts, type Shortcut } from "../state/keyboard.ts";
import { studio } from "../state/scenes.ts";
import { dialog } from "../state/ui.ts";
import "./help.css";

const groups: readonly Shortcut["group"][] = ["Play", "Timeline", "Scene", "Page"];

export function Help(): JSX.Element {
  return (
    <Dialog
      title="Keyboard"
      wide
      onClose={() => {
        dialog.value = undefined;
      }}
    >
      <div class="help">
        {groups.map((group) => (
          <section key={group}>
            <h3>{group}</h3>
            <dl>
              {allShortcuts()
                .filter((shortcut) => shortcut.group === group && shortcut.does !== "")
                .map(({ keys, does }) => (
                  <div key={does}>
                    <dt>
                      {keys.map((key) => (
                        <kbd key={key}>{key}</kbd>
                      ))}
                    </dt>
                    <dd>{does}</dd>
                  </div>
                ))}
            </dl>
          </section>
        ))}
      </div>
      <p class="version">dreamreel {studio.value?.version}</p>
    </Dialog>
  );
}
