// config.md, "POSIX-platform Hooks".

import { array, int32, object, required, string, strings, type WrongInput, wrong } from './wrong-input.js';

const KINDS = ['prestart', 'createRuntime', 'createContainer', 'startContainer', 'poststart', 'poststop'];

export const HOOKS: readonly WrongInput[] = KINDS.flatMap((kind) => {
  const hook = `hooks.${kind}[0]`;
  return [
    ...array(`hooks.${kind}`),
    ...object(hook),
    ...string(`${hook}.path`),
    ...required(`${hook}.path`),
    ...strings(`${hook}.args`, `${hook}.env`),
    ...int32(`${hook}.timeout`),
    wrong(`${hook}.path`, 'format', 'bin/hook', 'found "bin/hook", must be an absolute path'),
    wrong(`${hook}.path`, 'format', '', 'found "", must be an absolute path'),
    wrong(`${hook}.timeout`, 'format', 0, 'found 0, must be greater than 0'),
    wrong(`${hook}.timeout`, 'format', -1, 'found -1, must be greater than 0'),
    wrong(`${hook}.env[0]`, 'format', 'TOKEN', 'found no "=" in "TOKEN", must be NAME=value'),
  ];
});
