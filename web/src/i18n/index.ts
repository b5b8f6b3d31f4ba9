// English and Chinese, both in the bundle: the second language costs less than a round trip.

import i18next from 'i18next';
import { initReactI18next } from 'react-i18next';
import en from './en.json';
import zh from './zh.json';

export const LANGUAGES = [
  { code: 'en', label: 'English' },
  { code: 'zh', label: '中文' },
] as const;

const STORED_AS = 'edgeward-language';

declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'translation';
    resources: { translation: typeof en };
  }
}

function wanted(): string {
  try {
    const stored = localStorage.getItem(STORED_AS);
    if (stored) return stored;
  } catch {
    // Storage may be blocked; the browser's language serves then.
  }
  return navigator.languages.some((each) => each.toLowerCase().startsWith('zh')) &&
    !navigator.languages[0]?.toLowerCase().startsWith('en')
    ? 'zh'
    : 'en';
}

function show(language: string) {
  document.documentElement.lang = language === 'zh' ? 'zh-CN' : language;
}

void i18next.use(initReactI18next).init({
  resources: { en: { translation: en }, zh: { translation: zh } },
  lng: wanted(),
  fallbackLng: 'en',
  supportedLngs: LANGUAGES.map(({ code }) => code),
  interpolation: { escapeValue: false },
  returnNull: false,
});
show(i18next.language);
i18next.on('languageChanged', show);

export function choose(language: string) {
  void i18next.changeLanguage(language);
  try {
    localStorage.setItem(STORED_AS, language);
  } catch {
    // The choice then lasts as long as the page.
  }
}

export { i18next };
