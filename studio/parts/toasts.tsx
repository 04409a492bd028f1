/** Messages at the foot of the page. */
import type { JSX } from "preact";
import { closeToast, toasts } from "../state/toasts.ts";
import { Button } from "./button.tsx";
import { Icon } from "./icon.tsx";
import "./toasts.css";

export function Toasts(): JSX.Element {
  return (
    <div class="toasts" role="status" aria-live="polite">
      {toasts.value.map(({ id, text, hint, bad, action }) => (
        <div key={id} class={bad ? "toast bad" : "toast"}>
          <Icon name={bad ? "warn" : "check"} />
          <p>
            {text}
            {hint && <span class="hint">{hint}</span>}
          </p>
          {action && (
            <Button
              small
              kind="framed"
              label={action.label}
              onClick={() => {
                closeToast(id);
                action.run();
              }}
            >
              {action.label}
            </Button>
          )}
          <Button small label="Close the message" icon="close" onClick={() => closeToast(id)} />
        </div>
      ))}
    </div>
  );
}
