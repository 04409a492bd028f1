/** Short messages that leave by themselves; failures stay until they are closed. */
import { signal } from "@preact/signals";
import { RequestError } from "./api-client.ts";

export interface Toast {
  readonly id: number;
  readonly text: string;
  readonly hint?: string;
  readonly bad: boolean;
  readonly action?: { readonly label: string; readonly run: () => void };
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

function show(toast: Omit<Toast, "id">): number {
  const id = ++last;
  // The same message again replaces the older one.
  toasts.value = [...toasts.value.filter(({ text }) => text !== toast.text), { ...toast, id }];
  return id;
}

export function tell(text: string, offer?: ToastAction): void {
  const { label, run, hint } = offer ?? {};
  const action = label !== undefined && run ? { label, run } : undefined;
  const id = show({ text, bad: false, ...(action && hint ? { action, hint } : {}) });
  setTimeout(() => closeToast(id), offer?.ms ?? 4000);
}

/** Say what failed. Being offline is shown in the bar already. */
export function tellFailure(error: unknown): void {
  if (error instanceof DOMException && error.name === "AbortError") return;
  if (error instanceof RequestError) {
    if (error.code === "OFFLINE") return;
    show({ text: error.message, bad: true, ...(error.hint ? { hint: error.hint } : {}) });
    return;
  }
  show({ text: error instanceof Error ? error.message : String(error), bad: true });
}

export function closeToast(id: number): void {
  toasts.value = toasts.value.filter((toast) => toast.id !== id);
}
