// The types of config.json under the specification's own names. Generated from schemas/config.schema.json by `npm run generate`.

export type * from './generated/config.js';
