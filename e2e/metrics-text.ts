// Reads the text of /metrics.

export interface Metric {
  readonly name: string;
  readonly type: string;
  readonly help: string;
  readonly labels: readonly string[];
}

/** What a text of /metrics tells of its metrics, apart from values. */
export function metricsIn(text: string): Metric[] {
  return [...text.matchAll(/^# HELP (\S+) (.*)\n# TYPE \S+ (\w+)\n((?:[^#\n].*\n)*)/gm)].map(
    ([, name, help, type, samples]) => {
      const labels = [...samples.matchAll(/[{,](\w+)="/g)].map(([, label]) => label).filter((label) => label !== 'le');
      return { name, type, help, labels: [...new Set(labels)] };
    },
  );
}

/** @param series as in `steps_total{run="a"}`. @returns NaN when it is not there. */
export const sampleOf = (text: string, series: string): number =>
  Number(
    text
      .split('\n')
      .find((line) => line.startsWith(`${series} `))
      ?.slice(series.length),
  );
