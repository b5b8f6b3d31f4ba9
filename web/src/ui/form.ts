// What all forms do alike: validate on leaving a field, and after a refused submit focus the first that is wrong.

interface WithNodes {
  getInputNode: (path: never) => HTMLElement | null;
}

/** For `form.onSubmit(send, focusFirst(form))`: the topmost field that is wrong gets the focus. */
export function focusFirst(form: WithNodes) {
  return (errors: Record<string, unknown>) => {
    const nodes = Object.keys(errors).flatMap((path) => form.getInputNode(path as never) ?? []);
    nodes.sort((a, b) => (a.compareDocumentPosition(b) & Node.DOCUMENT_POSITION_FOLLOWING ? -1 : 1));
    const [first] = nodes;
    // One that has the focus already is not brought into view by getting it.
    if (first && first === document.activeElement) first.scrollIntoView({ block: 'center' });
    else first?.focus();
  };
}

/**
 * For what holds a form's buttons: pressing one does not leave the field. Else the error that shows on leaving
 * moves the button away from below the pointer, and the press is lost.
 */
export const keepFocus = { onMouseDown: (event: React.MouseEvent) => event.preventDefault() };
