// Draws the validation loss of runs by step: node picture.mjs OUT.svg NAME=RUN [NAME=RUN]

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const [out, ...named] = process.argv.slice(2);
const curves = named.map((argument) => {
  const [name, run] = argument.split('=');
  const lines = readFileSync(join(run, 'metrics.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  return {
    name,
    points: lines.filter(({ split }) => split === 'validation').map(({ step, loss }) => ({ step, loss })),
  };
});

const [width, height, margin] = [640, 320, 48];
const points = curves.flatMap((curve) => curve.points);
const steps = Math.max(...points.map(({ step }) => step));
const [low, high] = [
  Math.floor(Math.min(...points.map(({ loss }) => loss))),
  Math.ceil(Math.max(...points.map(({ loss }) => loss))),
];
const x = (step) => margin + (step / steps) * (width - 2 * margin);
const y = (loss) => height - margin - ((loss - low) / (high - low)) * (height - 2 * margin);
const colors = ['#1f6feb', '#d1495b', '#2e8b57'];
const text = (at, content, more = '') =>
  `<text x="${at[0].toFixed(1)}" y="${at[1].toFixed(1)}" ${more}>${content}</text>`;

const rules = Array.from({ length: high - low + 1 }, (_, i) => low + i).flatMap((loss) => [
  `<line x1="${margin}" x2="${width - margin}" y1="${y(loss)}" y2="${y(loss)}" stroke="#ddd"/>`,
  text([margin - 8, y(loss) + 4], loss, 'text-anchor="end"'),
]);
const lines = curves.flatMap(({ name, points: [...at] }, i) => [
  `<polyline fill="none" stroke="${colors[i]}" stroke-width="2" points="${at.map(({ step, loss }) => `${x(step).toFixed(1)},${y(loss).toFixed(1)}`).join(' ')}"/>`,
  text([width - margin, margin - 24 + 16 * i], name, `text-anchor="end" fill="${colors[i]}"`),
]);
writeFileSync(
  out,
  [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12">`,
    `<rect width="${width}" height="${height}" fill="white"/>`,
    ...rules,
    ...lines,
    text([margin, 20], 'validation loss, nats a unit'),
    text([width - margin, height - 16], `step ${steps}`, 'text-anchor="end"'),
    text([margin, height - 16], 'step 0'),
    '</svg>\n',
  ].join('\n'),
);
