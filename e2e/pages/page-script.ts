// A page's commands and specs as one bash script, in their order, each command's exit status checked.

import type { CodeBlock, Page } from './markdown.ts';

/** A command, or several on a line, with the lines that belong to it. */
interface Unit {
  readonly text: string;
  readonly line: number;
}

/** A spec gets the name that its first line is a comment of, as in `# fables.yaml`. */
export interface PageSpec {
  readonly name: string;
  readonly text: string;
  readonly line: number;
}

export function specsOf({ blocks }: Page): PageSpec[] {
  return blocks.filter(isSpec).map(({ text, line }) => ({ name: nameOf(text) ?? `spec-${line}.yaml`, text, line }));
}

const isSpec = ({ language, text }: CodeBlock) => language === 'yaml' && /^kind: TrainingJob$/m.test(text);

const nameOf = (text: string) => /^# ([\w./-]+\.yaml)\b/.exec(text)?.[1];

/** Why none of a page's commands is run, where its own comment says so. */
export function whyNotRun({ comments }: Page): string | undefined {
  return comments.map((comment) => /^page not run: (.+)/.exec(comment)?.[1]).find((reason) => reason !== undefined);
}

export const isRun = ({ blocks }: Page) => blocks.some((block) => block.language === 'sh' || isSpec(block));

/**
 * A script for a network of its own, in which every address that the page's commands name is this machine's.
 * @param prelude path of prelude.sh.
 */
export function scriptOf(page: Page, prelude: string): string {
  const shell = page.blocks.filter(({ language }) => language === 'sh');
  const commands = shell.map(({ text }) => text).join('\n');
  const addresses = new Set(commands.match(/\b(?!127\.|0\.)\d+(?:\.\d+){3}\b/g));
  const lines = [`. ${quoted(prelude)}`, ...[...addresses].map((address) => `ip address add ${address}/32 dev lo`)];
  const specs = new Map(specsOf(page).map((spec) => [spec.line, spec]));
  for (const block of page.blocks) {
    const spec = specs.get(block.line);
    if (spec !== undefined) lines.push(written(spec));
    if (block.language === 'sh') lines.push(...linesOf(page.file, block));
  }
  for (const { name, line } of specs.values()) {
    if (['train', 'submit'].some((word) => commands.includes(`rondo ${word} ${name}`))) continue;
    const place = `${page.file}:${line}`;
    lines.push(`train_spec ${quoted(name)} ${place}`, `expect_well $? ${place}`);
  }
  return [...lines, 'stop_all', ''].join('\n');
}

function linesOf(file: string, { text, line: first, comment = '' }: CodeBlock): string[] {
  const place = (line: number) => `${file}:${line}`;
  const [, reason] = /^not run: (.+)/.exec(comment) ?? [];
  if (reason !== undefined) return [`note ${quoted(`not run, ${reason}: the commands at ${place(first)}`)}`];
  const lines = unitsOf(text, first).flatMap((unit) =>
    // Scripts of deploy/ are tried by tests of their own; a function cannot stand for a path.
    /^(\.\/)?deploy\//.test(unit.text)
      ? [`note ${quoted(`not run: ${unit.text}`)}`]
      : [unit.text, `expect_well $? ${place(unit.line)}`],
  );
  const [, needed] = /^run where (\S+) is there/.exec(comment) ?? [];
  if (needed === undefined) return lines;
  const otherwise = `note ${quoted(`not run, ${needed} is missing: the commands at ${place(first)}`)}`;
  return [`if [[ -e ${needed} ]]; then`, ...lines, 'else', otherwise, 'fi'];
}

/** Lines that end in a backslash, and those of a here-document, belong to what began before. */
function unitsOf(text: string, first: number): Unit[] {
  const units: Unit[] = [];
  const lines = text.split('\n');
  for (let i = 0; i < lines.length; i++) {
    if (/^\s*(#|$)/.test(lines[i])) continue;
    const begin = i;
    while (lines[i].endsWith('\\') && i + 1 < lines.length) i++;
    const [, delimiter] = /<<-?\s*'?(\w+)'?/.exec(lines[i]) ?? [];
    if (delimiter !== undefined) i = Math.max(i, lines.indexOf(delimiter, i));
    units.push({ text: lines.slice(begin, i + 1).join('\n'), line: first + begin });
  }
  return units;
}

const written = ({ name, text }: PageSpec) => `cat >${quoted(name)} <<'END OF SPEC'\n${text}\nEND OF SPEC`;

const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;
