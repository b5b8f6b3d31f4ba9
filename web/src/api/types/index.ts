// What the REST interface under /api/v1 asks and answers, as crates/api defines it: a file for each concept.

export * from './access';
export * from './action';
export * from './agent';
export * from './audit';
export * from './delivery';
export * from './hosting';
export * from './list';
export * from './organisation';
export * from './overview';
export * from './registration';
export * from './rollout';
export * from './selection';
export * from './service';
export * from './settings';
export * from './template';
export * from './token';
export * from './twin';
export * from './user';
