/** Short messages that leave by themselves; failures stay until they are closed, or another scene is opened. */
import { signal } from "@preact/signals";
import { RequestError } from "./api-client.ts";

export interface Toast {
  readonly id: number;
  readonly text: string;
  readonly hint?: string;
  readonly bad: boolean;
  readonly action?: { readonly label: string; readonly run: () => void };
  /** What failed: the message leaves when that succeeds. */
  readonly topic?: string | undefined;
}

/** What can still be done about what a message tells. */
export interface ToastAction {
  readonly label: string;
  readonly hint: string;
  readonly run: () => void;
  /** How long it can be done. */
  readonly ms: number;
}

export const toasts = signal<readonly Toast[]>([]);
let last = 0;
/** Most messages at a time. */
const most = 3;

function show(toast: Omit<Toast, "id">): number {
  const id = ++last;
  // The same message again replaces the older one.
  const others = toasts.value.filter(
    ({ text, topic }) => text !== toast.text && (topic === undefined || topic !== toast.topic),
  );
  toasts.value = [...others, { ...toast, id }].slice(-most);
  return id;
}

/** A newer message of the same topic replaces this one. */
export function tell(text: string, offer?: ToastAction, topic?: string): void {
  const { label, run, hint } = offer ?? {};
  const action = label !== undefined && run ? { label, run } : undefined;
  const id = show({ text, bad: false, topic, ...(action && hint ? { action, hint } : {}) });
  setTimeout(() => closeToast(id), offer?.ms ?? 4000);
}

/** Say what failed, until `succeeded` of the same topic. Being offline is shown in the bar already. */
export function tellFailure(error: unknown, topic?: string): void {
  if (error instanceof DOMException && error.name === "AbortError") return;
  if (error instanceof RequestError) {
    if (error.code === "OFFLINE") return;
    show({ text: error.message, bad: true, topic, ...(error.hint ? { hint: error.hint } : {}) });
    return;
  }
  show({ text: error instanceof Error ? error.message : String(error), bad: true, topic });
}

/** Something that may have failed before has succeeded. */
export function succeeded(of: string): void {
  toasts.value = toasts.value.filter(({ topic }) => topic !== of);
}

/** What failed in a scene says nothing of another one. */
export function closeFailures(): void {
  toasts.value = toasts.value.filter(({ bad }) => !bad);
}

export function closeToast(id: number): void {
  toasts.value = toasts.value.filter((toast) => toast.id !== id);
}
