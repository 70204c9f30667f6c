// linux.resources.unified: config-linux.md, "Unified". Files of the cgroup by name; which names are refused, and why, is in src/spec/checks/resources.

import { joinPath } from '../../spec/json-path.js';
import { makeSetting, RESOURCES } from './make-setting.js';
import type { CgroupSetting } from './settings.js';

/**
 * In the order of the document. Files such as io.max take one line in one write(2), so each line of a value is a setting; empty ones have
 * nothing to say. A value without any line is written as an empty line, which clears a list such as cpuset.cpus: a write of no bytes
 * changes nothing.
 */
export function compileUnified(files: Readonly<Record<string, string>>): CgroupSetting[] {
  const settings: CgroupSetting[] = [];
  for (const [file, text] of Object.entries(files)) {
    const path = joinPath(`${RESOURCES}.unified`, file);
    for (const value of splitLines(text)) settings.push(makeSetting(path, file, value));
  }
  return settings;
}

function splitLines(text: string): string[] {
  if (text !== '' && !text.includes('\n')) return [text];
  const lines = text.split('\n').filter((line) => line !== '');
  return lines.length === 0 ? ['\n'] : lines;
}
