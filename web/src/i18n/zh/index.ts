// One file for each area of the console; a concept's texts are in one of them only.

import access from './access.json';
import agents from './agents.json';
import audit from './audit.json';
import common from './common.json';
import frame from './frame.json';
import guide from './guide.json';
import join from './join.json';
import organisations from './organisations.json';
import overview from './overview.json';
import people from './people.json';
import services from './services.json';
import settings from './settings.json';
import tokens from './tokens.json';

export default {
  ...common, ...frame, ...access, ...overview, ...agents, ...services, ...join,
  ...people, ...organisations, ...tokens, ...audit, ...settings, ...guide,
};
