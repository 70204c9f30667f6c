// Every rule of `check`, by its id.

import { AUDIT_RULES } from './audit-rules.js';
import { DOCUMENT_RULES } from './document-rules.js';
import { HOST_RULES } from './host-rules.js';
import type { Rule } from './rule.js';

const ALL = { ...DOCUMENT_RULES, ...HOST_RULES, ...AUDIT_RULES };

export type RuleId = keyof typeof ALL;

/** In the order of the documentation. */
export const RULES: Readonly<Record<RuleId, Rule>> = ALL;
