import { useLocation, useNavigate } from '@tanstack/react-router';

/** What is open beside a list, by its id, and how to change it: a part of the address. */
export function useOpened(): [string | undefined, (id: string | undefined) => void] {
  const navigate = useNavigate();
  const { hash } = useLocation();
  return [hash || undefined, (id) => void navigate({ to: '.', search: true, hash: id ?? '', resetScroll: false, hashScrollIntoView: false })];
}
