import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { readResctrlStatistics } from '../../../src/cgroup/resctrl.js';

/** A directory with these files; answers it. */
function makeTree(files: Readonly<Record<string, string>>): string {
  const root = mkdtempSync(join(tmpdir(), 'tsrun-unit-'));
  onTestFinished(() => rmSync(root, { recursive: true }));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), text);
  }
  return root;
}

const FILES = {
  'info/L3/cbm_mask': '7ff\n',
  'info/L3/min_cbm_bits': '1\n',
  'info/L3/num_closids': '16\n',
  'info/MB/bandwidth_gran': '10\n',
  'info/MB/delay_linear': '1\n',
  'info/MB/min_bandwidth': '10\n',
  'info/MB/num_closids': '8\n',
  schemata: '    L3:0=7ff;1=7ff\n    MB:0=100;1=100\n',
  'web/schemata': '    L3:0=00f;1=7ff\n    MB:0= 20;1=100\n',
  'web/mon_data/mon_L3_01/llc_occupancy': '18446744073709551615\n',
  'web/mon_data/mon_L3_00/llc_occupancy': '4096\n',
  'web/mon_data/mon_L3_00/mbm_total_bytes': '7\n',
  'web/mon_data/mon_L3_00/mbm_local_bytes': 'Unavailable\n',
  'web/mon_groups/web/mon_data/mon_L3_00/llc_occupancy': '1\n',
};

describe('readResctrlStatistics()', () => {
  it('has nothing of a container that is not in resctrl', () => {
    expect(readResctrlStatistics(null)).toEqual({});
  });

  it('has what the class has and has used', () => {
    const root = makeTree(FILES);
    expect(readResctrlStatistics({ root, group: 'web', monitoring: null })).toEqual({
      l3_cache_info: { cbm_mask: '7ff', min_cbm_bits: 1n, num_closids: 16n },
      l3_cache_schema_root: 'L3:0=7ff;1=7ff',
      l3_cache_schema: 'L3:0=00f;1=7ff',
      mem_bw_info: { bandwidth_gran: 10n, delay_linear: 1n, min_bandwidth: 10n, num_closids: 8n },
      mem_bw_schema_root: 'MB:0=100;1=100',
      mem_bw_schema: 'MB:0= 20;1=100',
      mbm_stats: [{ mbm_total_bytes: 7n }, {}],
      cmt_stats: [{ llc_occupancy: 4096n }, { llc_occupancy: 18446744073709551615n }],
    });
  });

  it('has what the monitoring group has used, where there is one', () => {
    const root = makeTree(FILES);
    const { cmt_stats, mbm_stats } = readResctrlStatistics({ root, group: 'web', monitoring: 'web/mon_groups/web' });
    expect({ cmt_stats, mbm_stats }).toEqual({ cmt_stats: [{ llc_occupancy: 1n }], mbm_stats: undefined });
  });

  it('leaves out what the processor does not have', () => {
    const root = makeTree({ schemata: 'L2:0=f\n', 'web/schemata': 'L2:0=3\n' });
    expect(readResctrlStatistics({ root, group: 'web', monitoring: null })).toEqual({});
    expect(readResctrlStatistics({ root, group: 'gone', monitoring: 'gone/mon_groups/web' })).toEqual({});
  });
});
