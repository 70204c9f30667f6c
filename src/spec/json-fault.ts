// What can be wrong with the text of a JSON document, and the error of it.

import { TsrunError } from '../base/errors.js';

export interface JsonFault {
  /** `syntax`: it is not JSON. `size`: it is too large or too deep. The others are JSON that would be changed silently. */
  readonly kind: 'syntax' | 'size' | 'duplicate-key' | 'string' | 'number';
  /** Where in the text, in UTF-16 units. */
  readonly offset: number;
  readonly problem: string;
}

/** The error of a fault, with its line and column in words, and the fault itself for its details. `what` names the document. */
export function newJsonError(text: string, what: string, fault: JsonFault): TsrunError {
  const { offset, problem } = fault;
  const before = text.slice(0, offset);
  const place = `line ${before.split('\n').length}, column ${offset - before.lastIndexOf('\n')}`;
  return new TsrunError('SPEC_INVALID', `cannot parse "${what}": ${place}: ${problem}`, { details: { ...fault } });
}
