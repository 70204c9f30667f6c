// Lines of the file `schemata` of resctrl: `L3:0=7f0;1=1f`, a resource and a value for each of its domains.

interface Schema {
  readonly resource: string;
  readonly domains: ReadonlyMap<string, string>;
}

/**
 * What of the wanted lines does not hold in the text of a `schemata` file, in words; null when all does. What the wanted lines do not name
 * may be anything: writing them would not change it either.
 */
export function describeMismatch(wanted: readonly string[], present: string): string | null {
  const found = present.split('\n').map(parseSchema);
  for (const line of wanted) {
    const { resource, domains } = parseSchema(line);
    const same = found.find((schema) => schema.resource === resource);
    if (same === undefined) {
      return `${JSON.stringify(line)} is asked for, and it has none for ${resource}`;
    }
    for (const [domain, value] of domains) {
      if (same.domains.get(domain) !== value) {
        return `${JSON.stringify(line)} is asked for, and it has "${encodeSchema(same)}"`;
      }
    }
  }
  return null;
}

/** The lines of a `schemata` file for the resources that the wanted lines name, as they would be written: the way back of an update. */
export function pickSchemata(wanted: readonly string[], present: string): string[] {
  const resources = new Set(wanted.map((line) => parseSchema(line).resource));
  const found = present.split('\n').map(parseSchema);
  return found.filter(({ resource }) => resources.has(resource)).map(encodeSchema);
}

/** Cache masks are hexadecimal, and the kernel pads them; bandwidths are decimal (fs/resctrl/ctrlmondata.c). */
function parseSchema(line: string): Schema {
  const [, resource = '', rest = ''] = /^\s*([^:\s]*)\s*:?(.*)$/s.exec(line) ?? [];
  const radix = /^L\d/.test(resource) ? 16 : 10;
  const domains = new Map<string, string>();
  for (const part of rest.split(';')) {
    const [domain = '', value = ''] = part.split('=').map((text) => text.trim());
    if (domain !== '') {
      domains.set(domain, normalize(value, radix));
    }
  }
  return { resource, domains };
}

function normalize(value: string, radix: number): string {
  const digits = radix === 16 ? /^(?:0x)?[0-9a-f]{1,13}$/i : /^\d{1,15}$/;
  return digits.test(value) ? Number.parseInt(value, radix).toString(radix) : value;
}

function encodeSchema({ resource, domains }: Schema): string {
  return `${resource}:${[...domains].map(([domain, value]) => `${domain}=${value}`).join(';')}`;
}
