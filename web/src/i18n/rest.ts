// Adds the texts of the pages that are loaded later; comes with the first of them.

import { i18next } from '.';
import en from './en/rest';
import zh from './zh/rest';

i18next.addResourceBundle('en', 'translation', en);
i18next.addResourceBundle('zh', 'translation', zh);
