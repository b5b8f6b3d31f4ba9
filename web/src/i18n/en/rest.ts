// The texts of pages that are loaded when they are opened.

import actions from './actions.json';
import audit from './audit.json';
import deliveries from './deliveries.json';
import devices from './devices.json';
import enrolment from './enrolment.json';
import hosting from './hosting.json';
import keys from './keys.json';
import organisations from './organisations.json';
import people from './people.json';
import registrations from './registrations.json';
import rollouts from './rollouts.json';
import serviceDetails from './serviceDetails.json';
import serviceUse from './serviceUse.json';
import settings from './settings.json';
import templates from './templates.json';
import tokens from './tokens.json';

export default { ...people, ...organisations, ...tokens, ...audit, ...settings, ...serviceDetails, ...serviceUse, ...hosting, ...keys, ...devices, ...actions, ...registrations, ...enrolment, ...rollouts, ...templates, ...deliveries };
