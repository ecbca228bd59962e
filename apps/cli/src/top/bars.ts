// Numbers as bars of characters.

const levels = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
const eighths = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];

/** Values as a line of at most so many characters, means of neighbours where there are more: `█▆▅▃▂▁`. The least is lowest. */
export function sparkline(values: readonly number[], width: number): string {
  const count = Math.min(width, values.length);
  const means = Array.from({ length: count }, (_, i) => {
    const part = values.slice(Math.floor((i * values.length) / count), Math.floor(((i + 1) * values.length) / count));
    return part.reduce((sum, value) => sum + value, 0) / part.length;
  });
  const least = Math.min(...means);
  const range = Math.max(...means) - least;
  const levelOf = (mean: number) => (range > 0 ? Math.round(((mean - least) / range) * (levels.length - 1)) : 0);
  return means.map((mean) => levels[levelOf(mean)]).join('');
}

/** A share, 0 to 1, as a bar of this width, by eighths of a character: `███▌    `. */
export function bar(share: number, width: number): string {
  const filled = Math.round(Math.min(1, Math.max(0, share)) * width * 8);
  return `${'█'.repeat(Math.floor(filled / 8))}${eighths[filled % 8]}`.padEnd(width);
}
