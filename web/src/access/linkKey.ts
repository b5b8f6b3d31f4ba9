// The key of a one-time link: `/setup#key`, `/invitation#key`. It is read when the page loads, before the
// router looks at the address, and taken out of the address bar and the history at once.

import { useEffect, useState } from 'react';

const WITH_KEY = ['/setup', '/invitation'];

let taken: string | undefined;

function take(): string | undefined {
  const key = window.location.hash.slice(1);
  if (key && WITH_KEY.includes(window.location.pathname)) {
    taken = key;
    window.history.replaceState(window.history.state, '', window.location.pathname + window.location.search);
  }
  return taken;
}

take();

/** The key, read once; also when a link is pasted into an open page. */
export function useLinkKey(): string | undefined {
  const [key, setKey] = useState(take);
  useEffect(() => {
    const again = () => setKey((before) => take() ?? before);
    window.addEventListener('hashchange', again);
    return () => window.removeEventListener('hashchange', again);
  }, []);
  return key;
}
