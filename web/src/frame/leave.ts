import { signOut } from '../api/calls';

/** Ends the session, and loads the page afresh: nothing that was shown stays in memory. */
export async function signOutAndLeave(): Promise<void> {
  await signOut();
  window.location.assign('/sign-in');
}
