// The texts of the first page: one file for each area of the console; a concept's texts are in one of
// them only. Those of pages that are loaded later are in rest.ts.

import access from './access.json';
import agents from './agents.json';
import common from './common.json';
import frame from './frame.json';
import guide from './guide.json';
import join from './join.json';
import overview from './overview.json';
import services from './services.json';

export default { ...common, ...frame, ...access, ...overview, ...agents, ...services, ...join, ...guide };
