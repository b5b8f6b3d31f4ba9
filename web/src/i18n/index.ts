// English and Chinese, both in the bundle: the second language costs less than a round trip. What only
// pages that are loaded later say comes with them (rest.ts).
//
// Which one: what the person chose in their profile; else what was chosen in this browser; else the
// installation's language, as the sign-in page learns it; else the browser's.

import i18next from 'i18next';
import { initReactI18next } from 'react-i18next';
import en from './en';
import type enRest from './en/rest';
import zh from './zh';

export type LanguageCode = 'en' | 'zh';

export const LANGUAGES: readonly { code: LanguageCode; label: string }[] = [
  { code: 'en', label: 'English' },
  { code: 'zh', label: '中文' },
];

const STORED_AS = 'edgeward-language';

declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'translation';
    resources: { translation: typeof en & typeof enRest };
  }
}

function stored(): string | undefined {
  try {
    return localStorage.getItem(STORED_AS) ?? undefined;
  } catch {
    // Storage may be blocked; the browser's language serves then.
    return undefined;
  }
}

function browsers(): LanguageCode {
  return navigator.languages[0]?.toLowerCase().startsWith('zh') ? 'zh' : 'en';
}

function show(language: string) {
  document.documentElement.lang = language === 'zh' ? 'zh-CN' : language;
}

void i18next.use(initReactI18next).init({
  resources: { en: { translation: en }, zh: { translation: zh } },
  lng: stored() ?? browsers(),
  fallbackLng: 'en',
  supportedLngs: LANGUAGES.map(({ code }) => code),
  interpolation: { escapeValue: false },
  returnNull: false,
});
show(i18next.language);
i18next.on('languageChanged', show);

/** Shows a language from now on, also when this browser comes back. */
export function choose(language: LanguageCode) {
  if (i18next.language !== language) void i18next.changeLanguage(language);
  try {
    localStorage.setItem(STORED_AS, language);
  } catch {
    // The choice then lasts as long as the page.
  }
}

/** Shows the installation's language to whoever has not chosen one in this browser. */
export function suggest(language: LanguageCode) {
  if (!stored() && i18next.language !== language) void i18next.changeLanguage(language);
}

export { i18next };
