// Who may import whom. The floors come from each package.json's nx tags; tools/boundaries.test.ts proves that every rule bites.

import { projects } from './tools/workspace.mjs';

const all = projects(process.cwd());
/** Tests, and what only they import. */
const tests = '(\\.test\\.(ts|mjs)|/testing/[^/]+\\.(ts|mjs))$';
/** @param {{ folder: string }[]} some */
const inAny = (some) => `^(${some.map(({ folder }) => folder).join('|')})/`;

const floors = [...new Set(all.map(({ floor }) => floor))].map((floor) => ({
  name: `floor-${floor}`,
  severity: 'error',
  comment: 'A project imports only from lower floors.',
  from: { path: inAny(all.filter((project) => project.floor === floor)) },
  to: { path: inAny(all.filter((project) => project.floor >= floor)), pathNot: '^$1/' },
}));

const declared = all.map((project) => ({
  name: 'declared',
  severity: 'error',
  comment: 'A project declares the projects that it imports in its package.json.',
  from: { path: inAny([project]) },
  to: { path: '^(libs|apps)/', pathNot: inAny([project, ...project.internal.map((folder) => ({ folder }))]) },
}));

export default {
  forbidden: [
    ...floors,
    ...declared,
    {
      name: 'resolvable',
      severity: 'error',
      comment: 'What cannot be resolved cannot be checked.',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'npm-declared',
      severity: 'error',
      comment: "A project declares the npm packages that it imports in its own package.json; tests may use the root's.",
      from: { path: '^(libs|apps)/', pathNot: tests },
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
    },
    {
      name: 'by-name',
      severity: 'error',
      comment: 'A project is imported by its name, through its entry points, never by a path into it.',
      from: { path: '^((libs|apps)/[^/]+)/' },
      to: { path: '^(libs|apps)/', pathNot: '^$1/', dependencyTypes: ['local'] },
    },
    {
      name: 'acyclic',
      severity: 'error',
      comment: 'Files do not import in a circle; types may refer to each other.',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'core-alone',
      severity: 'error',
      comment: 'The numerics run anywhere: no package and no node: module.',
      from: { path: '^libs/rnn-core/', pathNot: tests },
      to: { pathNot: '^libs/rnn-core/' },
    },
    {
      name: 'training-pure',
      severity: 'error',
      comment: 'Decisions do no I/O; a hash is the one thing they need from Node.',
      from: { path: '^libs/training/', pathNot: tests },
      to: { dependencyTypes: ['core'], pathNot: '^crypto$' },
    },
    {
      name: 'coordinator-computes-nothing',
      severity: 'error',
      comment: 'The coordinator reaches no engine, not through another project either.',
      from: { path: '^apps/coordinator/' },
      to: { path: '^libs/engine-', reachable: true },
    },
    {
      name: 'from-source',
      severity: 'error',
      comment: 'Built files are not followed, so only the launchers may import them.',
      from: { pathNot: '^apps/[^/]+/bin/' },
      to: { path: '^(libs|apps)/[^/]+/(dist|bundle)/' },
    },
    {
      name: 'no-tests',
      severity: 'error',
      comment: 'What runs does not import tests.',
      from: { pathNot: tests },
      to: { path: tests },
    },
  ],
  options: {
    doNotFollow: { path: '(^|/)(node_modules|dist|bundle)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      conditionNames: ['@rondo/source', 'import', 'node', 'types', 'default'],
      exportsFields: ['exports'],
      extensions: ['.ts', '.mjs', '.js', '.json', '.d.ts'],
    },
  },
};
