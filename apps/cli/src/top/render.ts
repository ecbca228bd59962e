// A cluster as lines of text that fit a terminal: a pure function, so that a frame can be compared.

import type { WorkerStatus } from '@rondo/protocol';
import { orDash, type RunView, runCells, runHead } from '../runs/run-view.ts';
import { formatCount, formatLoss } from '../terminal/format.ts';
import { phaseShares } from '../train/step-phases.ts';
import { bar, sparkline } from './bars.ts';
import { type ClusterView, inOrder, recentSteps } from './cluster-view.ts';

export interface Line {
  readonly text: string;
  readonly style?: 'title' | 'head' | 'warning' | 'faint';
}

export interface Extent {
  /** Characters of a line; Infinity: nothing is cut off. */
  readonly columns: number;
  readonly rows: number;
}

const widestSparkline = 60;
const phaseBarWidth = 40;
const speedBarWidth = 8;
/** Below them, with what a step takes, there would be no room for runs and workers. */
const leastRows = 12;

/** A table's head, and its rows with the lines that belong to each. */
interface Section {
  readonly head: Line;
  readonly items: readonly (readonly Line[])[];
}

/** @param clock the time, as it is shown. @returns at most as many lines as there are rows, none longer than the columns. */
export function render(view: ClusterView, clock: string, extent: Extent): Line[] {
  const title: Line[] = [{ text: `Rondo at ${view.coordinator}, ${clock}`, style: 'title' }];
  if (view.fault !== undefined) title.push({ text: `trying again: ${view.fault}`, style: 'warning' });
  const all = [...lossLines(view, extent), ...phaseLines(view)];
  const steps = all.length + leastRows <= extent.rows ? all : all.slice(0, 1);
  const workers = workerSection(view);
  const gaps = steps.length > 0 ? 3 : 2;
  const room = extent.rows - title.length - steps.length - gaps;
  // Runs get half of it, and what the workers do not need.
  const runLines = fitted(runSection(view), Math.max(Math.floor(room / 2), room - 1 - workers.items.length));
  const sections = [title, runLines, steps, fitted(workers, room - runLines.length)].filter(({ length }) => length > 0);
  const lines = sections.flatMap((section, i) => (i === 0 ? section : [{ text: '' }, ...section]));
  return lines.slice(0, extent.rows).map((line) => ({ ...line, text: cut(line.text, extent.columns) }));
}

/** As many items as there is room for, and how many there are beside them. */
function fitted({ head, items }: Section, room: number): Line[] {
  const all = [head, ...items.flat()];
  if (all.length <= room) return all;
  const lines = [head];
  let shown = 0;
  for (; lines.length + items[shown].length < room; shown++) lines.push(...items[shown]);
  return [...lines, { text: `and ${formatCount(items.length - shown)} more`, style: 'faint' }];
}

function runSection({ runs }: ClusterView): Section {
  if (runs.length === 0) return { head: { text: 'no runs: rondo submit SPEC', style: 'faint' }, items: [] };
  const shown = inOrder(runs);
  const [head, ...rows] = table(
    [...runHead, 'REASON'],
    shown.map((run) => [...runCells(run), run.reason]),
  );
  return { head, items: rows.map((row, i) => [row, ...hindranceLines(shown[i])]) };
}

const hindranceLines = ({ hindrances = [] }: RunView): Line[] =>
  hindrances.map(({ cause, reason }) => ({ text: `  hindered by ${cause}: ${clean(reason)}`, style: 'warning' }));

function lossLines({ training, steps }: ClusterView, { columns }: Extent): Line[] {
  if (steps.length < 2) return [];
  const losses = steps.map(({ loss }) => loss);
  const [first, last] = [steps[0], steps[steps.length - 1]];
  const label = `loss of ${training}, steps ${first.step} to ${last.step}`;
  const range = `${formatLoss(first.loss)} to ${formatLoss(last.loss)}`;
  const width = Math.min(widestSparkline, Math.max(8, columns - label.length - range.length - 4));
  return [{ text: `${label}  ${sparkline(losses, width)}  ${range}` }];
}

function phaseLines(view: ClusterView): Line[] {
  const recent = recentSteps(view);
  const taken = phaseShares(recent);
  if (taken === undefined) return [];
  return [
    { text: `a step takes ${taken.stepMs.toFixed(1)} ms (the last ${recent.length}), of it:`, style: 'faint' },
    ...taken.shares.map(({ phase, share }) => ({
      text: `  ${phase.padEnd(9)} ${String(Math.round(100 * share)).padStart(3)} %  ${bar(share, phaseBarWidth)}`.trimEnd(),
    })),
  ];
}

function workerSection({ workers, runs }: ClusterView): Section {
  if (workers.length === 0) {
    return { head: { text: 'no workers: rondo worker --coordinator HOST:PORT', style: 'faint' }, items: [] };
  }
  const engine = runs.find(({ phase }) => phase === 'training')?.engine;
  const fastest = Math.max(...workers.map(({ speed = 0 }) => speed));
  const [head, ...rows] = table(
    ['WORKER', 'STATE', 'SPEED', '', 'ENGINE', 'THREADS', 'NODES', 'FAILED', 'SEEN', 'DEVICE', 'WHAT'],
    workers.map((worker) => [
      worker.name,
      worker.state,
      orDash(worker.speed, (times) => `${times.toFixed(2)}x`),
      worker.speed === undefined ? '' : bar(worker.speed / fastest, speedBarWidth),
      engineOf(worker, engine),
      formatCount(worker.threads),
      formatCount(worker.nodes),
      formatCount(worker.failures),
      `${worker.lastSeenSeconds.toFixed(1)} s ago`,
      worker.device,
      worker.reason,
    ]),
  );
  const isUnwell = (i: number) => ['late', 'silent', 'gone'].includes(workers[i].state);
  return { head, items: rows.map((row, i) => [isUnwell(i) ? { ...row, style: 'warning' } : row]) };
}

/** That it computes with, or could. */
const engineOf = ({ engines }: WorkerStatus, computing: string | undefined) =>
  computing !== undefined && engines.includes(computing) ? computing : engines.join(' ') || '-';

function table(head: readonly string[], rows: readonly (readonly string[])[]): Line[] {
  const cells = [head, ...rows.map((row) => row.map(clean))];
  const widths = head.map((_, column) => Math.max(...cells.map((row) => row[column].length)));
  return cells.map((row, i) => ({
    text: row
      .map((cell, column) => cell.padEnd(widths[column]))
      .join('  ')
      .trimEnd(),
    ...(i === 0 && { style: 'head' }),
  }));
}

/** What another machine says of itself must not command this terminal. */
const clean = (text: string) => text.replace(/\p{Cc}/gu, '\ufffd');

const cut = (text: string, columns: number) =>
  text.length <= columns ? text : `${text.slice(0, Math.max(0, columns - 1))}…`;
