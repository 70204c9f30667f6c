import { describe, expect, it } from 'vitest';
import { deriveStatus, type StatusFacts } from '../../../src/base/container-state.js';

const facts: StatusFacts = { published: true, initAlive: true, creatorAlive: true, waiting: false, frozen: false };

describe('deriveStatus()', () => {
  it.each([
    ['running', {}],
    ['created', { waiting: true }],
    ['paused', { frozen: true }],
    ['paused', { frozen: true, waiting: true }],
    ['stopped', { initAlive: false }],
    ['stopped', { initAlive: false, waiting: true, frozen: true }],
    ['creating', { published: false }],
    ['creating', { published: false, initAlive: false }],
    ['stopped', { published: false, creatorAlive: false }],
  ] as const)('is %s with %j', (status, change) => {
    expect(deriveStatus({ ...facts, ...change })).toBe(status);
  });
});
