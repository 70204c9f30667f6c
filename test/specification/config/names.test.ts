// config.md, "Hostname" and "Domainname".
import { describe, expect } from 'vitest';
import { shareNamespace } from '../../support/bundle.js';
import { expectRefused, report } from '../container.js';
import { shows } from '../shows.js';

describe('config.md, Hostname', () => {
  shows(['lifecycle-environment'], 'the host name is what the program sees', () => {
    expect(report((spec) => Object.assign(spec, { hostname: 'mrsdalloway' })).hostname).toBe('mrsdalloway');
  });

  shows(
    ['values-invalid'],
    'a host name without a UTS namespace of the container is an error: it would be the host that is renamed',
    () => {
      expectRefused((spec) => {
        shareNamespace(spec, 'uts');
      });
    },
  );
});

describe('config.md, Domainname', () => {
  shows(['lifecycle-environment'], 'the domain name is what the program sees', () => {
    const { domainname } = report((spec) => Object.assign(spec, { ociVersion: '1.1.0', domainname: 'foobarbaz.test' }));
    expect(domainname).toBe('foobarbaz.test');
  });
});
