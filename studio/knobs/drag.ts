/** Numbers of drags: all changes of one drag are one step of the history. */
let last = 0;

export function newDrag(): number {
  return ++last;
}
