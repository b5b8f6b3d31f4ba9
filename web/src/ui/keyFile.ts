// The public key that edge services check tokens with, as a file. It is asked for when it is wanted: each time is recorded.

import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { publicKeyQuery } from '../api/queries';
import { saveFile } from './saveFile';

/** Saves the file; and the key, once this page has had it. */
export function useKeyFile() {
  const queryClient = useQueryClient();
  const download = useMutation({
    mutationFn: () => queryClient.fetchQuery({ ...publicKeyQuery, staleTime: 0 }),
    onSuccess: ({ file_name, pem }) => saveFile(file_name, pem),
  });
  const known = useQuery({ ...publicKeyQuery, enabled: false }).data;
  return { download, known };
}
