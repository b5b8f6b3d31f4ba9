import { useMutation, useQueryClient } from '@tanstack/react-query';
import { setGuideDone } from '../api/calls';
import { settingsQuery } from '../api/queries';

/** Finishes or skips the first steps, for the whole installation. */
export function useFinish(onDone?: () => void) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: () => setGuideDone(true),
    onSuccess: (settings) => {
      queryClient.setQueryData(settingsQuery.queryKey, settings);
      onDone?.();
    },
  });
}
