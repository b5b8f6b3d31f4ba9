// The texts of pages that are loaded when they are opened.

import audit from './audit.json';
import organisations from './organisations.json';
import people from './people.json';
import settings from './settings.json';
import tokens from './tokens.json';

export default { ...people, ...organisations, ...tokens, ...audit, ...settings };
