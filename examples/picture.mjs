// Draws what the validations of some runs said, step by step, from their metrics.jsonl: one curve a run, as SVG.
// node examples/picture.mjs METRIC TITLE OUT.svg NAME=RUN_FOLDER... [--log]

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const [metric, title, out, ...rest] = process.argv.slice(2).filter((word) => word !== '--log');
const log = process.argv.includes('--log');
const [width, height, left, right, top, bottom] = [640, 320, 64, 110, 40, 44];
const colors = ['#0072b2', '#d55e00', '#009e73', '#cc79a7'];

/** The points [step, value] of a run. */
function pointsOf(folder) {
  const lines = readFileSync(join(folder, 'metrics.jsonl'), 'utf8').trim().split('\n');
  return lines
    .map((line) => JSON.parse(line))
    .filter(({ split }) => split === 'validation')
    .map(({ step, loss, scores }) => [step, metric === 'loss' ? loss : scores[metric]]);
}

/** Round values between two: 1, 2 or 5 times a power of ten apart; powers of ten where the scale is logarithmic. */
function ticksOf(low, high) {
  if (log) {
    const [first, last] = [Math.ceil(Math.log10(low)), Math.floor(Math.log10(high))];
    return Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => 10 ** (first + i));
  }
  const raw = (high - low) / 5;
  const power = 10 ** Math.floor(Math.log10(raw));
  const apart = [1, 2, 5, 10].map((factor) => factor * power).find((step) => step >= raw);
  const first = Math.ceil(low / apart);
  return Array.from({ length: Math.floor(high / apart) - first + 1 }, (_, i) =>
    Number(((first + i) * apart).toPrecision(6)),
  );
}

const runs = rest.map((word) => {
  const [name, folder] = word.split('=');
  return { name, points: pointsOf(folder) };
});
const all = runs.flatMap(({ points }) => points);
const lastStep = Math.max(...all.map(([step]) => step));
const values = all.map(([, value]) => value);
const low = log ? Math.min(...values) / 1.3 : Math.min(0, ...values);
const high = log ? Math.max(...values) * 1.3 : 1.05 * Math.max(...values);
const x = (step) => left + (step / lastStep) * (width - left - right);
const scale = log ? Math.log10 : (value) => value;
const y = (value) => top + ((scale(high) - scale(value)) / (scale(high) - scale(low))) * (height - top - bottom);
const text = (atX, atY, anchor, content, color = '#444') =>
  `<text x="${atX.toFixed(1)}" y="${atY.toFixed(1)}" text-anchor="${anchor}" fill="${color}">${content}</text>`;

const grid = ticksOf(low, high).map(
  (value) =>
    `<path d="M${left} ${y(value).toFixed(1)}H${width - right}" stroke="#ddd"/>${text(left - 8, y(value) + 4, 'end', value)}`,
);
const steps = [0, lastStep / 2, lastStep].map((step) =>
  text(x(step), height - bottom + 18, 'middle', Math.round(step)),
);
// Names stand beside the end of their curve, one below the other where curves meet.
const ends = runs
  .map(({ name, points }, i) => ({ name, color: colors[i % colors.length], at: y(points.at(-1)[1]) }))
  .sort((a, b) => a.at - b.at);
for (const [i, end] of ends.entries()) if (i > 0) end.at = Math.max(end.at, ends[i - 1].at + 15);
const names = ends.map(({ name, color, at }) => text(width - right + 8, at + 4, 'start', name, color));
const curves = runs.map(({ points }, i) => {
  const path = points.map(([step, value]) => `${x(step).toFixed(1)} ${y(value).toFixed(1)}`).join('L');
  return `<path d="M${path}" fill="none" stroke="${colors[i % colors.length]}" stroke-width="2"/>`;
});

writeFileSync(
  out,
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12">
<title>${title}</title>
<rect width="${width}" height="${height}" fill="#fff"/>
${text(left, 22, 'start', title, '#000')}
${grid.join('\n')}
${steps.join('\n')}
${text((left + width - right) / 2, height - 8, 'middle', 'step')}
${curves.join('\n')}
${names.join('\n')}
</svg>
`,
);
