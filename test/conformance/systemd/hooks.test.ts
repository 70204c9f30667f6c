// Hooks of every kind of containers that are scopes of systemd.
import { testHooks } from '../../support/hook-matrix.js';

testHooks('systemd', ['--systemd-cgroup']);
