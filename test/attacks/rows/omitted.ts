// Variants that rows leave out, with the reasons.
import type { Row } from '../row.js';

type Omitted = NonNullable<Row['omits']>;

/** The attack has nothing to do with how the streams or the rootfs are. */
export const WITHOUT_TERMINAL: Omitted = [
  { variant: { terminal: true }, why: 'a terminal is no part of the door' },
  { variant: { readonly: true }, why: 'nothing is written to the rootfs' },
];

/** Refused by what config.json says, before there is a container. */
export const REFUSED_BEFORE: Omitted = [
  ...WITHOUT_TERMINAL,
  { variant: { way: 'create' }, why: 'run does the same first' },
];

/** Of exec alone. */
export const ONLY_EXEC: Omitted = [
  ...WITHOUT_TERMINAL,
  { variant: { way: 'create' }, why: 'of exec alone' },
  { variant: { way: 'run' }, why: 'of exec alone' },
];
