// systemd's side of a container: its units and their properties, as systemctl tells them.
import { execFileSync } from 'node:child_process';
import { basename } from 'node:path';

export function systemctl(...args: readonly string[]): string {
  return execFileSync('systemctl', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
}

/** Properties of a unit by name, as text; one that systemd does not know is not there. */
export function showUnit(unit: string, properties: readonly string[]): Record<string, string> {
  const lines = systemctl('show', unit, '-p', properties.join(',')).trimEnd().split('\n');
  return Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]));
}

/** Every unit that systemd has in memory and whose name fits, such as `*.scope`. */
export function listUnits(pattern: string): string[] {
  const lines = systemctl('list-units', '--all', '--no-legend', '--plain', pattern).split('\n');
  return lines.filter((line) => line !== '').map((line) => line.trim().split(/\s+/)[0] ?? '');
}

/** The unit that a container is. */
export function unitOf({ cgroup }: { readonly cgroup: string }): string {
  return basename(cgroup);
}
