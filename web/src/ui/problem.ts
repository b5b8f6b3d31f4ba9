import { useTranslation } from 'react-i18next';
import { ApiError } from '../api/client';
import type { ErrorDetail } from '../api/types';

export interface ProblemWords {
  message: string;
  hint?: string;
  requestId?: string;
}

/** Any error in words for a person. */
export function useProblem(error: unknown): ProblemWords {
  return useProblemWords()(error);
}

export function useProblemWords(): (error: unknown) => ProblemWords {
  const { t } = useTranslation();
  return (error) => {
    if (!(error instanceof ApiError)) {
      return { message: t('error.page'), hint: error instanceof Error ? error.message : undefined };
    }
    if (error.code === 'unreachable') return { message: t('error.unreachable'), hint: t('error.unreachableHint') };
    if (error.code === 'unexpected') {
      return { message: t('error.unexpected', { status: error.message }), hint: t('error.unexpectedHint') };
    }
    return { message: sentence(error.message), hint: error.hint && sentence(error.hint), requestId: error.requestId };
  };
}

function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** A refusal that came inside an answer, as one text. */
export function refusalWords({ message, hint }: ErrorDetail): string {
  return [message, hint].filter(Boolean).map((text) => `${sentence(text as string)}.`).join(' ');
}
