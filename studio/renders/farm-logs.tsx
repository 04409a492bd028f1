/** The logs of a film's pieces on the farm. */
import type { JSX } from "preact";
import { Dialog } from "../parts/dialog.tsx";
import { logsShown } from "../state/farm.ts";

export function FarmLogs(): JSX.Element | null {
  const shown = logsShown.value;
  if (!shown) return null;
  const { title, logs } = shown;
  return (
    <Dialog
      title={`Logs of ${title}`}
      wide
      onClose={() => {
        logsShown.value = undefined;
      }}
    >
      <div class="farm-logs">
        {logs?.length === 0 && <p class="soft">There are no logs yet.</p>}
        {logs?.map(({ name, text }) => (
          <section key={name}>
            <h3>{name}</h3>
            <pre>{text}</pre>
          </section>
        ))}
      </div>
    </Dialog>
  );
}
