// The key of the one-time link. It is read when the page loads, before the router looks at the
// address, and taken out of the address bar and the history at once.

let taken: string | undefined;

export function takeSetupKey(): string | undefined {
  const key = window.location.hash.slice(1);
  if (key) {
    taken = key;
    window.history.replaceState(window.history.state, '', window.location.pathname + window.location.search);
  }
  return taken;
}

export function setupKey(): string | undefined {
  return taken;
}

if (window.location.pathname === '/setup') takeSetupKey();
