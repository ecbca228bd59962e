// The optimizers and learning-rate schedules of a spec.

import { z } from 'zod';
import { above, atLeast, flag, mapping, share, unionError, whole } from './kinds.ts';

function learningRate(usual: number) {
  return atLeast(0).default(usual).describe('Step size; a schedule changes it from step to step.');
}

function weightDecay(usual: number, decoupled = false) {
  const how = decoupled
    ? 'that is taken off them in each step, times the learning rate'
    : 'that is added to their gradient';
  return atLeast(0).default(usual).describe(`Share of the weights ${how}.`);
}

function epsilon() {
  return atLeast(0).default(1e-8).describe('Added to what is divided by.');
}

const adamMeanings = {
  adam: 'Adam (Kingma and Ba 2015).',
  adamw: 'Adam with decoupled weight decay (Loshchilov and Hutter 2019).',
};

/** Defaults and ranges are those of torch.optim (PyTorch 2). */
export const optimizer = z.discriminatedUnion(
  'name',
  [
    mapping({
      name: z.literal('sgd').describe('Gradient descent, with momentum if it is asked for.'),
      learningRate: learningRate(0.001),
      momentum: atLeast(0).default(0).describe('Share of the update before that is added to each update.'),
      dampening: atLeast(0).default(0).describe('Share of the gradient that is left out of the momentum.'),
      nesterov: flag().default(false).describe('Nesterov momentum.'),
      weightDecay: weightDecay(0),
    }),
    mapping({
      name: z.literal('rmsprop').describe('RMSprop: divided by the root of a running mean of squared gradients.'),
      learningRate: learningRate(0.01),
      alpha: atLeast(0).default(0.99).describe('How much of the mean of squared gradients stays from step to step.'),
      epsilon: epsilon(),
      momentum: atLeast(0).default(0).describe('Share of the update before that is added to each update.'),
      weightDecay: weightDecay(0),
    }),
    adam('adam', 0),
    adam('adamw', 0.01),
  ],
  { error: unionError('sgd, rmsprop, adam or adamw', '{ name: adam, learningRate: 0.001 }') },
);

function adam<const Name extends 'adam' | 'adamw'>(name: Name, decay: number) {
  return mapping({
    name: z.literal(name).describe(adamMeanings[name]),
    learningRate: learningRate(0.001),
    betas: z
      .tuple([share(), share()], { error: 'a list of two numbers from 0 to below 1' })
      .default([0.9, 0.999])
      .describe('How much of the means of gradients and of squared gradients stays from step to step.'),
    epsilon: epsilon(),
    weightDecay: weightDecay(decay, name === 'adamw'),
  });
}

const warmup = () =>
  whole(0).default(0).describe('Steps in which the learning rate first rises from 0, in a straight line.');

const decaySteps = () =>
  whole(1)
    .optional()
    .describe("Step at which the learning rate is 0. Default: the run's steps when it was first started.");

export const schedule = z.discriminatedUnion(
  'name',
  [
    mapping({ name: z.literal('constant').describe('The rate stays.'), warmup: warmup() }),
    mapping({
      name: z.literal('cosine').describe('The rate falls to 0 along half a cosine.'),
      warmup: warmup(),
      steps: decaySteps(),
    }),
    mapping({
      name: z.literal('linear').describe('The rate falls to 0 in a straight line.'),
      warmup: warmup(),
      steps: decaySteps(),
    }),
    mapping({
      name: z.literal('step').describe('The rate is multiplied every so many steps.'),
      warmup: warmup(),
      every: whole(1).describe('Steps from one change of the rate to the next.'),
      gamma: above(0).describe('What the rate is multiplied by.'),
    }),
  ],
  { error: unionError('constant, cosine, linear or step', '{ name: cosine, warmup: 100 }') },
);
