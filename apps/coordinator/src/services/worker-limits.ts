// What a worker may say about itself and about a node: texts and numbers within their bounds.

import { type EngineOffer, type FromWorker, maxOffers, maxWorkerTextLength, maxWorkerThreads } from '@rondo/protocol';

type Result = Pick<NonNullable<FromWorker['result']>, 'task' | 'weight' | 'seconds'>;

/** @returns what is wrong with a text that a worker says about itself; undefined: nothing. */
export function textFault(field: string, text: string): string | undefined {
  if (text.length <= maxWorkerTextLength) return undefined;
  return `${field} has ${text.length} characters; at most ${maxWorkerTextLength} are taken`;
}

/** @param offers of known engines. @returns what is wrong with the first bad one; undefined: nothing. */
export function offersFault(offers: readonly EngineOffer[]): string | undefined {
  if (offers.length === 0) return 'the worker offers no engine';
  if (offers.length > maxOffers) return `the worker makes ${offers.length} offers; at most ${maxOffers} are taken`;
  const names = new Set<string>();
  for (const { name, device, library, fingerprint, tokensPerSecond, threads } of offers) {
    if (names.has(name)) return `engine ${name} is offered twice`;
    names.add(name);
    const fault =
      textFault('device', device) ??
      textFault('library', library) ??
      textFault('fingerprint', fingerprint) ??
      countFault('threads', threads, 1, maxWorkerThreads) ??
      numberFault('tokens_per_second', tokensPerSecond);
    if (fault !== undefined) return `engine ${name}: ${fault}`;
  }
  return undefined;
}

/**
 * @returns what is wrong with a result's own numbers; undefined: nothing. A loss that is not finite is no fault of the
 *   message: the node may have diverged.
 */
export function resultFault({ task, weight, seconds }: Result): string | undefined {
  const fault = numberFault('weight', weight) ?? numberFault('seconds', seconds);
  return fault === undefined ? undefined : `the result of task ${task}: ${fault}`;
}

function countFault(field: string, count: number, least: number, most: number): string | undefined {
  return count >= least && count <= most ? undefined : `${field} is ${count}, expected ${least} to ${most}`;
}

function numberFault(field: string, value: number): string | undefined {
  return value >= 0 && value <= Number.MAX_SAFE_INTEGER ? undefined : `${field} is ${value}, expected 0 to 2^53 - 1`;
}
