// Draws a figure of a run's validations by step: node examples/picture.mjs OUT.svg FIGURE NAME=RUN [NAME=RUN]...
// FIGURE is loss, or a score that metrics.jsonl has, such as f1 or accuracy. RUN is a run's folder.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const [out, figure, ...named] = process.argv.slice(2);
const curves = named.map((argument) => {
  const [name, run] = argument.split('=');
  const lines = readFileSync(join(run, 'metrics.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  const validations = lines.filter(({ split }) => split === 'validation');
  return {
    name,
    points: validations.map(({ step, loss, scores }) => ({ step, value: figure === 'loss' ? loss : scores[figure] })),
  };
});

const [width, height, margin] = [640, 320, 48];
const all = curves.flatMap(({ points }) => points);
const steps = Math.max(...all.map(({ step }) => step));
const top = figure === 'loss' ? Math.ceil(Math.max(...all.map(({ value }) => value))) : 1;
const x = (step) => margin + (step / steps) * (width - 2 * margin);
const y = (value) => height - margin - (value / top) * (height - 2 * margin);
const colours = ['#1f6feb', '#d1495b', '#2e8b57'];
const at = ([left, down], text, more = '') =>
  `<text x="${left.toFixed(1)}" y="${down.toFixed(1)}" ${more}>${text}</text>`;

const rules = Array.from({ length: 5 }, (_, i) => (i * top) / 4).flatMap((value) => [
  `<line x1="${margin}" x2="${width - margin}" y1="${y(value).toFixed(1)}" y2="${y(value).toFixed(1)}" stroke="#ddd"/>`,
  at([margin - 8, y(value) + 4], value, 'text-anchor="end"'),
]);
const lines = curves.flatMap(({ name, points }, i) => [
  `<polyline fill="none" stroke="${colours[i]}" stroke-width="2" points="${points.map(({ step, value }) => `${x(step).toFixed(1)},${y(value).toFixed(1)}`).join(' ')}"/>`,
  at([width - margin, margin - 24 + 16 * i], name, `text-anchor="end" fill="${colours[i]}"`),
]);
writeFileSync(
  out,
  [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12">`,
    `<rect width="${width}" height="${height}" fill="white"/>`,
    ...rules,
    ...lines,
    at([margin, 20], `${figure} of the validation, by step`),
    at([margin, height - 16], 'step 0'),
    at([width - margin, height - 16], `step ${steps}`, 'text-anchor="end"'),
    '</svg>\n',
  ].join('\n'),
);
