// check: everything that can be said of a bundle without making a container of it. Changes nothing, and without `host` reads nothing but config.json.
import { statSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import type { CgroupManager } from '../base/cgroup-manager.js';
import { TsrunError } from '../base/errors.js';
import { type HostAnswers, prepareCheck } from '../check/check.js';
import type { Lines } from '../check/lines.js';
import { type CheckReport, newReport } from '../check/report/report.js';
import { describeSystemError, errnoName, readRegularFile } from '../host/files.js';
import { newHostView } from '../host/view.js';
import type { Spec } from '../spec/types.js';
import { type FactsRequest, readSpecFacts } from './spec-facts.js';

export interface CheckOptions {
  /** Also say what this machine cannot do. */
  readonly host?: boolean | undefined;
  /** Also say what the container may do that it should not. */
  readonly audit?: boolean | undefined;
  readonly cgroupManager?: CgroupManager | undefined;
  /** As for create: whether a container may do without a cgroup where none can be made. */
  readonly rootless?: boolean | undefined;
  /** How the report is to name what is checked; without it, by its path. */
  readonly name?: string | undefined;
}

/** A report, and the lines of the file that it is about. */
export interface Check {
  readonly report: CheckReport;
  readonly lines: Lines;
}

/** As parseSpec() accepts it. */
const MAX_BYTES = 16 * 1024 * 1024;

/**
 * Checks a bundle, or a config.json by whatever name: then its directory is the bundle.
 * @param path absolute
 * @throws TsrunError IO where there is no such file, or it is not one that can be read. Whatever is in it is a finding.
 */
export async function checkBundle(path: string, options: CheckOptions = {}): Promise<Check> {
  const { file, name } = findConfig(path, options.name ?? path);
  const bytes = read(file);
  const cgroupManager = options.cgroupManager ?? 'cgroupfs';
  const bundle = dirname(file);
  const { spec, finish } = prepareCheck(bytes, { bundle, cgroupManager, audit: options.audit ?? false });
  const asksHost = options.host === true && spec !== null;
  const checked = finish(asksHost ? await readHost(spec, { cgroupManager, bundle, rootless: options.rootless }) : null);
  return { report: newReport(name, checked), lines: checked.lines };
}

function findConfig(path: string, name: string): { readonly file: string; readonly name: string } {
  try {
    const isBundle = statSync(path).isDirectory();
    const rest = isBundle ? 'config.json' : '';
    return { file: join(path, rest), name: isBundle ? join(name, rest) : normalize(name) };
  } catch (error) {
    throw new TsrunError('IO', `cannot find the bundle "${path}": ${describeSystemError(error)}`, { cause: error });
  }
}

function read(file: string): Uint8Array {
  try {
    return readRegularFile(file, MAX_BYTES);
  } catch (error) {
    if (error instanceof TsrunError) throw error;
    throw new TsrunError('IO', `cannot read "${file}": ${describeSystemError(error)}`, {
      hint: errnoName(error) === 'ENOENT' ? 'a bundle is a directory with a config.json' : undefined,
      cause: error,
    });
  }
}

/** That systemd is asked for and not there is a finding like others; the rest is then looked at as without it. */
async function readHost(spec: Spec, request: FactsRequest): Promise<HostAnswers> {
  const view = newHostView();
  try {
    return { view, facts: await readSpecFacts(spec, request), systemdProblem: null };
  } catch (error) {
    if (!(error instanceof TsrunError) || request.cgroupManager !== 'systemd') throw error;
    const facts = await readSpecFacts(spec, { ...request, cgroupManager: 'cgroupfs' });
    return { view, facts, systemdProblem: error.message };
  }
}
