// Hooks of every kind where tsrun makes the cgroup itself.
import { testHooks } from '../support/hook-matrix.js';

testHooks('cgroupfs');
