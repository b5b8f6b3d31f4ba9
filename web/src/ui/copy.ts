import { useEffect, useRef, useState } from 'react';

const SHOWN_MS = 1_800;

/** Copies text, also where the page came by plain HTTP and the clipboard interface is missing. */
export function useCopy(): { copied: boolean; copy: (text: string) => void } {
  const [copied, setCopied] = useState(false);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);

  function done() {
    setCopied(true);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => setCopied(false), SHOWN_MS);
  }

  function copy(text: string) {
    if (navigator.clipboard) {
      navigator.clipboard.writeText(text).then(done, () => copyBySelection(text) && done());
    } else if (copyBySelection(text)) {
      done();
    }
  }

  return { copied, copy };
}

function copyBySelection(text: string): boolean {
  const focused = document.activeElement as HTMLElement | null;
  const area = document.createElement('textarea');
  area.value = text;
  area.className = 'ew-hidden';
  // Inside an open dialog, so that its focus trap does not take the focus back.
  (focused?.closest('[role="dialog"]') ?? document.body).append(area);
  area.select();
  const ok = document.execCommand('copy');
  area.remove();
  focused?.focus();
  return ok;
}
