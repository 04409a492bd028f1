/** The button that renders. Where a farm is named it asks where: on this machine, or on the farm. */
import type { ComponentChildren, JSX } from "preact";
import { useState } from "preact/hooks";
import { Button } from "../parts/button.tsx";
import { Menu } from "../parts/menu.tsx";
import { problems } from "../state/check.ts";
import { farm, renderOnFarm } from "../state/farm.ts";
import { range } from "../state/playhead.ts";
import { startRender } from "../state/renders.ts";

export interface RenderChoiceProps {
  readonly kind: "main" | "framed";
  readonly label: string;
  readonly disabled?: boolean;
  readonly children: ComponentChildren;
}

export function RenderChoice(props: RenderChoiceProps): JSX.Element {
  const [at, setAt] = useState<{ readonly x: number; readonly y: number }>();
  const { kind, children } = props;
  const isWrong = problems.value.length > 0;
  const label = isWrong ? "The text has problems: mend them to render" : props.label;
  const disabled = props.disabled === true || isWrong;
  const hasFarm = farm.value !== undefined;
  const open = (): void => {
    // The button has the focus: a click gave it.
    const { left, bottom } = (document.activeElement ?? document.body).getBoundingClientRect();
    setAt({ x: left, y: bottom + 4 });
  };
  const whole = range.value ? "The whole film on the farm" : "On the farm";
  return (
    <>
      <Button
        {...{ kind, label, disabled }}
        icon="film"
        {...(hasFarm ? {} : { keys: "Ctrl Enter" })}
        onClick={() => (hasFarm ? open() : void startRender())}
      >
        {children}
      </Button>
      {at && (
        <Menu
          label="Where to render"
          at={at}
          onClose={() => setAt(undefined)}
          items={[
            {
              icon: "film",
              label: "On this machine",
              keys: "Ctrl Enter",
              run: () => void startRender(),
            },
            {
              icon: "farm",
              label: farm.value?.state === "away" ? `${whole} (it does not answer)` : whole,
              keys: "Ctrl ⇧ Enter",
              run: () => void renderOnFarm(),
            },
          ]}
        />
      )}
    </>
  );
}
