// One property of a systemd unit, in the form in which busctl(1) takes values on its command line.

export interface Property {
  /** As org.freedesktop.systemd1(5) has it, such as `MemoryMax`. */
  readonly name: string;
  /** The D-Bus type, such as `t` or `as`. */
  readonly signature: string;
  /** The value: an array is its length and then its elements. Each becomes one argument, so no value can end where another begins. */
  readonly values: readonly string[];
}

/** 2^64-1: what systemd takes for "no limit", CGROUP_LIMIT_MAX and USEC_INFINITY. */
export const INFINITY = 18446744073709551615n;

export function booleanProperty(name: string, value: boolean): Property {
  return { name, signature: 'b', values: [String(value)] };
}

export function stringProperty(name: string, value: string): Property {
  return { name, signature: 's', values: [value] };
}

export function numberProperty(name: string, value: bigint): Property {
  return { name, signature: 't', values: [String(value)] };
}

export function bytesProperty(name: string, bytes: readonly number[]): Property {
  return { name, signature: 'ay', values: [String(bytes.length), ...bytes.map(String)] };
}
